import { isDeepStrictEqual } from 'node:util'
import type { ConnectionSettings } from '../connection-settings'
import { turnIn, type HttpRequest, type HttpResponse, type Send, type Turn } from '../http/http'
import type { HoldItem } from '../http/item-order'
import { isPlainRecord } from '../records'
import { withoutQuery } from '../split-query'
import { stripAnnotations, stripSignedLinks } from './annotations'
import { readAnswer, type Answer } from './answer'
import { isGraphService } from './graph-service'
import { parseJson } from './json'
import { followWork, monitorOf, refuseFailedWork } from './long-running'
import { requestHeaders } from './request-headers'
import { ServiceError } from './service-error'
import { shownLocation } from './service-location'
import {
  CREATE_IF_MISSING,
  planWrite,
  type PlannedRequest,
  type WritePlan,
  type WriteRequest,
} from './write-plan'
import { repeatOfWrite } from './write-repeat'

/** How a write goes, besides what it writes. */
export interface WriteOptions extends Turn {
  readonly signal: AbortSignal
  /** Follow work that takes longer than the answer; told how far it is, in per cent where that is known. */
  readonly follow?: ((percent: number | undefined) => void) | undefined
  /** After 409 and 412 ask for the item as it is now. */
  readonly offerCurrent: boolean
  /** Take `@odata...` annotations out of the answer. */
  readonly stripAnnotations: boolean
}

export interface Written {
  readonly answer: Answer
  /** The item's version after the write, where the service says it. */
  readonly etag: string | undefined
  /** Where what was created is, or where the work goes on; never on another host. */
  readonly location: string | undefined
  /** It was written, but the item that was to come back did not. */
  readonly answerLost: boolean
}

/** The item has another version than the write was for, or clashes with another one. */
export class WriteConflict extends ServiceError {
  override readonly name = 'WriteConflict'
  /** The item as it is now, but for links that open it to anybody; undefined where it could not be read. */
  readonly current: unknown
  readonly currentEtag: string | undefined

  constructor(error: ServiceError, current: { value: unknown; etag: string | undefined } | undefined) {
    const { statusCode, code, serviceMessage: message, requestId, retryAfter, location } = error
    super({ statusCode, code, message, requestId, retryAfter, location })
    this.outcomeUnknown = error.outcomeUnknown
    this.current = stripSignedLinks(current?.value)
    this.currentEtag = current?.etag
  }
}

export interface Writer {
  planWrite(request: WriteRequest): WritePlan
  write(request: WriteRequest, options: WriteOptions): Promise<Written>
}

export function createWriter(send: Send, hold: HoldItem, settings: ConnectionSettings): Writer {
  const { serviceUrl } = settings
  const plan = (request: WriteRequest): WritePlan =>
    planWrite(request, serviceUrl, isGraphService(serviceUrl))
  return {
    planWrite: plan,
    write: async (request, options) => {
      const planned = plan(request)
      return new OneWrite(send, hold, settings, planned, options).run()
    },
  }
}

class OneWrite {
  readonly #send: Send
  readonly #hold: HoldItem
  readonly #settings: ConnectionSettings
  readonly #plan: WritePlan
  readonly #options: WriteOptions
  /** The item is held: its requests need not wait for each other. */
  #holding = false

  constructor(
    send: Send,
    hold: HoldItem,
    settings: ConnectionSettings,
    plan: WritePlan,
    options: WriteOptions,
  ) {
    this.#send = send
    this.#hold = hold
    this.#settings = settings
    this.#plan = plan
    this.#options = options
  }

  async run(): Promise<Written> {
    const { ifMissing, versionFirst } = this.#plan
    const response =
      ifMissing !== undefined
        ? await this.#inSteps(async () => this.#upsert(ifMissing))
        : versionFirst === true
          ? await this.#inSteps(async () => this.#writeNewest())
          : await this.#sendOne()
    return this.#written(await this.#refused(response))
  }

