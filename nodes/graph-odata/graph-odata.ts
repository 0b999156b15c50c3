import type { Node, NodeAPI } from 'node-red'
import type { ConnectionNode } from '../graph-connection/connection-node'
import { MetadataCache } from '../lib/odata/metadata/metadata-cache'
import { KnownPermissions } from '../lib/odata/permissions/known-permissions'
import { Problem } from '../lib/problem'
import { explain } from '../shared/explain'
import { failureFacts, flowError } from '../shared/flow-error'
import { getConnection } from '../shared/get-connection'
import { signInKey, statusLine, type SignInKey, type StatusLine } from '../shared/status'
import { WorkInProgress } from '../shared/work-in-progress'
import { registerAdminRoutes } from './admin-routes'
import { ChangeRuns } from './changes'
import { storeWarning } from './checkpoints'
import { readConfig, type GraphODataConfig, type GraphODataDef, type NamedOperation } from './config'
import type { Message } from './emit'
import { runDownload } from './download'
import { runRead } from './read'
import { methodOf, namedOperation, operationOf } from './operation'
import { refusedPermissions } from './refused'
import { Interrupted, Stopped, type Run, type Setup } from './run'
import { runUpload } from './upload'
import { runWrite } from './write'

/** Takes an entity, a key and an append URL, and emits what the service answers. */
function init(RED: NodeAPI): void {
  const permissions = { known: new KnownPermissions(), metadata: new MetadataCache() }
  registerAdminRoutes(RED, permissions)
  RED.nodes.registerType('graph-odata', function GraphODataNode(this: Node, def: GraphODataDef): void {
    RED.nodes.createNode(this, def)
    const status = statusLine(RED, this)
    const connection = getConnection(RED, def['connection'])
    const setup = prepare(RED, this, def, connection, status)
    const changes = new ChangeRuns()
    const operations: Record<NamedOperation, (run: Run) => Promise<void>> = {
      read: runRead,
      create: runWrite,
      update: runWrite,
      upsert: runWrite,
      replace: runWrite,
      delete: runWrite,
      call: runWrite,
      changes: async (run) => changes.run(run),
      download: runDownload,
      upload: runUpload,
    }
    const permissionsFor = (error: unknown, message: Message): readonly string[] => {
      const settings = connection?.settings
      if (settings === undefined || setup instanceof Problem) return []
      const { connection: id, operation } = setup.config
      const named = operation === 'message' ? namedOperation(message) : operation
      return refusedPermissions(permissions, error, {
        connection: id,
        settings,
        method: methodOf(named ?? 'read', setup.config),
      })
    }
    const stops = new Set<AbortController>()
    const runs = new WorkInProgress()
    let askedToSignIn = false
    const unsubscribe = connection?.onStateChange((problem) => {
      const needed = isSignInRequired(problem)
      if (needed) status.failed(signInKey(problem))
      else if (askedToSignIn) status.clear()
      askedToSignIn = needed
    })
    if (setup instanceof Problem) status.failed('notConfigured')
    else if (setup.config.operation === 'changes') {
      const warning = storeWarning(RED, setup.config.store)
      if (warning !== undefined) this.warn(explain(RED, warning))
    }

    const stopAll = (by: Stopped['by']): void => {
      for (const stop of stops) stop.abort(new Stopped(by))
    }
    const handle = async (message: Message, send: (message: Message) => void): Promise<void> => {
      if (isOwnAndTrue(message, 'cancel')) {
        stopAll('cancel')
        return
      }
      const reset = isOwnAndTrue(message, 'reset')
      // They are said to this node, not to those behind it.
      delete message['reset']
      delete message['cancel']
      if (setup instanceof Problem) throw setup
      const stop = new AbortController()
      stops.add(stop)
      try {
        const operation = operationOf(setup.config, message)
        const tenant = tenantOf(connection, message)
        await operations[operation]({
          ...setup,
          config: { ...setup.config, operation },
          client: tenant === '' || connection === undefined ? setup.client : connection.clientFor(tenant),
          tenant,
          account: async () => connection?.account() ?? '',
          message,
          reset,
          send,
          signal: stop.signal,
        })
      } catch (error) {
        if (!stop.signal.aborted) throw error
        if (error instanceof Interrupted || isOpenQuestion(error))
          tell(message, this.id, setup.config, error, [])
        status.clear()
      } finally {
        stops.delete(stop)
      }
    }
    this.on('input', (message, send, done) => {
      const run = handle(message, send)
      runs.add(run)
      connection?.openFor(run)
      run
        .then(
          () => done(),
          (error: unknown) => {
            // It may be another tenant's token that was refused, of which the connection itself tells nothing.
            askedToSignIn ||= isSignInRequired(error instanceof Interrupted ? error.error : error)
            done(fail(RED, this, message, error, setup, status, permissionsFor))
          },
        )
        // Node-RED clones the message for Complete and Catch nodes; one that cannot be cloned must not end it all.
        .catch((error: unknown) => RED.log.error(`[graph-odata:${this.id}] ${explain(RED, error)}`))
    })
    this.on('close', (done: () => void) => {
      unsubscribe?.()
      stopAll('close')
      void runs
        .ended()
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

/**
 * `msg.tenant` counts where the connection lists tenants; elsewhere it is any property of the message. However it is
 * written, a tenant has one name here, and the connection's own has none.
 */
function tenantOf(connection: ConnectionNode | undefined, { tenant }: Message): string {
  const { tenants: listed = [], tenant: own = '' } = connection?.settings ?? {}
  if (listed.length === 0 || tenant === undefined || tenant === null || tenant === '') return ''
  if (typeof tenant !== 'string') throw new Problem('tenantNotListed', { value: typeof tenant })
  const name = tenant.trim().toLowerCase()
  return name === own.toLowerCase() ? '' : name
}

function fail(
  RED: NodeAPI,
  node: Node,
  message: Message,
  thrown: unknown,
  setup: Setup | Problem,
  status: StatusLine,
  permissionsFor: (error: unknown, message: Message) => readonly string[],
): Error {
  const error = thrown instanceof Interrupted ? thrown.error : thrown
  showFailure(status, error, error === setup)
  const permissions = permissionsFor(error, message)
  tell(message, node.id, setup instanceof Problem ? undefined : setup.config, thrown, permissions)
  return flowError(RED, error, permissions)
}

/** What the incoming message says of how it ended. */
function tell(
  message: Message,
  node: string,
  config: GraphODataConfig | undefined,
  thrown: unknown,
  permissions: readonly string[],
): void {
  const { error, facts } = thrown instanceof Interrupted ? thrown : { error: thrown, facts: {} }
  const operation = config?.operation === 'message' ? namedOperation(message) : config?.operation
  const opened = permissions.length === 0 ? {} : { permissions }
  try {
    message.graph = { node, operation: operation ?? 'read', ...failureFacts(error), ...opened, ...facts }
  } catch {
    // A message whose `graph` cannot be set: the error itself says the same in words.
  }
}

function showFailure(status: StatusLine, error: unknown, ofSetup: boolean): void {
  if (!(error instanceof Problem) || error.code !== 'partialFailure') {
    status.failed(ofSetup ? 'notConfigured' : statusKey(error))
    return
  }
  const { failed, total } = error.values
  status.failedInPart(Number(failed), Number(total))
}

function statusKey(error: unknown): 'failed' | SignInKey {
  return isSignInRequired(error) ? signInKey(error) : 'failed'
}

/** A write that was stopped when it had been sent. */
function isOpenQuestion(error: unknown): boolean {
  return error instanceof Problem && error.outcomeUnknown
}

function isSignInRequired(error: unknown): error is Problem {
  return error instanceof Problem && error.code === 'signInRequired'
}

/** As an own property only: a prototype that somebody polluted must not stop every flow. */
function isOwnAndTrue(message: Message, name: 'cancel' | 'reset'): boolean {
  return Object.hasOwn(message, name) && Boolean(message[name])
}

export = init
