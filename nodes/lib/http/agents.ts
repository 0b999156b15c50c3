import { Agent as HttpAgent, type ClientRequest, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { proxyFor, type Network } from './network'
import { Tunnels } from './tunnel'

/** The connections of one owner: pooled or not, through a proxy or not, with the owner's own TLS settings. */
export interface Agents {
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
  /** Ends idle and open sockets, and tunnels that are being dug. */
  destroy(): void
}

export function createAgents(network: Network, keepAlive: boolean): Agents {
  const httpAgent = new PlainAgent(network, keepAlive)
  const httpsAgent = new SecureAgent(network, keepAlive)
  return {
    httpAgent,
    httpsAgent,
    destroy: () => {
      httpAgent.destroy()
      httpsAgent.destroy()
    },
  }
}

/** The agent for an address. */
export function agentOf(agents: Agents, url: string): HttpAgent {
  return new URL(url).protocol === 'https:' ? agents.httpsAgent : agents.httpAgent
}

interface Target extends RequestOptions {
  readonly servername?: string
}

/** Plain http goes through a proxy as a request for a whole address (RFC 9112, 3.2.2). */
class PlainAgent extends HttpAgent {
  readonly #network: Network

  constructor(network: Network, keepAlive: boolean) {
    super({ keepAlive })
    this.#network = network
  }

  /** How node:http hands a request over; its type declarations leave it out. */
  addRequest(request: ClientRequest, options: Target): void {
    const target = addressOf('http:', options)
    const proxy = proxyFor(target, this.#network)
    if (proxy === undefined) {
      enqueue(HttpAgent.prototype, this, request, options)
      return
    }
    if (request.path.startsWith('/')) request.path = `${target.origin}${request.path}`
    if (proxy.authorization !== undefined) request.setHeader('Proxy-Authorization', proxy.authorization)
    const { hostname, port } = proxy.url
    enqueue(HttpAgent.prototype, this, request, { ...options, host: bare(hostname), port: port || 80 })
  }
}

/** TLS goes through a proxy in a tunnel, so that the proxy sees neither address nor token (RFC 9110, 9.3.6). */
class SecureAgent extends HttpsAgent {
  readonly #network: Network
  readonly #tunnels: Tunnels

  constructor(network: Network, keepAlive: boolean) {
    super({ ...network.tls, keepAlive })
    this.#network = network
    this.#tunnels = new Tunnels(network.tls)
  }

  addRequest(request: ClientRequest, options: Target): void {
    enqueue(HttpsAgent.prototype, this, request, options)
  }

  override createConnection(
    options: Target,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const target = addressOf('https:', options)
    const proxy = proxyFor(target, this.#network)
    if (proxy === undefined || callback === undefined) return super.createConnection(options, callback)
    this.#tunnels
      .open(proxy, target)
      .then(async (socket) => handshake(this.#secured({ ...options, socket } as Target)))
      .then(
        (socket) => callback(null, socket),
        (error: unknown) => fail(callback, error),
      )
    return undefined
  }

  #secured(options: Target): TLSSocket {
    return super.createConnection(options) as TLSSocket
  }

  override destroy(): void {
    this.#tunnels.destroy()
    super.destroy()
  }
}

/** As node:net calls it. */
class HandshakeCut extends Error {
  readonly code = 'ECONNRESET'
}

/** Only what was really shaken hands on may count as sent. */
async function handshake(socket: TLSSocket): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(new HandshakeCut())
    socket.once('error', reject)
    socket.once('close', closed)
    socket.once('secureConnect', () => {
      socket.off('error', reject)
      socket.off('close', closed)
      resolve(socket)
    })
  })
}

/** With an error there is no stream; node:http's own type says that there always is one. */
function fail(callback: (error: Error | null, stream: Duplex) => void, error: unknown): void {
  const report = callback as (error: Error) => void
  report(error instanceof Error ? error : new Error('tunnel'))
}

/**
 * The request's headers are left out of what the agent is told: `NODE_DEBUG=http` prints that, and they hold the
 * token. An agent has no use for them.
 */
function enqueue(prototype: HttpAgent, agent: HttpAgent, request: ClientRequest, options: Target): void {
  if (!('addRequest' in prototype) || typeof prototype.addRequest !== 'function') {
    throw new TypeError('Not an agent')
  }
  const { headers: _, ...rest } = options
  prototype.addRequest.call(agent, request, rest)
}

function addressOf(protocol: string, { host, hostname, port }: Target): URL {
  const name = host ?? hostname ?? 'localhost'
  return new URL(`${protocol}//${name.includes(':') ? `[${bare(name)}]` : name}:${port ?? ''}`)
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/gu, '')
}
