import type { Node, NodeAPI } from 'node-red'
import type { ConnectionNode } from '../graph-connection/connection-node'
import { MetadataCache } from '../lib/odata/metadata/metadata-cache'
import { KnownPermissions } from '../lib/odata/permissions/known-permissions'
import { Problem } from '../lib/problem'
import { explain } from '../shared/explain'
import { getConnection } from '../shared/get-connection'
import { statusLine, type StatusLine } from '../shared/status'
import { registerAdminRoutes } from './admin-routes'
import { storeWarning } from './checkpoints'
import { readConfig, type GraphODataDef } from './config'
import { MessageHandler } from './message-handler'
import type { Setup } from './run'

/** Takes an entity, a key and an append URL, and emits what the service answers. */
function init(RED: NodeAPI): void {
  const permissions = { known: new KnownPermissions(), metadata: new MetadataCache() }
  registerAdminRoutes(RED, permissions)
  RED.nodes.registerType('graph-odata', function GraphODataNode(this: Node, def: GraphODataDef): void {
    RED.nodes.createNode(this, def)
    const status = statusLine(RED, this)
    const connection = getConnection(RED, def['connection'])
    const setup = prepare(RED, this, def, connection, status)
    const handler = new MessageHandler({ RED, node: this, connection, setup, status, permissions })
    if (setup instanceof Problem) status.failed('notConfigured')
    else warnOfStore(setup)
    this.on('input', (message, send, done) => handler.take(message, send, done))
    this.on('close', (done: () => void) => {
      void handler
        .close()
        .then(() => status.close())
        .then(done)
    })
  })
}

/** What every message needs, or why none can be handled. */
function prepare(
  RED: NodeAPI,
  node: Node,
  def: GraphODataDef,
  connection: ConnectionNode | undefined,
  status: StatusLine,
): Setup | Problem {
  if (connection?.problem !== undefined) return connection.problem
  if (connection?.client === undefined || connection.settings === undefined) {
    return new Problem('connectionMissing', { field: 'connection' })
  }
  try {
    const { client, notes } = connection
    const { itemConvention } = connection.settings
    return { RED, node, config: readConfig(def), client, itemConvention, status, notes }
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

function warnOfStore({ RED, node, config }: Setup): void {
  const warning = config.operation === 'changes' ? storeWarning(RED, config.store) : undefined
  if (warning !== undefined) node.warn(explain(RED, warning))
}

export = init
