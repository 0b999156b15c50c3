import { setTimeout as wait } from 'node:timers/promises'
import { turnIn, type HttpRequest, type HttpResponse, type Send, type Turn } from '../http/http'
import { Problem } from '../problem'
import { isPlainRecord, textAt } from '../records'
import { nextExpected } from './content-range'
import { parseJson } from './json'
import { serviceError } from './service-error'
import type { UploadSource } from './upload-source'
import type { SessionAddress } from './upload-target'

export interface SessionOptions extends Turn {
  readonly signal: AbortSignal
  /** Milliseconds without progress. */
  readonly timeout: number
  readonly maxResponseSize: number
  /** How often in a row a range may fail without the service having got any further. */
  readonly maxRetries: number
  /** Bytes of a range; the documented multiple. */
  readonly rangeSize: number
  readonly onProgress?: (bytes: number, total: number) => void
}

/** "Every range but the last a multiple of 320 KiB" (Graph, "driveItem: createUploadSession"). */
export const RANGE_UNIT = 327_680

/** The session is no more: an upload has to begin anew. */
export class SessionGone extends Error {
  override readonly name = 'SessionGone'
  /** Whether the last range was on its way: then the file may be there. */
  readonly mayBeDone: boolean

  constructor(mayBeDone: boolean) {
    super('upload session gone')
    this.mayBeDone = mayBeDone
  }
}

/** Milliseconds: a deploy waits for it. */
const LONGEST_GOODBYE = 5_000
/** Milliseconds before a range is tried again; doubled each time that nothing got further. */
const PAUSE = 500

/**
 * Sends a source through an upload session, one range after the other, from where the session says it stands. Where the
 * upload URL is itself the permission no token goes there; nobody is shown it.
 *
 * @param start where to begin; undefined asks the session, as after a restart.
 * @returns the answer to the last range.
 * @throws SessionGone, ServiceError, Problem of the source or of the way.
 */
export async function sendRanges(
  send: Send,
  address: SessionAddress,
  source: UploadSource,
  start: number | undefined,
  options: SessionOptions,
): Promise<HttpResponse> {
  const session = new Session(send, address, options)
  let offset = start ?? (await session.expected(source, false))
  let furthest = offset
  let fruitless = 0
  for (;;) {
    options.onProgress?.(offset, source.size)
    const outcome = await session.range(source, offset)
    if (outcome.kind === 'done') return outcome.response
    const next = outcome.kind === 'next' ? outcome.offset : await session.expected(source, outcome.last)
    // Going back and forth is no progress.
    fruitless = next > furthest ? 0 : fruitless + 1
    furthest = Math.max(furthest, next)
    if (fruitless > options.maxRetries) throw outcome.kind === 'lost' ? outcome.error : notGettingOn()
    if (fruitless > 0) await wait(PAUSE * 2 ** Math.min(fruitless - 1, 6), undefined, options)
    offset = next
  }
}

type Outcome =
  | { readonly kind: 'done'; readonly response: HttpResponse }
  | { readonly kind: 'next'; readonly offset: number }
  /** What became of the range has to be asked. */
  | { readonly kind: 'lost'; readonly error: unknown; readonly last: boolean }

class Session {
  readonly #send: Send
  readonly #address: SessionAddress
  readonly #options: SessionOptions

  constructor(send: Send, address: SessionAddress, options: SessionOptions) {
    this.#send = send
    this.#address = address
    this.#options = options
  }

  async range(source: UploadSource, offset: number): Promise<Outcome> {
    const length = Math.min(this.#options.rangeSize, source.size - offset)
    const last = offset + length >= source.size
    const body = await source.read(offset, length)
    if (last) await source.check()
    let response: HttpResponse
    try {
      response = await this.#ask('PUT', body, [
        ['content-range', `bytes ${offset}-${offset + length - 1}/${source.size}`],
        ['content-type', 'application/octet-stream'],
      ])
    } catch (error) {
      if (this.#options.signal.aborted) throw this.#options.signal.reason
      return { kind: 'lost', error, last }
    }
    return readOutcome(response, source, last)
  }

