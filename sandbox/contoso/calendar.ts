import type { ChangeLog } from '../graph/change-log'
import { textOf, type Row } from '../graph/rows'
import { Table } from '../graph/table'
import { newItem, outlookId, recipient } from './mailbox'
import type { People } from './people'
import { minutesAgo, Random, today } from './random'

/** Subject, place and length in minutes. */
type Meeting = readonly [string, string, number]

const meetings: readonly [Meeting, ...Meeting[]] = [
  ['Weekly team meeting', 'Room Bodensee', 60],
  ['1:1', 'Microsoft Teams Meeting', 30],
  ['Sprint planning', 'Room Öresund', 120],
  ['Customer call: Northwind Traders', 'Microsoft Teams Meeting', 45],
  ['Budget review', 'Room Zugspitze', 90],
  ['Café & news', 'Cafeteria', 30],
]

/** Events from sixty days before to sixty days after the last day of the demo data. */
export function createEvents(user: Row, index: number, people: People, log: ChangeLog): Table {
  const owner = textOf(user, 'id')
  const random = new Random(`calendar ${owner}`)
  const events: Row[] = []
  for (let day = -60; day <= 60; day += 1 + random.below(3)) {
    const weekday = new Date(today + day * 86_400_000).getUTCDay()
    if (weekday === 0 || weekday === 6) continue
    const [subject, place, length] = random.pick(meetings)
    const start = -day * 1440 + 240 - 30 * random.below(16)
    const guest = people.at((index + 1 + random.below(40)) % people.length) ?? user
    events.push(event(owner, events.length, { subject, place, start, length, user, guest }))
  }
  return new Table(log, events, {
    complete: (_, number) => ({
      ...newItem(owner, 'event', number),
      isReminderOn: true,
      reminderMinutesBeforeStart: 15,
      isAllDay: false,
      isCancelled: false,
      isOrganizer: true,
      hasAttachments: false,
      importance: 'normal',
      sensitivity: 'normal',
      showAs: 'busy',
      responseStatus: { response: 'organizer', time: '0001-01-01T00:00:00Z' },
      attendees: [],
      type: 'singleInstance',
      organizer: recipient(user),
    }),
  })
}

interface EventFacts {
  readonly subject: string
  readonly place: string
  readonly start: number
  readonly length: number
  readonly user: Row
  readonly guest: Row
}

function event(owner: string, number: number, facts: EventFacts): Row {
  const id = outlookId(owner, 'event', number)
  const changeKey = new Random(`change ${id}`).base64(38)
  const created = minutesAgo(facts.start + 20_000)
  const at = (minutes: number) => ({
    dateTime: minutesAgo(minutes).replace('Z', '.0000000'),
    timeZone: 'UTC',
  })
  const response = (answer: string) => ({ response: answer, time: created })
  const online = facts.place === 'Microsoft Teams Meeting'
  return {
    '@odata.etag': `W/"${changeKey}"`,
    id,
    createdDateTime: created,
    lastModifiedDateTime: created,
    changeKey,
    categories: [],
    allowNewTimeProposals: true,
    originalStartTimeZone: 'W. Europe Standard Time',
    originalEndTimeZone: 'W. Europe Standard Time',
    iCalUId: new Random(`ical ${id}`).hex(112).toUpperCase(),
    reminderMinutesBeforeStart: 15,
    isReminderOn: true,
    hasAttachments: false,
    subject: facts.subject,
    bodyPreview: 'Agenda: status, decisions, next steps.',
    importance: 'normal',
    sensitivity: 'normal',
    isAllDay: false,
    isCancelled: false,
    isOrganizer: true,
    responseRequested: true,
    seriesMasterId: null,
    showAs: 'busy',
    type: 'singleInstance',
    webLink: `https://outlook.office365.com/owa/?itemid=${encodeURIComponent(id)}&exvsurl=1&path=/calendar/item`,
    onlineMeetingUrl: null,
    isOnlineMeeting: online,
    responseStatus: response('organizer'),
    body: {
      contentType: 'html',
      content: '<html><body><p>Agenda: status, decisions, next steps.</p></body></html>',
    },
    start: at(facts.start),
    end: at(facts.start - facts.length),
    location: {
      displayName: facts.place,
      locationType: 'default',
      uniqueId: facts.place,
      uniqueIdType: 'private',
    },
    attendees: [{ type: 'required', status: response('accepted'), ...recipient(facts.guest) }],
    organizer: recipient(facts.user),
  }
}

export function createCalendars(user: Row): Row[] {
  const owner = textOf(user, 'id')
  const calendar = (name: string, standard: boolean): Row => ({
    id: outlookId(owner, 'calendar', name),
    name,
    color: 'auto',
    hexColor: '',
    isDefaultCalendar: standard,
    changeKey: new Random(`calendar ${owner} ${name}`).base64(24),
    canShare: standard,
    canViewPrivateItems: true,
    canEdit: standard,
    isRemovable: false,
    owner: { name: user['displayName'], address: user['mail'] },
  })
  return [calendar('Calendar', true), calendar('Birthdays', false)]
}

/** People outside the company that somebody keeps in the own address book. */
export function createPersonalContacts(user: Row, contacts: readonly Row[], log: ChangeLog): Table {
  const owner = textOf(user, 'id')
  const rows = contacts.map((contact) => {
    const id = outlookId(owner, 'contact', textOf(contact, 'id'))
    const changeKey = new Random(`change ${id}`).base64(24)
    return {
      '@odata.etag': `W/"${changeKey}"`,
      id,
      createdDateTime: minutesAgo(400_000),
      lastModifiedDateTime: minutesAgo(200_000),
      changeKey,
      categories: [],
      parentFolderId: outlookId(owner, 'folder', 'Contacts'),
      birthday: null,
      fileAs: `${textOf(contact, 'surname')}, ${textOf(contact, 'givenName')}`,
      displayName: contact['displayName'],
      givenName: contact['givenName'],
      surname: contact['surname'],
      jobTitle: contact['jobTitle'],
      companyName: contact['companyName'],
      department: contact['department'],
      mobilePhone: null,
      businessPhones: ['+49 30 555 0100'],
      emailAddresses: [{ name: contact['displayName'], address: contact['mail'] }],
    }
  })
  return new Table(log, rows, { complete: (_, number) => newItem(owner, 'contact', number) })
}
