import { Agent as HttpAgent, type ClientRequest, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import { parsedUrl } from '../parsed-url'
import { proxyFor, type Network, type ProxyServer } from './network'
import { bare, Tunnels } from './tunnel'

/** The connections of one owner: pooled or not, through a proxy or not, with the owner's own TLS settings. */
export interface Agents {
  readonly httpAgent: HttpAgent
  readonly httpsAgent: HttpsAgent
  /** Ends idle and open sockets, and tunnels that are being dug. */
  destroy(): void
  /** Ends idle sockets now, and each open one with the answer that it is waiting for. */
  drain(): void
}

export function createAgents(network: Network, keepAlive: boolean): Agents {
  const tunnels = new Tunnels(network.tls)
  const httpAgent = new PlainAgent(network, tunnels, keepAlive)
  const httpsAgent = new SecureAgent(network, tunnels, keepAlive)
  return {
    httpAgent,
    httpsAgent,
    destroy: () => {
      tunnels.destroy()
      httpAgent.destroy()
      httpsAgent.destroy()
    },
    drain: () => {
      drain(httpAgent)
      drain(httpsAgent)
    },
  }
}

/** The agent for an address. */
export function agentOf(agents: Agents, url: string): HttpAgent {
  return new URL(url).protocol === 'https:' ? agents.httpsAgent : agents.httpAgent
}

interface Target extends RequestOptions {
  readonly servername?: string
  /**
   * Where the way leads through a proxy. A function, because `NODE_DEBUG=http` prints what an agent is told, and the
   * proxy's password is part of it.
   */
  readonly by?: () => Way
}

interface Way {
  readonly proxy: ProxyServer
  readonly givenUp: AbortSignal
}

type Created = (error: Error | null, stream: Duplex) => void

/** Plain http goes through a proxy as a request for a whole address (RFC 9112, 3.2.2). */
class PlainAgent extends HttpAgent {
  readonly #network: Network
  readonly #tunnels: Tunnels

  constructor(network: Network, tunnels: Tunnels, keepAlive: boolean) {
    super({ keepAlive })
    this.#network = network
    this.#tunnels = tunnels
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
    const by = wayBy(proxy, request)
    enqueue(HttpAgent.prototype, this, request, { ...options, host: bare(hostname), port: port || 80, by })
  }

  override createConnection(options: Target, created?: Created): Duplex | null | undefined {
    const { by } = options
    if (by === undefined || created === undefined) return super.createConnection(options, created)
    const { proxy, givenUp } = by()
    report(this.#tunnels.reach(proxy, givenUp), created)
    return undefined
  }
}

/** TLS goes through a proxy in a tunnel, so that the proxy sees neither address nor token (RFC 9110, 9.3.6). */
class SecureAgent extends HttpsAgent {
  readonly #network: Network
  readonly #tunnels: Tunnels
  #context: SecureContext | undefined

  /** What is secret of the TLS settings is not the agent's to know: see `by`. */
  constructor(network: Network, tunnels: Tunnels, keepAlive: boolean) {
    const { rejectUnauthorized, servername, ALPNProtocols } = network.tls
    const known = Object.entries({ rejectUnauthorized, servername, ALPNProtocols })
    super({ ...Object.fromEntries(known.filter(([, value]) => value !== undefined)), keepAlive })
    this.#network = network
    this.#tunnels = tunnels
  }

  addRequest(request: ClientRequest, options: Target): void {
    const proxy = proxyFor(addressOf('https:', options), this.#network)
    const by = proxy === undefined ? {} : { by: wayBy(proxy, request) }
    enqueue(HttpsAgent.prototype, this, request, { ...options, ...by })
  }

  override createConnection(options: Target, created?: Created): Duplex | null | undefined {
    const { by, ...target } = options
    const rest = { ...target, secureContext: this.#secureContext() }
    if (by === undefined || created === undefined) return super.createConnection(rest, created)
    const secure = (socket: Socket): TLSSocket =>
      super.createConnection({ ...rest, socket } as Target) as TLSSocket
    const { proxy, givenUp } = by()
    report(this.#tunnels.dig(proxy, addressOf('https:', options), secure, givenUp), created)
    return undefined
  }

  /** Made when it is needed: a key that does not open is an error of the request, not of who holds the agent. */
  #secureContext(): SecureContext {
    this.#context ??= createSecureContext(this.#network.tls)
    return this.#context
  }
}

/** With an error there is no stream; node:http's own type says that there always is one. */
function report(connection: Promise<Duplex>, created: Created): void {
  connection.then(
    (socket) => created(null, socket),
    (error: unknown) =>
      (created as (error: Error) => void)(error instanceof Error ? error : new Error('proxy')),
  )
}

function wayBy(proxy: ProxyServer, request: ClientRequest): () => Way {
  const way = { proxy, givenUp: givenUp(request) }
  return () => way
}

/** A request that has no socket yet says nothing when it is given up (node:http), so its `destroy` is watched. */
function givenUp(request: ClientRequest): AbortSignal {
  const given = new AbortController()
  const destroy = request.destroy.bind(request)
  request.destroy = (error) => {
    given.abort()
    return destroy(error)
  }
  return given.signal
}

/** An agent that pools no longer closes each socket as it becomes free. */
function drain(agent: HttpAgent): void {
  Object.assign(agent, { keepAlive: false })
  for (const idle of Object.values(agent.freeSockets)) for (const socket of idle ?? []) socket.destroy()
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
  return parsedUrl(`${protocol}//${name.includes(':') ? `[${bare(name)}]` : name}:${port ?? ''}`)
}