  /** The first byte that the session does not have yet. */
  async expected(source: UploadSource, mayBeDone: boolean): Promise<number> {
    const response = await this.#ask('GET')
    // To whoever has no other permission than the address, "not allowed" says that it serves no more.
    if (isGone(response.status) || response.status === 401 || response.status === 403)
      throw new SessionGone(mayBeDone)
    if (response.status >= 400) throw serviceError(response)
    const next = nextWithin(response, source)
    // A session that expects nothing more but gave no item: what it made of the file cannot be asked any more.
    if (next === undefined) throw new SessionGone(mayBeDone)
    return next
  }

  async #ask(
    method: 'GET' | 'PUT',
    body?: Buffer,
    headers: readonly (readonly [string, string])[] = [],
  ): Promise<HttpResponse> {
    const { signal, timeout, maxResponseSize } = this.#options
    const { url, ranges, anonymous } = this.#address
    const request: HttpRequest = {
      method,
      url: method === 'PUT' ? ranges : url,
      headers: new Map([['accept', 'application/json'], ...headers]),
      ...(anonymous ? { anonymous } : {}),
      solo: true,
      signal,
      timeout,
      maxResponseSize,
      ...(body === undefined ? {} : { body }),
      ...turnIn(this.#options),
    }
    return this.#send(request)
  }
}

function readOutcome(response: HttpResponse, source: UploadSource, last: boolean): Outcome {
  const { status } = response
  if (status < 300) {
    const next = nextWithin(response, source)
    if (next !== undefined) return { kind: 'next', offset: next }
    // "Accepted", or anything to a range that was not the last, is no file yet.
    const isDone = last && status !== 202
    return isDone ? { kind: 'done', response } : { kind: 'lost', error: notGettingOn(), last }
  }
  const error = serviceError(response)
  if (isGone(status)) throw new SessionGone(last && response.lostTry === true)
  // 416: the range is there already. 5xx: it may be.
  if (status === 416 || (status >= 500 && isBusy(status))) {
    return { kind: 'lost', error, last }
  }
  throw error
}

/** The first byte that is missing; undefined where none of the source's is named. */
function nextWithin(response: HttpResponse, { size }: UploadSource): number | undefined {
  const next = nextExpected(bodyOf(response))
  return next !== undefined && next < size ? next : undefined
}

/** Ends a session that is not wanted any more; a service that is gone has ended it itself. */
export async function cancelSession(
  send: Send,
  { url, anonymous }: SessionAddress,
  timeout: number,
): Promise<void> {
  try {
    await send({
      method: 'DELETE',
      url,
      headers: new Map(),
      ...(anonymous ? { anonymous } : {}),
      solo: true,
      signal: AbortSignal.timeout(Math.min(timeout, LONGEST_GOODBYE)),
      timeout,
      maxResponseSize: 1e6,
    })
  } catch {
    // It expires by itself.
  }
}

/**
 * The upload URL out of the answer to `createUploadSession`.
 * @throws Problem `uploadUrlMissing`, `redirectInsecure`.
 */
export function uploadUrlOf(response: HttpResponse): string {
  if (response.status >= 400) throw serviceError(response)
  const body = bodyOf(response)
  const url = textAt(body, 'uploadUrl') ?? textAt(body, 'UploadUrl') ?? ''
  if (!URL.canParse(url)) throw new Problem('uploadUrlMissing', { status: response.status })
  const { protocol, host } = new URL(url)
  const insecure = protocol !== 'https:' && new URL(response.url).protocol === 'https:'
  if (insecure || !/^https?:$/u.test(protocol)) throw new Problem('redirectInsecure', { host })
  return url
}

function bodyOf(response: HttpResponse): Readonly<Record<string, unknown>> {
  try {
    const body = parseJson(response.body)
    return isPlainRecord(body) ? body : {}
  } catch {
    return {}
  }
}

/** Whether what was refused now may be taken later. */
export function isBusy(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501 && status !== 505 && status !== 507)
}

function isGone(status: number): boolean {
  return status === 404 || status === 410
}

function notGettingOn(): Problem {
  return new Problem('uploadStuck', {})
}