  /** Of two upserts that create the same at once the second is refused; when it comes again, the item is there. */
  async #sendOne(): Promise<HttpResponse> {
    const response = await this.#sendPlanned(this.#plan)
    const raced = response.status === 409 && this.#plan.prefer.includes(CREATE_IF_MISSING)
    return raced ? this.#sendPlanned(this.#plan) : response
  }

  /** Between looking and writing no other write of this connection may come: two would create the item twice. */
  async #inSteps(steps: () => Promise<HttpResponse>): Promise<HttpResponse> {
    return this.#hold(this.#plan.url, this.#options.signal, async () => {
      this.#holding = true
      try {
        return await steps()
      } finally {
        this.#holding = false
      }
    })
  }

  /** The item decides which of the two is sent. Somebody else may create it in between: then it is there after all. */
  async #upsert(creation: PlannedRequest): Promise<HttpResponse> {
    const found = await this.#item()
    if (found !== undefined) return this.#update(found)
    const created = await this.#sendPlanned(creation)
    if (created.status !== 409) return created
    const raced = await this.#item()
    return raced === undefined ? created : this.#update(raced)
  }

  async #update(found: Answer): Promise<HttpResponse> {
    return this.#sendPlanned(this.#plan.versionFirst === true ? withVersion(this.#plan, found) : this.#plan)
  }

  /** No version was asked for, but the service wants one; if the item changes in between, once more. */
  async #writeNewest(): Promise<HttpResponse> {
    const write = async (): Promise<HttpResponse> => {
      const found = await this.#item()
      return this.#sendPlanned(found === undefined ? this.#plan : withVersion(this.#plan, found))
    }
    const response = await write()
    const changed = response.status === 412 || response.status === 409
    return changed && response.lostTry !== true ? write() : response
  }

  /** Undefined where there is none. */
  async #item(): Promise<Answer | undefined> {
    const url = withoutQuery(this.#plan.url)
    // Ids are of one kind in all requests of a write, and so are the user's own headers but for the body's.
    const own = [...this.#plan.headers].filter(([name]) => !ABOUT_BODY.has(name))
    const prefer = this.#plan.prefer.filter(
      (value) => !value.startsWith('return=') && value !== CREATE_IF_MISSING,
    )
    const response = await this.#request('GET', url, new Map(own), prefer, { repeat: 'safe' })
    return response.status === 404 ? undefined : readAnswer(response, url)
  }

  async #sendPlanned(planned: PlannedRequest): Promise<HttpResponse> {
    const { method, url, headers, prefer, body } = planned
    return this.#request(method, url, headers, prefer, {
      repeat: repeatOfWrite(planned),
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
    })
  }

  async #request(
    method: HttpRequest['method'],
    url: string,
    headers: ReadonlyMap<string, string>,
    prefer: readonly string[],
    more: Pick<HttpRequest, 'repeat' | 'body'>,
  ): Promise<HttpResponse> {
    const held = this.#holding ? { unordered: true as const } : {}
    return this.#send({
      method,
      url,
      headers: requestHeaders(headers, prefer),
      ...this.#common(),
      ...held,
      ...more,
    })
  }

  #common(): Turn & Pick<HttpRequest, 'signal' | 'timeout' | 'maxResponseSize'> {
    const { timeout, maxResponseSize } = this.#settings
    return { signal: this.#options.signal, timeout, maxResponseSize, ...turnIn(this.#options) }
  }

  /** Conflicts: what an earlier try of this very write may have caused, and what another writer has done. */
  async #refused(response: HttpResponse): Promise<HttpResponse> {
    const { status, lostTry } = response
    if (status !== 409 && status !== 412) return response
    const error = await refusalOf(response, this.#plan.url)
    const itemIsKnown = this.#plan.method !== 'POST'
    const found =
      itemIsKnown && (this.#options.offerCurrent || lostTry === true) ? await this.#current() : undefined
    const current = found === 'missing' ? undefined : found
    if (status === 412 && lostTry === true) {
      // A version that must be there is missing, too, once a DELETE has been applied (RFC 9110, 13.1.1).
      const done =
        found === 'missing'
          ? this.#plan.method === 'DELETE'
          : found !== undefined && this.#wasWritten(found.value)
      if (done) return { ...response, ...DONE, bodyLost: true }
      error.outcomeUnknown = true
    }
    throw new WriteConflict(error, this.#options.offerCurrent ? current : undefined)
  }

  /** Undefined where it cannot be read. */
  async #current(): Promise<{ value: unknown; etag: string | undefined } | 'missing' | undefined> {
    try {
      const found = await this.#item()
      if (found === undefined) return 'missing'
      return found.kind === 'single' ? { value: found.value, etag: found.etag } : undefined
    } catch (error) {
      if (this.#options.signal.aborted) throw error
      // The refusal is what matters; that the item cannot be read either adds nothing to it.
      return undefined
    }
  }

  /** Whether the item holds all that was sent: then the try whose answer was lost had been applied. */
  #wasWritten(current: unknown): boolean {
    const { body } = this.#plan
    if (typeof body !== 'string' || !isPlainRecord(current)) return false
    const sent: unknown = parseJson(Buffer.from(body))
    return isPlainRecord(sent) && Object.keys(sent).length > 0 && holds(current, sent)
  }

  async #written(response: HttpResponse): Promise<Written> {
    const { url } = this.#plan
    const { serviceUrl } = this.#settings
    const { follow } = this.#options
    refuseFailedWork(response)
    const monitor = follow === undefined ? undefined : monitorOf(response, serviceUrl)
    const last =
      monitor === undefined
        ? response
        : await followWork(this.#send, response, monitor, {
            serviceUrl,
            common: this.#common(),
            onProgress: follow,
          })
    const complete = last.bodyLost === true ? await this.#reread() : undefined
    const answer = complete ?? (await readAnswer(last, url))
    return {
      answer: this.#shown(answer),
      etag: (answer.kind === 'single' ? answer.etag : undefined) ?? last.headers.get('etag'),
      location: locationOf(response, last, serviceUrl),
      answerLost: last.bodyLost === true && complete === undefined,
    }
  }

  /** The item that was to come back and did not; a creation does not know where it would be. */
  async #reread(): Promise<Answer | undefined> {
    const { method, prefer } = this.#plan
    if ((method !== 'PATCH' && method !== 'PUT') || !prefer.includes('return=representation'))
      return undefined
    return this.#item()
  }

  #shown(answer: Answer): Answer {
    if (!this.#options.stripAnnotations) return answer
    if (answer.kind === 'page') return { ...answer, rows: answer.rows.map(stripAnnotations) }
    return answer.kind === 'single' ? { ...answer, value: stripAnnotations(answer.value) } : answer
  }
}

