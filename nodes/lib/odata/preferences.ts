import { Problem } from '../problem.js'

/** What a read may prefer, offered as what it does. */
export interface Preferences {
  /** Rows in a page. */
  readonly pageSize?: number
  /** An IANA or Windows name; the times of events come in it. */
  readonly timeZone?: string
  /** Bodies of messages and events as text instead of HTML. */
  readonly textBody?: boolean
  /** Outlook ids that stay when an item is moved; the service wants it said with every request. */
  readonly immutableIds?: boolean
}

/** Values of a `Prefer` header (RFC 7240; Graph, "Outlook immutable identifiers", "List events"). */
export function preferHeader({ pageSize, timeZone, textBody, immutableIds }: Preferences): string[] {
  const prefer: string[] = []
  if (pageSize !== undefined) prefer.push(`odata.maxpagesize=${pageSize}`)
  if (timeZone !== undefined && timeZone !== '') prefer.push(`outlook.timezone="${quotable(timeZone)}"`)
  if (textBody === true) prefer.push('outlook.body-content-type="text"')
  if (immutableIds === true) prefer.push('IdType="ImmutableId"')
  return prefer
}

function quotable(timeZone: string): string {
  if (!/^[\w /+\-:.()]+$/u.test(timeZone))
    throw new Problem('timeZoneInvalid', { field: 'timeZone', value: timeZone })
  return timeZone
}
