import { createHash } from 'node:crypto'
import { turnIn, type HttpRequest, type HttpResponse, type Send, type Turn } from '../http/http'
import type { Notes } from '../notes'
import { Problem } from '../problem'
import { readAnswer, type Answer } from './answer'
import { serviceError, ServiceError } from './service-error'
import { isLarge, startOf, type UploadRequest } from './upload-plan'
import { cancelSession, isBusy, RANGE_UNIT, sendRanges, SessionGone, uploadUrlOf } from './upload-session'
import type { UploadSource } from './upload-source'
import { WriteConflict } from './write'
import { itemUrl, sessionAddress, uploadedLocation, type UploadTarget } from './upload-target'

export interface UploadOptions extends Turn {
  readonly signal: AbortSignal
  readonly timeout: number
  readonly maxResponseSize: number
  readonly maxRetries: number
  readonly onProgress?: (bytes: number, total: number) => void
  /** Undefined: an upload that a restart breaks begins anew. */
  readonly notes?: Notes
  /** Whether the session is to be left open for a later try when the signal ends the upload. */
  readonly keepSession?: () => boolean
}

/** What the service says of an upload that is done. */
export interface Uploaded {
  readonly answer: Answer
  /** Where an attachment is: of a large one nothing else tells. */
  readonly location: string | undefined
}

/** Bytes of a range: 5 to 10 MiB are advised for drives, at most 4 MB are taken by Outlook. */
const RANGE = { driveItem: 32 * RANGE_UNIT, attachment: 12 * RANGE_UNIT } as const
/** Sessions that may vanish under one upload. */
const MOST_SESSIONS = 3

/**
 * Uploads a source to where it belongs: at once where it is small, through a session where it is large.
 *
 * @throws WriteConflict, ServiceError, Problem of the source or of the way; its `outcomeUnknown` says that the service
 *   may have made the file without our having been told.
 */
export async function upload(
  send: Send,
  request: UploadRequest,
  source: UploadSource,
  options: UploadOptions,
): Promise<Uploaded> {
  try {
    return await uploadAll(send, request, source, options)
  } catch (error) {
    const { target } = request
    const clash = error instanceof ServiceError && (error.statusCode === 409 || error.statusCode === 412)
    if (!clash || target.kind !== 'driveItem') throw error
    throw new WriteConflict(error, await currentItem(send, request, options))
  }
}

/** What is there now, as a conflict of any write tells it; undefined where it cannot be read. */
async function currentItem(
  send: Send,
  { target, headers }: UploadRequest,
  options: UploadOptions,
): Promise<{ value: unknown; etag: string | undefined } | undefined> {
  const url = itemUrl(target)
  const own = new Map(
    [...headers].filter(([name]) => !/^(?:if-match|if-none-match|content-type)$/u.test(name)),
  )
  try {
    const answer = await readAnswer(await send({ ...common(options), method: 'GET', url, headers: own }), url)
    return answer.kind === 'single' ? { value: answer.value, etag: answer.etag } : undefined
  } catch (error) {
    if (options.signal.aborted) throw error
    // The refusal is what matters; that the item cannot be read either adds nothing to it.
    return undefined
  }
}

async function uploadAll(
  send: Send,
  request: UploadRequest,
  source: UploadSource,
  options: UploadOptions,
): Promise<Uploaded> {
  if (isLarge(request.target, source)) return new LargeUpload(send, request, source, options).run()
  const start = await startOf(request, source)
  options.onProgress?.(0, source.size)
  const response = await send({ ...common(options), ...start })
  if (response.status === 409 && response.lostTry === true) throw maybeOwnDoing(response)
  return uploaded(request.target, response)
}

async function uploaded(target: UploadTarget, response: HttpResponse): Promise<Uploaded> {
  // What comes back is the item, though `/content` is where bytes come from.
  const answer = await readAnswer(response, itemUrl(target))
  return { answer, location: uploadedLocation(target, response.headers.get('location')) }
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

  async run(): Promise<Uploaded> {
    try {
      return await uploaded(this.#request.target, await this.#ranges())
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
        const address = sessionAddress(this.#request.target, this.#uploadUrl)
        const response = await sendRanges(this.#send, address, this.#source, start, {
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
    const start = await startOf(this.#request, this.#source)
    const url = uploadUrlOf(await this.#send({ ...common(this.#options), ...start }))
    if (this.#note !== undefined) await this.#options.notes?.write(this.#note, url)
    return url
  }

  /** Whether a second upload of the same leaves one file. */
  #replaces(): boolean {
    const { target } = this.#request
    return target.kind === 'driveItem' && (target.conflict === undefined || target.conflict === 'replace')
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
    const refused = error instanceof ServiceError && !isBusy(error.statusCode)
    const wanted = signal.aborted ? keepSession?.() === true : !refused
    if (this.#note !== undefined && wanted) return
    await this.#forget()
    await cancelSession(this.#send, sessionAddress(this.#request.target, url), timeout)
  }
}

function common(
  options: UploadOptions,
): Turn & Pick<HttpRequest, 'maxResponseSize' | 'signal' | 'solo' | 'timeout'> {
  const { signal, timeout, maxResponseSize } = options
  return { signal, timeout, maxResponseSize, solo: true, ...turnIn(options) }
}

function noteName(target: UploadTarget, identity: string): string {
  return createHash('sha256')
    .update(JSON.stringify(['upload', target, identity]))
    .digest('hex')
}

function maybeThere(): Problem {
  return Object.assign(new Problem('uploadAnswerLost', {}), { outcomeUnknown: true })
}

/** A file of that name is there: perhaps the one that the first try made, whose answer was lost. */
function maybeOwnDoing(response: HttpResponse): ServiceError {
  return Object.assign(serviceError(response), { outcomeUnknown: true })
}
