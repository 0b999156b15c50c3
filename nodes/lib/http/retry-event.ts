import type { HttpResponse } from './http'
import type { RetryEvent } from './retry-table'

const BY_STATUS: ReadonlyMap<number, RetryEvent> = new Map([
  [404, 'gone'],
  [408, 'requestTimeout'],
  [409, 'conflict'],
  [410, 'gone'],
  [412, 'precondition'],
  [423, 'locked'],
  [424, 'dependency'],
  [425, 'tooEarly'],
  [429, 'busy'],
  [500, 'serverError'],
  [502, 'unavailable'],
  [503, 'unavailable'],
  [504, 'unavailable'],
  [509, 'busy'],
])

/** As a code, of the error or one inside it; a text that an error quotes is none. */
const LIMIT_REACHED = /[{,]\s*"code"\s*:\s*"activityLimitReached"/u

/** Bytes; an error is short, and a larger body is something else. */
const LONGEST_ERROR = 10_000

/** The row of the retry table that an answer belongs to. */
export function eventOf({ status, headers, body }: HttpResponse): RetryEvent {
  if (status < 400) return 'success'
  if (status === 503 && headers.has('retry-after')) return 'overloaded'
  // OneDrive and SharePoint say so with several statuses (Graph, "Error responses").
  if (body.length < LONGEST_ERROR && LIMIT_REACHED.test(body.toString('latin1'))) return 'busy'
  // A reverse proxy's own: the service behind it did not answer it.
  if (status >= 520 && status <= 527) return 'unavailable'
  return BY_STATUS.get(status) ?? 'refused'
}