const ABOUT_BODY = new Set(['content-type', 'if-match', 'if-none-match', 'prefer'])
const DONE = { status: 204, body: Buffer.alloc(0) }

function withVersion(plan: PlannedRequest, found: Answer): PlannedRequest {
  const etag = found.kind === 'single' ? found.etag : undefined
  return etag === undefined ? plan : { ...plan, headers: new Map([...plan.headers, ['if-match', etag]]) }
}

async function refusalOf(response: HttpResponse, url: string): Promise<ServiceError> {
  try {
    await readAnswer(response, url)
  } catch (error) {
    if (error instanceof ServiceError) return error
    throw error
  }
  throw new RangeError('Not an error')
}

/** Of finished work the place of its result, as the work names it; else what the answer itself says. */
function locationOf(first: HttpResponse, last: HttpResponse, serviceUrl: string): string | undefined {
  const named = first === last ? undefined : resultOf(last.body)
  const headers = named ?? first.headers.get('location') ?? first.headers.get('operation-location')
  return shownLocation(headers, serviceUrl)
}

function resultOf(body: Buffer): string | undefined {
  try {
    const json = parseJson(body)
    if (!isPlainRecord(json)) return undefined
    const place = json['targetResourceLocation'] ?? json['resourceLocation']
    return typeof place === 'string' ? place : undefined
  } catch {
    return undefined
  }
}

function holds(whole: unknown, part: unknown): boolean {
  if (!isPlainRecord(part)) return isDeepStrictEqual(whole, part)
  if (!isPlainRecord(whole)) return false
  return Object.entries(part).every(([name, value]) => name.startsWith('@') || holds(whole[name], value))
}
