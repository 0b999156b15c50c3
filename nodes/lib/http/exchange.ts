import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { parsedUrl } from '../parsed-url'
import { Problem } from '../problem'
import type { Agents } from './agents'
import { ACCEPTED_ENCODINGS, decompress, decompressing } from './decompress'
import type { HttpRequest } from './http'
import { stopped, timeoutFailure, tooLargeFailure, transportFailure, type Reach } from './transport-failure'
import { bare, ProxyFailure } from './tunnel'

/** Bytes that count as progress of a body: one that comes drop by drop would take days to reach its limit. */
const PROGRESS = 16 * 1024

/** One request on its socket: how far it came, and when it is given up. */
export class Exchange {
  readonly #asked: HttpRequest
  readonly #target: URL
  readonly #timer: NodeJS.Timeout
  readonly #onAbort = (): void => this.#giveUp()
  #request: ClientRequest | undefined
  #response: IncomingMessage | undefined
  #reject: (error: unknown) => void = () => undefined
  #reach: Reach = 'notSent'
  #stalled = false
  /** A piece is being worked on. */
  #held = false

  constructor(asked: HttpRequest) {
    this.#asked = asked
    this.#target = parsedUrl(asked.url)
    this.#timer = setTimeout(() => {
      if (this.#held) return
      this.#stalled = true
      this.#giveUp()
    }, asked.timeout)
    asked.signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Sends the request. @throws Problem */
  async answer(agents: Agents): Promise<IncomingMessage> {
    try {
      const response = await this.#send(agents)
      this.#response = response
      // node:http takes any three digits: below 200 there is no final answer (RFC 9110, 15).
      if ((response.statusCode ?? 0) < 200) throw new Error('no final status')
      this.#progress('answered')
      // Only a proxy says so (RFC 9110, 15.5.8); through a tunnel it says it before the request.
      if (response.statusCode === 407) throw new ProxyFailure(407)
      return response
    } catch (error) {
      throw this.#explain(error)
    }
  }

  /** The whole body. @throws Problem */
  async body(response: IncomingMessage): Promise<Buffer> {
    try {
      const packed = await this.#collect(response)
      const encoding = response.headers['content-encoding']
      return encoding === undefined ? packed : await this.#unpack(packed, encoding)
    } catch (error) {
      throw this.#explain(error)
    }
  }

  /** The body as it comes; while a piece is worked on, the clock stands still. @throws Problem */
  async *pieces(response: IncomingMessage): AsyncGenerator<Buffer, void, void> {
    try {
      for await (const piece of decompressing(response, response.headers['content-encoding'])) {
        this.#held = true
        yield piece as Buffer
        this.#held = false
        this.#timer.refresh()
      }
      if (!response.complete) throw new Error('cut')
    } catch (error) {
      throw this.#explain(error)
    }
  }

  /** Frees what it holds; a body that nobody wants any more costs its socket. */
  end(): void {
    clearTimeout(this.#timer)
    this.#asked.signal.removeEventListener('abort', this.#onAbort)
    if (this.#response?.complete !== true) this.#request?.destroy()
  }

  async #send(agents: Agents): Promise<IncomingMessage> {
    const { method, url, body } = this.#asked
    const secure = this.#target.protocol === 'https:'
    return new Promise((resolve, reject) => {
      this.#reject = reject
      const request = (secure ? httpsRequest : httpRequest)({
        method,
        host: bare(this.#target.hostname),
        port: this.#target.port,
        path: exactTarget(url),
        headers: headersOf(this.#asked),
        agent: secure ? agents.httpsAgent : agents.httpAgent,
      })
      this.#request = request
      request.once('socket', (socket) => this.#watch(socket))
      request.once('response', resolve)
      request.on('error', reject)
      request.end(body)
    })
  }

  /** A request leaves with its connection; one that is reused takes it at once. */
  #watch(socket: Socket & { readonly secureConnecting?: boolean }): void {
    if (!socket.connecting && socket.secureConnecting !== true) {
      this.#reach = 'sent'
      return
    }
    socket.once(this.#target.protocol === 'https:' ? 'secureConnect' : 'connect', () =>
      this.#progress('sent'),
    )
  }

  async #collect(response: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = []
    let size = 0
    let noticed = 0
    return new Promise((resolve, reject) => {
      this.#reject = reject
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size - noticed >= PROGRESS) {
          noticed = size
          this.#timer.refresh()
        }
        if (size > this.#asked.maxResponseSize) reject(tooLargeFailure(this.#asked.maxResponseSize))
        else chunks.push(chunk)
      })
      response.once('error', reject)
      response.once('close', () => {
        if (!response.complete) reject(new Error('cut'))
      })
      response.once('end', () => {
        const [only] = chunks
        resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size))
      })
    })
  }

  async #unpack(packed: Buffer, encoding: string): Promise<Buffer> {
    try {
      return await decompress(packed, encoding, this.#asked.maxResponseSize)
    } catch (error) {
      const long = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
      throw long ? tooLargeFailure(this.#asked.maxResponseSize) : error
    }
  }

  #progress(reach: Reach): void {
    this.#reach = reach
    this.#timer.refresh()
  }

  #giveUp(): void {
    // A tunnel that is being dug would tell its end only when it is through.
    this.#reject(new Error('given up'))
    this.#request?.destroy()
  }

  #explain(error: unknown): unknown {
    if (error instanceof Problem) return error
    if (this.#asked.signal.aborted) {
      return this.#reach === 'notSent' ? this.#asked.signal.reason : stopped(this.#asked)
    }
    const { host } = this.#target
    if (this.#stalled) return timeoutFailure(host, this.#asked.timeout, this.#reach)
    return transportFailure(error, host, this.#reach)
  }
}

/**
 * A link of the service is opaque, but a URL that was parsed is not the same text any more: WHATWG's parser
 * turns `'` in a query into `%27`. So what goes on the wire is cut out of the URL as it is. (The agent
 * makes a whole URL of it where a proxy wants one.)
 */
function exactTarget(url: string): string {
  const target = /^[^:]+:\/\/[^/?#]*([^#]*)/u.exec(url)?.[1] ?? ''
  // What HTTP cannot carry at all (RFC 9112, 3.2) is encoded; everything else stays as it is.
  return (target.startsWith('/') ? target : `/${target}`).replace(/[^\x21-\x7e]/gu, encodeURIComponent)
}

/** A part of a file is a part of what it is, not of what compression makes of it. */
function headersOf({ headers, body, into }: HttpRequest): Record<string, string | number> {
  const all: Record<string, string | number> = Object.fromEntries(headers)
  all['accept-encoding'] ??= into !== undefined || headers.has('range') ? 'identity' : ACCEPTED_ENCODINGS
  if (body !== undefined) all['content-length'] = Buffer.byteLength(body)
  return all
}
