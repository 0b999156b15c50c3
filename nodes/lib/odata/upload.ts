import { createHash } from 'node:crypto'
import type { HttpRequest, HttpResponse, Send } from '../http/http'
import type { Notes } from '../notes'
import { Problem } from '../problem'
import { readAnswer, type Answer } from './answer'
import { ServiceError } from './service-error'
import { cancelSession, RANGE_UNIT, sendRanges, SessionGone, uploadUrlOf } from './upload-session'
import type { UploadSource } from './upload-source'
import { attachmentBody, attachmentSessionBody, driveSessionBody, type UploadTarget } from './upload-target'

export interface UploadRequest {
  readonly target: UploadTarget
  /** As they go with every request to the service; not to the upload URL. */
  readonly headers: ReadonlyMap<string, string>
  readonly contentType: string
  /** Of an attachment. */
  readonly name: string
}

export interface UploadOptions {
  readonly signal: AbortSignal
  readonly timeout: number
  readonly maxResponseSize: number
  readonly maxRetries: number
  readonly owner?: string
  readonly onWait?: (seconds: number) => void
  readonly onProgress?: (bytes: number, total: number) => void
  /** Undefined: an upload that a restart breaks begins anew. */
  readonly notes?: Notes
  /** Whether the session is to be left open for a later try when the signal ends the upload. */
  readonly keepSession?: () => boolean
}

/** Bytes up to which one PUT or POST does: Graph's limit on one write request is 4 MB, for attachments 3 MB. */
const SMALL = { driveItem: 4_000_000, attachment: 3_000_000 } as const
/** Bytes of a range: 5 to 10 MiB are advised for drives, at most 4 MB are taken by Outlook. */
const RANGE = { driveItem: 32 * RANGE_UNIT, attachment: 12 * RANGE_UNIT } as const
/** Sessions that may vanish under one upload. */
const MOST_SESSIONS = 3

/**
 * Uploads a source to where it belongs: at once where it is small, through a session where it is large.
 *
 * @throws ServiceError, Problem of the source or of the way; its `outcomeUnknown` says that the service may have
 *   made the file without our having been told.
 */
export async function upload(
  send: Send,
  request: UploadRequest,
  source: UploadSource,
  options: UploadOptions,
): Promise<Answer> {
  const { target } = request
  if (target.kind === 'stream') return putWhole(send, target.url, request, source, options)
  if (source.size > SMALL[target.kind]) return new LargeUpload(send, request, source, options).run()
  return target.kind === 'driveItem'
    ? putWhole(send, target.content, request, source, options)
    : postAttachment(send, target.collection, request, source, options)
}

async function putWhole(
  send: Send,
  url: string,
  { target, headers, contentType }: UploadRequest,
  source: UploadSource,
  options: UploadOptions,
): Promise<Answer> {
  const renames = target.kind === 'driveItem' && target.conflict === 'rename'
  const body = await source.read(0, source.size)
  await source.check()
  options.onProgress?.(0, source.size)
  const response = await send({
    ...common(options),
    method: 'PUT',
    url,
    headers: new Map([...headers, ['content-type', contentType]]),
    body,
    // Twice with another name is two files.
    repeat: renames ? 'once' : 'idempotent',
  })
  // What comes back is the item, though `/content` is where bytes come from.
  return { ...(await readAnswer(response, itemOf(target, url))), url }
}

async function postAttachment(
  send: Send,
  url: string,
  { headers, contentType, name }: UploadRequest,
  source: UploadSource,
  options: UploadOptions,
): Promise<Answer> {
  const bytes = await source.read(0, source.size)
  await source.check()
  options.onProgress?.(0, source.size)
  const body = JSON.stringify(attachmentBody(name, contentType, bytes))
  return readAnswer(await send({ ...common(options), ...jsonPost(url, headers, body) }), url)
}

/** One upload through a session, and through another one where that vanishes. */
class LargeUpload {
  readonly #send: Send
  readonly #request: UploadRequest
  readonly #source: UploadSource
  readonly #options: UploadOptions
  readonly #note: string | undefined
  #uploadUrl: string | undefined

