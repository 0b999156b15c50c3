import { facts } from './emit'
import type { GraphFacts } from './message'
import type { Run } from './run'

/** Sends the incoming message on with the one answer that its request has. */
export function sendPayload(
  { node, message, config, status, send }: Run,
  payload: unknown,
  said: Partial<Record<keyof GraphFacts, unknown>>,
): void {
  message.payload = payload
  message.graph = facts({ node: node.id, operation: config.operation, ...said })
  status.done(undefined)
  send(message)
}
