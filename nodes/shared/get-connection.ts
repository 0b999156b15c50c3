import type { NodeAPI } from 'node-red'
import type { ConnectionNode } from '../graph-connection/connection-node'

/** The connection that a node names; undefined where it names none, or one that does not exist. */
export function getConnection(RED: NodeAPI, id: unknown): ConnectionNode | undefined {
  if (typeof id !== 'string' || id === '') return undefined
  // The registry's types say that there is always a node; a deleted or disabled one gives null.
  const node = RED.nodes.getNode(id) as unknown as ConnectionNode | null
  return node?.type === 'graph-connection' ? node : undefined
}
