import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Readable } from 'node:stream'
import axios, { type AxiosInstance, type AxiosResponse } from 'axios'
import { Problem } from '../problem'
import { createAgents } from './agents'
import type { HttpRequest, HttpResponse, Send } from './http'
import { plainNetwork, type Network } from './network'
import { transportProblem } from './transport-problem'
import { ProxyFailure } from './tunnel'

/** The only place that talks to axios: one connection pool, plain requests, errors in our own words. */
export interface Transport {
  readonly send: Send
  /** Ends idle and open sockets. */
  close(): void
}

/**
 * Redirects are never followed here (the redirect policy decides who may see the token), no status is an
 * error, and nothing is parsed: what the bytes mean is the caller's business.
 */
export function createTransport(network: Network = plainNetwork): Transport {
  const agents = createAgents(network, true)
  const client = axios.create({
    httpAgent: agents.httpAgent,
    httpsAgent: agents.httpsAgent,
    adapter: 'http',
    // The agents know the proxy: axios would pool no connections through one, and know no other than the environment's.
    proxy: false,
    maxRedirects: 0,
    responseType: 'stream',
    decompress: true,
    maxBodyLength: Infinity,
    validateStatus: () => true,
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
  })
  return {
    send: async (request) => send(client, request),
    close: () => agents.destroy(),
  }
}

async function send(client: AxiosInstance, request: HttpRequest): Promise<HttpResponse> {
  request.signal.throwIfAborted()
  const stall = new StallGuard(request)
  try {
    const response = await client.request<Readable>({
      method: request.method,
      url: request.url,
      headers: requestHeaders(request),
      data: request.body,
      signal: stall.signal,
      transport: exactTarget(request.url),
    })
    stall.progress()
    // Only a proxy says so (RFC 9110, 15.5.8); through a tunnel it says it before the request.
    if (response.status === 407) throw new ProxyFailure(407)
    return {
      status: response.status,
      headers: responseHeaders(response),
      body: await readBody(response.data, request, stall),
      url: request.url,
    }
  } catch (error) {
    throw stall.explain(error)
  } finally {
    stall.end()
  }
}

/**
 * A link of the service is opaque, but a URL that was parsed is not the same text any more: WHATWG's parser
 * turns `'` in a query into `%27`. So what goes on the wire is cut out of the URL as it is. (The agent
 * makes a whole URL of it where a proxy wants one.)
 */
function exactTarget(url: string): { request: typeof httpRequest } {
  const target = /^[^:]+:\/\/[^/?#]*([^#]*)/u.exec(url)?.[1] ?? ''
  // What HTTP cannot carry at all (RFC 9112, 3.2) is encoded; everything else stays as it is.
  const path = (target.startsWith('/') ? target : `/${target}`).replace(/[^\x21-\x7e]/gu, encodeURIComponent)
  const request = url.startsWith('https:') ? httpsRequest : httpRequest
  return {
    request: ((options: RequestOptions, answered?: (response: IncomingMessage) => void) =>
      request(
        options.path?.startsWith('/') === true ? { ...options, path } : options,
        answered,
      )) as typeof httpRequest,
  }
}

/** axios adds a content type of its own to requests without a body unless it is told not to. */
function requestHeaders(request: HttpRequest): Record<string, string | false> {
  const headers: Record<string, string | false> = Object.fromEntries(request.headers)
  if (request.body === undefined) headers['content-type'] = false
  headers['accept-encoding'] ??= 'gzip, deflate, br'
  return headers
}

function responseHeaders(response: AxiosResponse): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const [name, value] of Object.entries(response.headers)) {
    if (value === undefined || value === null) continue
    headers.set(name.toLowerCase(), Array.isArray(value) ? value.join(', ') : String(value))
  }
  return headers
}

async function readBody(stream: Readable, request: HttpRequest, stall: StallGuard): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      stall.progress()
      size += chunk.length
      if (size > request.maxResponseSize) {
        throw new Problem('responseTooLarge', { limit: Math.round(request.maxResponseSize / 1e6) })
      }
      chunks.push(chunk)
    }
  } finally {
    stream.destroy()
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size)
}

/** Gives a request up when nothing has moved for its timeout, or when the caller aborts. */
class StallGuard {
  readonly #request: HttpRequest
  readonly #stalled = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly signal: AbortSignal
  #answered = false

  constructor(request: HttpRequest) {
    this.#request = request
    this.signal = AbortSignal.any([request.signal, this.#stalled.signal])
    this.#timer = setTimeout(() => this.#stalled.abort(), request.timeout)
  }

  progress(): void {
    this.#answered = true
    this.#timer.refresh()
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  /** An abort and a time-out look the same to axios; only here is it known which one it was. */
  explain(error: unknown): unknown {
    if (this.#request.signal.aborted) return this.#request.signal.reason
    const host = new URL(this.#request.url).host
    if (this.#stalled.signal.aborted) {
      return new Problem('timeout', { host, seconds: this.#request.timeout / 1000 })
    }
    return transportProblem(error, host, this.#answered)
  }
}
