import { setTimeout as delay } from 'node:timers/promises'
import type { HttpRequest, HttpResponse, Send, Turn } from '../http/http'
import { retryAfterSeconds } from '../http/retry-after'
import { printable } from '../printable'
import { Problem } from '../problem'
import { isPlainRecord, textAt } from '../records'
import { parseJson } from './json'
import { requestHeaders } from './request-headers'
import { resolveLocation } from './service-location'
import { ServiceError, requestIdOf, serviceError } from './service-error'

export interface LongRunningOptions {
  readonly serviceUrl: string
  /** What every request of this work has in common. */
  readonly common: Turn & Pick<HttpRequest, 'signal' | 'timeout' | 'maxResponseSize'>
  /** Told after each look; undefined where the service does not say how far it is. From 0 to 100. */
  readonly onProgress?: ((percent: number | undefined) => void) | undefined
  /** Milliseconds. */
  readonly longest?: number
}

const LONGEST = 60 * 60_000
/** Milliseconds between two looks where the service names no time. */
const FIRST_LOOK = 1000
const LAST_LOOK = 30_000
/** Milliseconds; a service that says "at once" for an hour must not be asked without a pause. */
const SHORTEST_PAUSE = 100
/** An hour between two looks would be a promise that nobody keeps. */
const LONGEST_PAUSE = 5 * 60_000

/** Words of several services for work that is not done (Graph, "Long running actions", Teams, Excel, Search). */
const RUNNING = new Set(
  `accepted deletepending inprogress notstarted pending processing queued running scheduled updating validating
  waiting`.split(/\s+/u),
)
const FAILED = new Set('aborted canceled cancelled deletefailed failed failure updatefailed'.split(' '))

/** Where to look how far the work is that an answer has begun; undefined where it is done with the answer. */
export function monitorOf({ status, headers, body }: HttpResponse, serviceUrl: string): string | undefined {
  // Of what was created the location is the thing itself, and its `status` (a task's "notStarted") is its own.
  const place = status === 201 ? undefined : headers.get('location')
  const location = headers.get('operation-location') ?? place
  const begun = status === 202 || (status < 300 && stateOf(body) === 'running')
  return begun ? resolveLocation(location, serviceUrl) : undefined
}

/**
 * Waits until the work is done, and gives the last answer of its monitor. A monitor on another host is a secret of its
 * own: it is asked without the token and never named.
 *
 * @throws ServiceError in the operation's own words; Problem `operationTooLong`.
 */
export async function followWork(
  send: Send,
  begun: HttpResponse,
  monitor: string,
  { serviceUrl, common, onProgress, longest = LONGEST }: LongRunningOptions,
): Promise<HttpResponse> {
  refuseInsecure(monitor, serviceUrl)
  const ends = performance.now() + longest
  let answer = begun
  for (let look = 0; ; look += 1) {
    const pause = pauseBefore(look, answer)
    if (performance.now() + pause > ends) throw tooLong(longest)
    await delay(pause, undefined, { signal: common.signal })
    answer = await lookAt(send, monitor, serviceUrl, common)
    if (answer.status >= 400) throw unknownOutcome(serviceError(answer))
    const state = stateOf(answer.body)
    if (state === 'failed') throw failure(answer)
    if (state === 'done' || (answer.status !== 202 && state === undefined)) return answer
    onProgress?.(percentOf(answer.body))
  }
}

/** As with redirects: what began encrypted goes on so, and no user name hides another host. */
function refuseInsecure(monitor: string, serviceUrl: string): void {
  const { protocol, host, username, password } = new URL(monitor)
  const open = protocol !== 'https:' && new URL(serviceUrl).protocol === 'https:'
  if (open || `${username}${password}` !== '') throw unknownOutcome(new Problem('redirectInsecure', { host }))
}

async function lookAt(
  send: Send,
  monitor: string,
  serviceUrl: string,
  common: LongRunningOptions['common'],
): Promise<HttpResponse> {
  const own = new URL(serviceUrl).origin
  const ask = async (url: string): Promise<HttpResponse> => {
    const foreign = new URL(url).origin !== own
    return send({
      ...common,
      method: 'GET',
      url,
      headers: foreign ? new Map([['accept', 'application/json']]) : requestHeaders(new Map(), []),
      ...(foreign ? { anonymous: true as const } : {}),
      solo: true,
    })
  }
  const answer = await ask(monitor)
  // A foreign monitor that leads back to the service was followed without the token, which belongs there.
  const ledBack =
    answer.status === 401 && new URL(monitor).origin !== own && new URL(answer.url).origin === own
  return ledBack ? ask(answer.url) : answer
}

function pauseBefore(look: number, answer: HttpResponse): number {
  const asked = retryAfterSeconds(answer.headers.get('retry-after'), Date.now())
  if (asked !== undefined) return Math.min(Math.max(asked * 1000, SHORTEST_PAUSE), LONGEST_PAUSE)
  return Math.min(FIRST_LOOK * 1.5 ** look, LAST_LOOK)
}

/** Undefined where the answer is no state at all: then it is the result. */
function stateOf(body: Buffer): 'running' | 'failed' | 'done' | undefined {
  const status = textAt(jsonOf(body), 'status')?.toLowerCase()
  if (status === undefined) return undefined
  if (RUNNING.has(status)) return 'running'
  return FAILED.has(status) ? 'failed' : 'done'
}

function percentOf(body: Buffer): number | undefined {
  const json = jsonOf(body)
  const percent = isPlainRecord(json) ? (json['percentageComplete'] ?? json['percentComplete']) : undefined
  return typeof percent === 'number' && percent >= 0 && percent <= 100 ? percent : undefined
}

/** Excel says with status 200 that it has failed (Graph, "Workbook error handling"). */
export function refuseFailedWork(answer: HttpResponse): void {
  const json = answer.status < 300 ? jsonOf(answer.body) : undefined
  if (isPlainRecord(json) && isPlainRecord(json['error']) && stateOf(answer.body) === 'failed') {
    throw failure(answer)
  }
}

function failure(answer: HttpResponse): ServiceError {
  const json = jsonOf(answer.body)
  const error = isPlainRecord(json) ? json['error'] : undefined
  return new ServiceError({
    statusCode: answer.status,
    code: printable(textAt(error, 'code') ?? '', { most: 100 }) || 'operationFailed',
    message: printable(textAt(error, 'message') ?? textAt(json, 'statusDescription') ?? '', { most: 1000 }),
    requestId: requestIdOf(answer),
    retryAfter: undefined,
    location: undefined,
  })
}

function tooLong(longest: number): Problem {
  return unknownOutcome(new Problem('operationTooLong', { minutes: Math.round(longest / 60_000) }))
}

function unknownOutcome<P extends Problem>(problem: P): P {
  problem.outcomeUnknown = true
  return problem
}

function jsonOf(body: Buffer): unknown {
  try {
    return parseJson(body)
  } catch {
    return undefined
  }
}
