import { badRequest } from '../graph/errors'
import type { Parameters, Row, Rows } from '../graph/rows'
import { view, type Table } from '../graph/table'

/** `calendarView`: the events that overlap the window which two plain query parameters name. */
export function eventsBetween(events: Table, parameters: Parameters): Rows {
  const from = parameters.get('startdatetime')
  const to = parameters.get('enddatetime')
  if (from === undefined || to === undefined)
    throw badRequest(
      'This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.',
      'ErrorInvalidParameter',
    )
  const [first, last] = [instant(from), instant(to)]
  return view(events, (event) => boundary(event['start']) < last && boundary(event['end']) > first)
}

/** A time without an offset is one in UTC. A plus sign of an offset may have become a blank. */
function instant(text: string): number {
  const time = text.replace(/ (\d\d:\d\d)$/, '+$1')
  const value = Date.parse(/(?:Z|[+-]\d\d:\d\d)$/i.test(time) || !time.includes('T') ? time : `${time}Z`)
  if (Number.isNaN(value))
    throw badRequest(`The value '${text}' of parameter 'DateTime' is invalid.`, 'ErrorInvalidParameter')
  return value
}

function boundary(value: unknown): number {
  return Date.parse(`${(value as { dateTime: string } | undefined)?.dateTime.slice(0, 19)}Z`)
}

/** `reminderView`: what rings between two times. */
export function remindersOf(events: Table, given: Parameters): Row[] {
  const [from, to] = [instant(given.get('startdatetime') ?? ''), instant(given.get('enddatetime') ?? '')]
  const rings = (event: Row): number =>
    boundary(event['start']) - 60_000 * Number(event['reminderMinutesBeforeStart'])
  return events
    .rows((event) => event['isReminderOn'] === true && rings(event) >= from && rings(event) < to)
    .map((event) => ({
      eventId: event['id'],
      changeKey: event['changeKey'],
      eventStartTime: event['start'],
      eventEndTime: event['end'],
      eventSubject: event['subject'],
      eventLocation: event['location'],
      eventWebLink: event['webLink'],
      reminderFireTime: {
        dateTime: `${new Date(rings(event)).toISOString().slice(0, 19)}.0000000`,
        timeZone: 'UTC',
      },
    }))
}
