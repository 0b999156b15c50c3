import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import axios, { type AxiosAdapter, type AxiosResponse } from 'axios'
import { createAgents, type Agents } from './agents'
import { Exchange } from './exchange'
import type { AnswerHead, HttpRequest, HttpResponse, Send } from './http'
import { plainNetwork, type Network } from './network'
import { TransportFailure } from './transport-failure'

/** The only place that talks to axios: one connection pool, plain requests, errors in our own words. */
export interface Transport {
  readonly send: Send
  /** Ends idle and open sockets. */
  close(): void
  /** Ends idle sockets, and from now on each one with its answer. */
  drain(): void
}

/**
 * axios is asked, and our own adapter does the work on node:http with the connection's pool: for a bare request
 * through a kept connection that costs half of what axios' own does (bench/README.md), and it can tell a request that
 * was never sent from one that was. Redirects are never followed here (the redirect policy decides who may see the
 * token), no status is an error, and nothing is parsed: what the bytes mean is the caller's business.
 */
export function createTransport(network: Network = plainNetwork): Transport {
  const pool = createAgents(network, true)
  const unpooled = createAgents(network, false)
  return {
    send: async (request) => send(request, request.fresh === true ? unpooled : pool),
    close: () => {
      pool.destroy()
      unpooled.destroy()
    },
    drain: () => pool.drain(),
  }
}

async function send(request: HttpRequest, agents: Agents): Promise<HttpResponse> {
  request.signal.throwIfAborted()
  const exchange = new Exchange(request)
  try {
    const { data: response } = await client.request<IncomingMessage>({
      method: request.method,
      url: request.url,
      adapter: adapterFor(exchange, agents),
    })
    const head = headOf(response, request.url)
    const success = head.status >= 200 && head.status < 300
    if (request.into === undefined || !success) {
      const body = await exchange.body(response).catch((error: unknown) => withoutBody(error, head, success))
      return { ...head, body }
    }
    await request.into(head, exchange.pieces(response))
    return { ...head, body: EMPTY }
  } finally {
    exchange.end()
  }
}

const EMPTY = Buffer.alloc(0)

/** A refusal is one, however little of its explanation is there; of a success it must be known that it was one. */
function withoutBody(error: unknown, head: AnswerHead, success: boolean): Buffer {
  if (!(error instanceof TransportFailure)) throw error
  if (!success && (error.kind === 'cut' || error.kind === 'tooLarge')) return EMPTY
  error.head = head
  throw error
}

/** Without axios' defaults (content types, transformations), which would cost more than the request. */
const client = new axios.Axios({ validateStatus: () => true })

function adapterFor(exchange: Exchange, agents: Agents): AxiosAdapter {
  return async (config): Promise<AxiosResponse<IncomingMessage>> => {
    const data = await exchange.answer(agents)
    const { statusCode: status = 0, statusMessage: statusText = '' } = data
    // The headers are read off the message itself: axios would copy and normalise them a second time.
    return { data, status, statusText, headers: NO_HEADERS, config }
  }
}

const NO_HEADERS = new axios.AxiosHeaders()

function headOf({ statusCode, headers }: IncomingMessage, url: string): AnswerHead {
  return { status: statusCode ?? 0, headers: flat(headers), url }
}

function flat(headers: IncomingHttpHeaders): ReadonlyMap<string, string> {
  const all = new Map<string, string>()
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) all.set(name, typeof value === 'string' ? value : value.join(', '))
  }
  return all
}
