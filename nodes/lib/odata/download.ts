import { setTimeout as wait } from 'node:timers/promises'
import { turnIn, type AnswerHead, type HttpResponse, type Send, type Turn } from '../http/http'
import { Problem } from '../problem'
import type { ByteSink } from './byte-sink'
import { contentRange, wholeLength, type ContentRange } from './content-range'
import { fileTooLarge } from './file-problem'
import { requestIdOf, serviceError } from './service-error'

export interface DownloadRequest {
  readonly url: string
  readonly headers: ReadonlyMap<string, string>
  /** Bytes. */
  readonly maxSize: number
}

export interface DownloadOptions extends Turn {
  readonly signal: AbortSignal
  /** Milliseconds without progress. */
  readonly timeout: number
  /** Bytes of an error's body. */
  readonly maxResponseSize: number
  /** How often in a row the download goes on where it broke without having got any further. */
  readonly maxRetries: number
  /** Bytes so far; all of them, where the service has said how many there are. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void
}

/** What is known of bytes that have arrived. The address that a redirect led to is not: it opens the file to anybody. */
export interface Downloaded {
  readonly url: string
  readonly statusCode: number
  readonly requestId: string | undefined
  /** Bytes. */
  readonly size: number
  readonly contentType: string
  readonly etag: string | undefined
}

/** How often a file may change under the download before it is given up. */
const MOST_RESTARTS = 3
/** Milliseconds before going on; doubled each time that nothing came. */
const PAUSE = 500

/**
 * Bytes into a sink. Where the connection breaks, the rest is asked for by `Range` (RFC 9110, 14): of the address that
 * was given, whose redirect leads to a fresh pre-authenticated one. If the file is another by then, it begins anew.
 *
 * @throws ServiceError; Problem `fileTooLarge`, `fileChanging`, or what the connection broke with.
 */
export async function download(
  send: Send,
  request: DownloadRequest,
  sink: ByteSink,
  options: DownloadOptions,
): Promise<Downloaded> {
  const transfer = new Download(request, sink, options)
  let fruitless = 0
  for (;;) {
    const before = transfer.offset
    let failure: Problem | undefined
    try {
      const response = await send(transfer.next())
      if (response.status >= 400 && !transfer.isPastTheEnd(response)) throw serviceError(response)
      if (await transfer.isWhole(response)) return transfer.result(response)
    } catch (error) {
      if (!transfer.mayGoOn(error)) throw transfer.cause(error)
      failure = error
    }
    fruitless = transfer.offset > before ? 0 : fruitless + 1
    if (fruitless > options.maxRetries) throw failure ?? new Problem('fileChanging', {})
    if (fruitless > 0) await wait(PAUSE * 2 ** Math.min(fruitless - 1, 6), undefined, options)
  }
}

class Download {
  offset = 0
  readonly #request: DownloadRequest
  readonly #sink: ByteSink
  readonly #options: DownloadOptions
  #total: number | undefined
  #validator: string | undefined
  #head: AnswerHead | undefined
  #began = false
  #ended = false
  #restarts = 0
  #sinkFailure: unknown

  constructor(request: DownloadRequest, sink: ByteSink, options: DownloadOptions) {
    this.#request = request
    this.#sink = sink
    this.#options = options
  }

