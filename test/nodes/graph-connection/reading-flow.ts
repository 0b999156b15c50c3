import { startTenant, type LocalTenant } from '../../../sandbox'
import { apps, tenantId } from '../../../sandbox/contoso/tenant'
import { isRecord, textAt } from '../../../nodes/lib/records'
import {
  sink,
  source,
  startNodeRed,
  type FlowNode,
  type NodeRedProcess,
} from '../../support/node-red-process'
import { connectionNode, Editor } from './signing-in'

export const secret = { clientSecret: apps.web.secrets[0] }
/** Without a place a node counts as a configuration node. */
export const place = { x: 0, y: 0 }
export const flow = { id: 'flow', type: 'tab', label: 'flow' }

type Message = Record<string, unknown>

/** A local tenant, a Node-RED, and what is deployed in it to read who is signed in. */
export class ReadingFlow {
  readonly tenant: LocalTenant
  readonly nodeRed: NodeRedProcess
  readonly editor: Editor
  /** A connection to that tenant. */
  readonly raw: Record<string, unknown>

  private constructor(tenant: LocalTenant, nodeRed: NodeRedProcess) {
    this.tenant = tenant
    this.nodeRed = nodeRed
    this.editor = new Editor(nodeRed)
    const base = `${tenant.signIn.origin}/${tenantId}/oauth2/v2.0`
    this.raw = {
      cloud: 'custom',
      tenant: tenantId,
      serviceUrl: `${tenant.graph.origin}/v1.0`,
      authorizeUrl: `${base}/authorize`,
      tokenUrl: `${base}/token`,
      deviceCodeUrl: `${base}/devicecode`,
      grantType: 'authorization_code',
      clientId: apps.web.clientId,
      maxRetries: 0,
    }
  }

  static async start(): Promise<ReadingFlow> {
    const tenant = await startTenant()
    const env = { AZURE_POD_IDENTITY_AUTHORITY_HOST: tenant.signIn.origin }
    return new ReadingFlow(tenant, await startNodeRed({ env }))
  }

  /** The connection with its client secret. */
  deployed(id: string, changes: Record<string, unknown> = {}): FlowNode {
    return { ...connectionNode(id, { ...this.raw, ...changes }), credentials: secret }
  }

  /** `in` reads; the answers arrive at `out`, errors at `caught`, statuses at `statuses`. */
  reading(connection: string, properties: Record<string, unknown> = {}): FlowNode[] {
    const read = { id: 'read', type: 'graph-odata', ...place, z: 'flow', connection, entity: 'me' }
    return [
      flow,
      source('in', 'flow', ['read']),
      { ...read, ...properties, wires: [['out']] },
      sink('out', 'flow'),
      { id: 'catch', type: 'catch', ...place, z: 'flow', scope: null, wires: [['caught']] },
      sink('caught', 'flow'),
      { id: 'status', type: 'status', ...place, z: 'flow', scope: ['read'], wires: [['statuses']] },
      sink('statuses', 'flow'),
    ]
  }

  statuses(): string[] {
    const texts = this.nodeRed.messages('statuses').map(({ status }) => status)
    return texts.map((status) => (isRecord(status) ? (textAt(status, 'text') ?? '') : ''))
  }

  /** Sends a message and waits for what it makes arrive. */
  async ask(message: Message = {}, at = 'out', count = 1): Promise<readonly Message[]> {
    const before = this.nodeRed.messages(at).length
    this.nodeRed.send('in', message)
    return (await this.nodeRed.received(at, before + count)).slice(before)
  }

  async close(): Promise<void> {
    await this.nodeRed.dispose()
    await this.tenant.close()
  }
}
