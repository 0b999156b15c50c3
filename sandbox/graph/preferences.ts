import { badRequest } from './errors'
import { textOf, type Row } from './rows'

/** What a request's `Prefer` headers ask for, as far as this service honours it. */
export interface Preferences {
  readonly maximumPageSize: number | undefined
  readonly textBody: boolean
  readonly timeZone: string | undefined
  readonly immutableIds: boolean
  /** `return=minimal`: of a changed directory object what has changed. */
  readonly minimal: boolean
  /** `return=representation`: what was written comes back. */
  readonly representation: boolean
  /** A change of an object that an alternate key names, and that is not there, makes it. */
  readonly createIfMissing: boolean
  readonly respondAsync: boolean
  /** What `Preference-Applied` says, for a resource of Outlook's. */
  readonly applied: string
}

/** A few of the Windows names that Outlook knows a time zone by. */
const timeZones: Readonly<Record<string, string>> = {
  utc: 'UTC',
  'pacific standard time': 'America/Los_Angeles',
  'eastern standard time': 'America/New_York',
  'gmt standard time': 'Europe/London',
  'w. europe standard time': 'Europe/Berlin',
  'romance standard time': 'Europe/Paris',
  'tokyo standard time': 'Asia/Tokyo',
  'india standard time': 'Asia/Kolkata',
}

export function readPreferences(header: string | undefined): Preferences {
  const values = new Map<string, string>()
  for (const [, name = '', quoted, bare] of (header ?? '').matchAll(
    /([\w.-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,;]+)))?/g,
  ))
    values.set(name.toLowerCase(), quoted ?? bare ?? '')
  const pageSize = Number(values.get('odata.maxpagesize'))
  const timeZone = values.get('outlook.timezone')
  const textBody = values.get('outlook.body-content-type')?.toLowerCase() === 'text'
  const immutableIds = values.get('idtype')?.toLowerCase() === 'immutableid'
  const applied = [
    ...(pageSize > 0 ? [`odata.maxpagesize=${pageSize}`] : []),
    ...(timeZone === undefined ? [] : [`outlook.timezone="${timeZone}"`]),
    ...(textBody ? ['outlook.body-content-type="text"'] : []),
    ...(immutableIds ? ['IdType="ImmutableId"'] : []),
  ]
  return {
    maximumPageSize: pageSize > 0 ? pageSize : undefined,
    textBody,
    timeZone,
    immutableIds,
    minimal: values.get('return')?.toLowerCase() === 'minimal',
    representation: values.get('return')?.toLowerCase() === 'representation',
    createIfMissing: values.has('create-if-missing'),
    respondAsync: values.has('respond-async'),
    applied: applied.join(', '),
  }
}

/** An Outlook item as the preferences want it: plain text, another time zone, an id that survives a move. */
export function applyPreferences(row: Row, { textBody, timeZone, immutableIds }: Preferences): Row {
  if (!textBody && timeZone === undefined && !immutableIds) return row
  const changed: Record<string, unknown> = { ...row }
  const body = row['body'] as { contentType?: string; content?: string } | undefined
  if (textBody && body?.contentType === 'html')
    changed['body'] = { contentType: 'text', content: plainText(body.content ?? '') }
  if (timeZone !== undefined) {
    for (const name of ['start', 'end'])
      if (row[name] !== undefined) changed[name] = inZone(row[name], timeZone)
  }
  if (immutableIds) changed['id'] = immutableId(textOf(row, 'id'))
  return changed
}

const mutablePrefix = 'AAMkAD'
const immutablePrefix = 'AAkALgAA'

function immutableId(id: string): string {
  return id.startsWith(mutablePrefix) ? immutablePrefix + id.slice(mutablePrefix.length) : id
}

/** Both kinds of identifier lead to an item, whatever the request prefers. */
export function storedId(id: string): string {
  return id.startsWith(immutablePrefix) ? mutablePrefix + id.slice(immutablePrefix.length) : id
}

function plainText(html: string): string {
  return html
    .replaceAll(/<(?:br|\/p|\/div)\s*\/?>/gi, '\r\n')
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&amp;', '&')
    .trim()
}

function inZone(value: unknown, timeZone: string): unknown {
  const { dateTime } = value as { dateTime: string }
  return { dateTime: `${shown(`${dateTime.slice(0, 19)}Z`, zoneNamed(timeZone))}.0000000`, timeZone }
}

/** A time on the clocks of a zone, as it is kept. */
export function toUtc(dateTime: string, timeZone: string): { dateTime: string; timeZone: string } {
  const zone = zoneNamed(timeZone)
  const local = Date.parse(`${dateTime.slice(0, 19)}Z`)
  if (Number.isNaN(local))
    throw badRequest(`The value '${dateTime}' is not a valid date and time.`, 'ErrorInvalidParameter')
  // The zone is as far from UTC at this time as its clocks say, but for the hour in which they are put back.
  const distance = Date.parse(`${shown(new Date(local).toISOString(), zone)}Z`) - local
  const utc = new Date(local - distance).toISOString().slice(0, 19)
  return { dateTime: `${utc}.0000000`, timeZone: 'UTC' }
}

function shown(time: string, timeZone: string): string {
  return new Date(time).toLocaleString('sv-SE', { timeZone }).replace(' ', 'T')
}

function zoneNamed(timeZone: string): string {
  const zone = timeZones[timeZone.toLowerCase()] ?? (timeZone.includes('/') ? timeZone : undefined)
  if (zone === undefined)
    throw badRequest(
      `A valid TimeZone value must be specified. The following TimeZone value is not supported: '${timeZone}'.`,
      'TimeZoneNotSupportedException',
    )
  return zone
}
