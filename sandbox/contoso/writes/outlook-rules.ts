import { badRequest, GraphError } from '../../graph/errors'
import { toUtc } from '../../graph/preferences'
import { textOf, type Row, type Rows } from '../../graph/rows'
import type { WriteRule } from '../../graph/write-rules'
import { mimeType } from '../files'
import { recipient } from '../mailbox'
import type { Store } from '../store'

/** How Outlook writes the time of what has not happened. */
const never = '0001-01-01T00:00:00Z'

/** What Outlook makes of new and changed mail, events and the like. */
export function outlookRules(store: Store): Record<string, WriteRule> {
  return {
    message: {
      create: ({ body: { values, nested }, rows }) => {
        const owner = ownerOf(rows, store)
        const from = owner && recipient(owner)
        const hasAttachments = (nested.get('attachments')?.length ?? 0) > 0
        return {
          values: { ...(from && { from, sender: from }), ...values, ...preview(values), hasAttachments },
        }
      },
      update: ({ body: { values } }) => ({ ...values, ...preview(values) }),
    },
    mailFolder: {
      create: ({ body: { values }, rows }) => {
        checkFolderName(textOf(values, 'displayName'), rows)
        return { values }
      },
      remove: (row) => {
        if (row['wellKnownName'] !== undefined)
          throw new GraphError(
            400,
            'ErrorDeleteDistinguishedFolder',
            'Distinguished folders cannot be deleted.',
          )
      },
    },
    event: {
      create: ({ body: { values }, rows }) => {
        const transaction = values['transactionId']
        const existing =
          typeof transaction === 'string'
            ? rows.kept?.table.rows((row) => row['transactionId'] === transaction).at(0)
            : undefined
        return existing === undefined ? { values: eventValues(values) } : { existing }
      },
      created: (row, { rows }) => invite(row, rows, store),
      update: ({ row, body: { values } }) => eventValues(values, row),
    },
    contact: {
      create: ({ body: { values } }) => {
        const parts = ['givenName', 'surname']
          .map((name) => textOf(values, name))
          .filter((text) => text !== '')
        const fileAs = parts.toReversed().join(', ')
        return {
          values: { displayName: parts.join(' '), fileAs, businessPhones: [], emailAddresses: [], ...values },
        }
      },
    },
    fileAttachment: {
      create: ({ body: { values } }) => {
        const content = textOf(values, 'contentBytes')
        if (values['contentBytes'] === undefined)
          throw badRequest("The property 'contentBytes' is required.", 'ErrorRequiredPropertyMissing')
        const type = {
          '@odata.mediaContentType': mimeType(textOf(values, 'name')),
          contentType: mimeType(textOf(values, 'name')),
        }
        const size = Buffer.from(content, 'base64').length
        return {
          values: { ...type, isInline: false, contentId: null, contentLocation: null, ...values, size },
        }
      },
      created: (_, { via }) => markAttachments(via?.owner, store),
      remove: () => undefined,
    },
    itemAttachment: {
      create: ({ body: { values, nested } }) => {
        const [item] = nested.get('item') ?? []
        if (item === undefined)
          throw badRequest("The property 'item' is required.", 'ErrorRequiredPropertyMissing')
        const inside = { '@odata.type': `#${item.type}`, ...item.values }
        return {
          values: {
            contentType: null,
            isInline: false,
            ...values,
            size: JSON.stringify(inside).length,
            item: inside,
          },
        }
      },
      created: (_, { via }) => markAttachments(via?.owner, store),
    },
    openTypeExtension: {
      create: ({ body: { values }, rows }) => {
        const name = textOf(values, 'extensionName')
        if (rows.kept?.table.byKey(name) !== undefined)
          throw new GraphError(409, 'NameAlreadyExists', 'An extension with the same name already exists.')
        return { values: { id: name, ...values } }
      },
    },
  }
}

/** Whose mailbox it is stands in its identifiers. */
function ownerOf(rows: Rows, store: Store): Row | undefined {
  const table = rows.kept?.table
  return table && store.ownerOfMessages(table)
}

export function preview(values: Row): Row {
  const body = values['body'] as Row | null | undefined
  if (body === undefined) return {}
  const text = textOf(body ?? {}, 'content')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
  return { bodyPreview: text.trim().slice(0, 255) }
}

/** An event stands in the calendars of those who are invited, too; there it can be answered. */
function invite(event: Row, rows: Rows, store: Store): void {
  const organizer = rows.kept && store.ownerOfEvents(rows.kept.table)
  const attendees = (event['attendees'] ?? []) as { emailAddress?: { address?: string } }[]
  for (const { emailAddress } of attendees) {
    const user = store.directory.users.byKey(emailAddress?.address ?? '')
    if (user === undefined || user['id'] === organizer?.['id']) continue
    const { id: _, '@odata.etag': __, changeKey: ___, transactionId: ____, ...content } = event
    const responseStatus = { response: 'notResponded', time: never }
    store.events(user).create({ ...content, isOrganizer: false, responseStatus })
  }
}

export function markAttachments(owner: Row | undefined, store: Store): void {
  const table = owner && store.outlookTableOf(owner)
  const current = owner && table?.byKey(textOf(owner, 'id'))
  if (table !== undefined && current !== undefined && current['hasAttachments'] !== true)
    table.update(current, { hasAttachments: true })
}

function checkFolderName(name: string, rows: Rows): void {
  const folded = name.toLowerCase()
  for (let index = 0; index < rows.length; index++)
    if (textOf(rows.at(index) ?? {}, 'displayName').toLowerCase() === folded)
      throw new GraphError(409, 'ErrorFolderExists', 'A folder with the specified name already exists.')
}

/** Times are kept in UTC, as they come out unless a request prefers another zone. */
function eventValues(values: Row, row: Row = {}): Row {
  const read: Record<string, unknown> = { ...values, ...preview(values) }
  for (const name of ['start', 'end']) {
    const time = values[name] as { dateTime: string; timeZone?: string | null } | undefined
    if (time === undefined || time === null) continue
    const zone = time.timeZone ?? 'UTC'
    read[name] = toUtc(time.dateTime, zone)
    read[name === 'start' ? 'originalStartTimeZone' : 'originalEndTimeZone'] = zone
  }
  const at = (name: string): string => textOf((read[name] ?? row[name] ?? {}) as Row, 'dateTime')
  if (at('end') < at('start'))
    throw badRequest(
      'The end date you entered occurs before the start date.',
      'ErrorCalendarEndDateIsEarlierThanStartDate',
    )
  const attendees = values['attendees']
  if (Array.isArray(attendees))
    read['attendees'] = attendees.map((attendee: object) =>
      Object.assign({ type: 'required', status: { response: 'none', time: never } }, attendee),
    )
  if (values['recurrence'] !== undefined)
    read['type'] = values['recurrence'] === null ? 'singleInstance' : 'seriesMaster'
  return read
}