  next(): Parameters<Send>[0] {
    const { signal, timeout, maxResponseSize } = this.#options
    this.#began = false
    const headers = new Map([
      ...this.#request.headers,
      // A range of a compressed file would be a range of something else each time.
      ['accept-encoding', 'identity'] as const,
      ...(this.offset > 0 ? [['range', `bytes=${this.offset}-`] as const] : []),
    ])
    return {
      method: 'GET',
      url: this.#request.url,
      headers,
      signal,
      timeout,
      maxResponseSize,
      solo: true,
      into: async (head, chunks) => this.#take(head, chunks),
      ...turnIn(this.#options),
    }
  }

  /** Whether a failure is one of the way, after which the rest can be asked for. */
  mayGoOn(error: unknown): error is Problem {
    if (this.#options.signal.aborted || this.#sinkFailure !== undefined) return false
    return (this.#began || this.offset > 0) && error instanceof Problem && WAY.has(error.code)
  }

  cause(error: unknown): unknown {
    return this.#options.signal.aborted ? this.#options.signal.reason : (this.#sinkFailure ?? error)
  }

  /** 416 to the rest of a file: all of it was there already, or it has become shorter. */
  isPastTheEnd({ status }: HttpResponse): boolean {
    return status === 416 && this.offset > 0
  }

  async isWhole(response: HttpResponse): Promise<boolean> {
    if (this.isPastTheEnd(response)) {
      const total = this.#total ?? wholeLength(response.headers.get('content-range'))
      if (this.offset === total) return true
      await this.#restart()
      return false
    }
    return this.#ended
  }

  result(response: HttpResponse): Downloaded {
    const { headers, status } = this.#head ?? response
    return {
      url: this.#request.url,
      statusCode: status === 206 ? 200 : status,
      requestId: requestIdOf(response),
      size: this.offset,
      contentType: headers.get('content-type') ?? '',
      etag: headers.get('etag'),
    }
  }

  async #take(head: AnswerHead, chunks: AsyncIterable<Buffer>): Promise<void> {
    this.#began = true
    const range = head.status === 206 ? contentRange(head.headers.get('content-range')) : undefined
    if (this.offset > 0 && !this.#continues(head, range)) {
      await this.#restart()
      // The rest of another file: it begins with a request for all of it.
      if (head.status === 206) return
    }
    // The whole file again, because the service knows no ranges: what is there already is passed over.
    let skip = head.status === 206 ? 0 : this.offset
    this.#note(head, range)
    for await (const chunk of chunks) {
      const fresh = chunk.subarray(Math.min(skip, chunk.length))
      skip -= chunk.length - fresh.length
      if (fresh.length > 0) await this.#write(fresh)
    }
    this.#ended = skip <= 0 && (this.#total === undefined || this.offset === this.#total)
  }

  /** Whether what comes is the rest of what is there. */
  #continues(head: AnswerHead, range: ContentRange | undefined): boolean {
    const validator = validatorOf(head)
    if (validator !== undefined && this.#validator !== undefined && validator !== this.#validator)
      return false
    // A part of what compression made of the file, which may be something else each time.
    if (head.status === 206 && head.headers.has('content-encoding')) return false
    if (range === undefined) return head.status === 200 && (this.#total ?? lengthOf(head)) === lengthOf(head)
    return range.first === this.offset && (this.#total ?? range.total) === range.total
  }

  #note(head: AnswerHead, range: ContentRange | undefined): void {
    this.#head ??= head
    this.#validator ??= validatorOf(head)
    if (head.headers.has('content-encoding')) return
    const total = range === undefined ? lengthOf(head) : range.total
    if (total === undefined) return
    this.#total = total
    this.#checkSize(total)
  }

  async #write(chunk: Buffer): Promise<void> {
    this.#checkSize(this.offset + chunk.length)
    try {
      await this.#sink.write(chunk)
    } catch (error) {
      this.#sinkFailure = error
      throw error
    }
    this.offset += chunk.length
    this.#options.onProgress?.(this.offset, this.#total)
  }

  #checkSize(size: number): void {
    const { maxSize } = this.#request
    if (size <= maxSize) return
    this.#sinkFailure = fileTooLarge(maxSize)
    throw this.#sinkFailure
  }

  async #restart(): Promise<void> {
    this.#restarts += 1
    if (this.#restarts > MOST_RESTARTS) {
      this.#sinkFailure = new Problem('fileChanging', {})
      throw this.#sinkFailure
    }
    await this.#sink.restart()
    this.offset = 0
    this.#total = undefined
    this.#validator = undefined
    this.#head = undefined
  }
}

/** Failures of the way, not of the request. */
const WAY = new Set(['answerCut', 'connectionLost', 'serviceUnreachable', 'timeout', 'proxyUnreachable'])

function lengthOf({ headers }: AnswerHead): number | undefined {
  const length = headers.get('content-length')
  return length === undefined || !/^\d+$/u.test(length) ? undefined : Number(length)
}

function validatorOf({ headers }: AnswerHead): string | undefined {
  return headers.get('etag') ?? headers.get('last-modified')
}
