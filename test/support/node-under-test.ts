import type { LocalTenant } from '../../sandbox'
import { demoConnection } from './demo-connection'
import { functionNode, sink, source, type FlowNode, type NodeRedProcess } from './node-red-process'

export type FlowMessage = Readonly<Record<string, unknown>>

/** What `msg.graph` may say. */
export interface Graph {
  readonly node: string
  readonly operation: string
  readonly url?: string
  readonly statusCode?: number
  readonly requestId?: string
  readonly rows?: number
  readonly count?: number
  readonly nextLink?: string
  readonly deltaLink?: string
  readonly resync?: string
}

export const graphOf = (message: FlowMessage | undefined): Graph => message?.['graph'] as Graph
export const payloadOf = <T>(message: FlowMessage | undefined): T => message?.['payload'] as T
export const partsOf = (message: FlowMessage | undefined) =>
  message?.['parts'] as Record<string, unknown> | undefined

/** The code of an error that a Catch node has received. */
export const codeOf = (message: FlowMessage | undefined): string | undefined =>
  (message?.['error'] as { code?: string } | undefined)?.code

/** One graph-odata node, deployed between a source and sinks for all that it sends, finishes, refuses and shows. */
export interface NodeUnderTest {
  readonly id: string
  send(message?: FlowMessage): void
  /** Sinks that tests read with `nodeRed.messages` and `nodeRed.received`. */
  readonly out: string
  readonly complete: string
  readonly caught: string
  readonly status: string
}

export interface DeployOptions {
  /** Where the node is to be the one of an earlier deployment. */
  readonly id?: string
  readonly connection?: FlowNode
  /** Code of a function node in front of the node. */
  readonly before?: string
  /** Nodes between the node and its sink: the first one's id is the node's wire, the last one leads to `out`. */
  readonly behind?: (out: string) => readonly FlowNode[]
}

/** Core's join node in its automatic mode, to stand behind a node. */
export const join = (out: string): FlowNode[] => [
  { z: 'tab', x: 0, y: 0, id: 'join', type: 'join', mode: 'auto', accumulate: false, wires: [[out]] },
]

let deployed = 0

export async function deployNode(
  nodeRed: NodeRedProcess,
  /** Not needed where the options name a connection. */
  tenant: LocalTenant | undefined,
  properties: Record<string, unknown>,
  { connection, before, behind, id: given }: DeployOptions = {},
): Promise<NodeUnderTest> {
  deployed += 1
  const run = String(deployed)
  const id = given ?? `node${run}`
  const ids = { out: `out${run}`, complete: `complete${run}`, caught: `catch${run}`, status: `status${run}` }
  const watchers = ['complete', 'catch', 'status'] as const
  const between = behind?.(ids.out) ?? []
  await nodeRed.deploy([
    { id: 'tab', type: 'tab', label: 'test' },
    connection ?? connectionTo(tenant),
    source(`in${run}`, 'tab', [`before${run}`]),
    functionNode(`before${run}`, 'tab', { func: `${before ?? ''}\nreturn msg`, outputs: 1, wires: [[id]] }),
    {
      id,
      type: 'graph-odata',
      z: 'tab',
      x: 0,
      y: 0,
      connection: 'connection',
      wires: [[between[0]?.id ?? ids.out]],
      ...properties,
    },
    ...between,
    sink(ids.out, 'tab'),
    ...watchers.flatMap((type) => [
      { id: `${type}er${run}`, type, z: 'tab', x: 0, y: 0, scope: [id], wires: [[`${type}${run}`]] },
      sink(`${type}${run}`, 'tab'),
    ]),
  ])
  return { id, ...ids, send: (message = {}) => nodeRed.send(`in${run}`, { ...message }) }
}

function connectionTo(tenant: LocalTenant | undefined): FlowNode {
  if (tenant === undefined) throw new Error('Neither a tenant nor a connection')
  return demoConnection(tenant)
}
