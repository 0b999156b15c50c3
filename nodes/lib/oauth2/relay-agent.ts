import type { Agent, ClientRequest } from 'node:http'
import type { Socket } from 'node:net'

/**
 * An agent that survives being copied. simple-oauth2 clones its options deeply, agents with them, and knows no
 * abort signal: this one keeps what matters in a closure, so that the request can be ended and one can tell
 * whether a connection ever stood.
 */
export interface RelayAgent {
  /** Goes into the options of one request. */
  readonly agent: Agent
  /** Whether the service may have seen the request. */
  sent(): boolean
  /** Bytes that have come in, headers included. */
  received(): number
  destroy(): void
}

export function relayAgent(url: string, target: Agent): RelayAgent {
  const secure = new URL(url).protocol === 'https:'
  let request: ClientRequest | undefined
  let sent = false
  let socket: Socket | undefined
  const relay = {
    protocol: secure ? 'https:' : 'http:',
    defaultPort: secure ? 443 : 80,
    addRequest(added: ClientRequest, options: unknown) {
      request = added
      added.once('socket', (assigned) => {
        socket = assigned
        if (!assigned.connecting) sent = true
        else assigned.once(secure ? 'secureConnect' : 'connect', () => (sent = true))
      })
      forward(target, added, options)
    },
  }
  return {
    // A request asks nothing of its agent but these three members (node:http, ClientRequest).
    agent: Object.assign(Object.create(null), relay),
    sent: () => sent,
    received: () => socket?.bytesRead ?? 0,
    destroy: () => request?.destroy(),
  }
}

/** `addRequest` is how every agent is called; the type declarations leave it out. */
function forward(target: Agent, request: ClientRequest, options: unknown): void {
  if (!('addRequest' in target) || typeof target.addRequest !== 'function')
    throw new TypeError('Not an agent')
  target.addRequest(request, options)
}
