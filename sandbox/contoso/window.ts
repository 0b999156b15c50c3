import { badRequest } from '../graph/errors'
import type { Parameters, Row } from '../graph/rows'

/** `calendarView`: the events that overlap the window which two plain query parameters name. */
export function eventsBetween(events: readonly Row[], parameters: Parameters): Row[] {
  const from = parameters.get('startdatetime')
  const to = parameters.get('enddatetime')
  if (from === undefined || to === undefined)
    throw badRequest(
      'This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.',
      'ErrorInvalidParameter',
    )
  const [first, last] = [instant(from), instant(to)]
  return events.filter((event) => boundary(event['start']) < last && boundary(event['end']) > first)
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
  return Date.parse(`${(value as { dateTime: string }).dateTime.slice(0, 19)}Z`)
}