  constructor(send: Send, request: UploadRequest, source: UploadSource, options: UploadOptions) {
    this.#send = send
    this.#request = request
    this.#source = source
    this.#options = options
    const identity = options.notes === undefined ? undefined : source.identity
    this.#note = identity === undefined ? undefined : noteName(request.target, identity)
  }

  async run(): Promise<Answer> {
    try {
      return await readAnswer(await this.#ranges(), this.#sessionUrl())
    } catch (error) {
      await this.#abandon(error)
      throw error
    }
  }

  async #ranges(): Promise<HttpResponse> {
    let start = await this.#noted()
    for (let session = 1; ; session += 1) {
      try {
        this.#uploadUrl ??= await this.#begin()
        const response = await sendRanges(this.#send, this.#uploadUrl, this.#source, start, {
          ...this.#options,
          rangeSize: this.#request.target.kind === 'attachment' ? RANGE.attachment : RANGE.driveItem,
        })
        await this.#forget()
        return response
      } catch (error) {
        if (!(error instanceof SessionGone)) throw error
        await this.#forget()
        if (error.mayBeDone && !this.#replaces()) throw maybeThere()
        if (session === MOST_SESSIONS) throw new Problem('uploadStuck', {})
        start = 0
      }
    }
  }

  /** The session of an earlier run that a restart broke: it says itself where it stands. */
  async #noted(): Promise<number | undefined> {
    if (this.#note === undefined) return 0
    this.#uploadUrl = await this.#options.notes?.read(this.#note)
    return this.#uploadUrl === undefined ? 0 : undefined
  }

  async #begin(): Promise<string> {
    const { target, headers, name, contentType } = this.#request
    const body =
      target.kind === 'driveItem'
        ? driveSessionBody(target.conflict, this.#source.size)
        : attachmentSessionBody(name, contentType, this.#source.size)
    const response = await this.#send({
      ...common(this.#options),
      ...jsonPost(this.#sessionUrl(), headers, JSON.stringify(body)),
      // A session that nobody uses does nothing.
      repeat: 'idempotent',
    })
    const url = uploadUrlOf(response)
    if (this.#note !== undefined) await this.#options.notes?.write(this.#note, url)
    return url
  }

  /** Whether a second upload of the same leaves one file. */
  #replaces(): boolean {
    const { target } = this.#request
    return target.kind === 'driveItem' && (target.conflict === undefined || target.conflict === 'replace')
  }

  #sessionUrl(): string {
    const { target } = this.#request
    return target.kind === 'stream' ? target.url : target.session
  }

  async #forget(): Promise<void> {
    this.#uploadUrl = undefined
    if (this.#note !== undefined) await this.#options.notes?.remove(this.#note)
  }

  /** What was refused or is not wanted must not take up the service's room; what was only broken may go on later. */
  async #abandon(error: unknown): Promise<void> {
    const url = this.#uploadUrl
    if (url === undefined) return
    const { signal, keepSession, timeout } = this.#options
    const wanted = signal.aborted ? keepSession?.() === true : !(error instanceof ServiceError)
    if (this.#note !== undefined && wanted) return
    await this.#forget()
    await cancelSession(this.#send, url, timeout)
  }
}

function common({
  signal,
  timeout,
  maxResponseSize,
  owner,
  onWait,
}: UploadOptions): Pick<HttpRequest, 'maxResponseSize' | 'onWait' | 'owner' | 'signal' | 'solo' | 'timeout'> {
  return {
    signal,
    timeout,
    maxResponseSize,
    solo: true,
    ...(owner === undefined ? {} : { owner }),
    ...(onWait === undefined ? {} : { onWait }),
  }
}

function jsonPost(
  url: string,
  headers: ReadonlyMap<string, string>,
  body: string,
): Pick<HttpRequest, 'body' | 'headers' | 'method' | 'url'> {
  return { method: 'POST', url, headers: new Map([...headers, ['content-type', 'application/json']]), body }
}

function noteName(target: UploadTarget, identity: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['upload', target, identity]))
    .digest('hex')
}

function itemOf(target: UploadTarget, url: string): string {
  return target.kind === 'driveItem' ? target.session : url
}

function maybeThere(): Problem {
  return Object.assign(new Problem('uploadAnswerLost', {}), { outcomeUnknown: true })
}
