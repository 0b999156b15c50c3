import type { Node, NodeAPI, NodeMessage } from 'node-red'
import type { ConnectionNode } from '../graph-connection/connection-node'
import type { GraphClient } from '../lib/graph-client'
import { Problem } from '../lib/problem'
import { failureFacts, flowError } from '../shared/flow-error'
import { getConnection } from '../shared/get-connection'
import { statusLine, type StatusLine } from '../shared/status'
import { readConfig, type GraphODataConfig, type GraphODataDef } from './config'
import { Emitter, type Message } from './emit'
import { fieldEvaluator } from './fields'
import { readAnswers } from './read'
import { readRequest } from './read-request'

/** Takes an entity, a key and an append URL, and emits what the service answers. */
function init(RED: NodeAPI): void {
  RED.nodes.registerType('graph-odata', function GraphODataNode(this: Node, def: GraphODataDef): void {
    RED.nodes.createNode(this, def)
    const status = statusLine(RED, this)
    const connection = getConnection(RED, def['connection'])
    const setup = prepare(def, connection)
    const runs = new Set<AbortController>()
    const unsubscribe = connection?.onStateChange((problem) => {
      if (problem === undefined) status.clear()
      else status.failed('signInRequired')
    })
    if (setup instanceof Problem) status.failed('notConfigured')

    const stopAll = (): void => {
      for (const run of runs) run.abort()
    }
    const handle = async (message: Message, send: (message: NodeMessage) => void): Promise<void> => {
      if (isCancel(message)) {
        stopAll()
        return
      }
      if (setup instanceof Problem) throw setup
      const run = new AbortController()
      runs.add(run)
      try {
        await read({ RED, node: this, message, send, status, signal: run.signal, ...setup })
      } catch (error) {
        if (!run.signal.aborted) throw error
        status.clear()
      } finally {
        runs.delete(run)
      }
    }
    this.on('input', (message, send, done) => {
      handle(message as Message, send).then(
        () => done(),
        (error: unknown) => done(fail(RED, this, message as Message, error, setup, status)),
      )
    })
    this.on('close', () => {
      unsubscribe?.()
      stopAll()
      status.close()
    })
  })
}

interface Setup {
  readonly config: GraphODataConfig
  readonly client: GraphClient
  readonly itemConvention: string
}

/** What every message needs, or why none can be handled. */
function prepare(def: GraphODataDef, connection: ConnectionNode | undefined): Setup | Problem {
  if (connection === undefined) return new Problem('connectionMissing', { field: 'connection' })
  if (connection.problem !== undefined) return connection.problem
  if (connection.client === undefined || connection.settings === undefined) {
    return new Problem('connectionMissing', { field: 'connection' })
  }
  try {
    const { itemConvention } = connection.settings
    return { config: readConfig(def), client: connection.client, itemConvention }
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}

interface Run extends Setup {
  readonly RED: NodeAPI
  readonly node: Node
  readonly message: Message
  readonly send: (message: NodeMessage) => void
  readonly status: StatusLine
  readonly signal: AbortSignal
}

async function read(run: Run): Promise<void> {
  const { RED, node, message, send, status, signal, config, client } = run
  const fields = fieldEvaluator(RED, node, message)
  const request = await readRequest(config, run.itemConvention, message, fields)
  const emitter = new Emitter({
    node: node.id,
    operation: config.operation,
    output: config.output,
    message,
    clone: (original) => RED.util.cloneMessage(original),
    newId: () => RED.util.generateId(),
  })
  let collection = false
  status.reading(0)
  for await (const answer of readAnswers(client, request, config.notFound, signal)) {
    signal.throwIfAborted()
    collection ||= answer.kind === 'page'
    for (const outgoing of emitter.accept(answer)) send(outgoing)
    if (collection) status.reading(emitter.rows)
  }
  for (const outgoing of emitter.end()) send(outgoing)
  status.done(collection ? emitter.rows : undefined)
}

function fail(
  RED: NodeAPI,
  node: Node,
  message: Message,
  error: unknown,
  setup: Setup | Problem,
  status: StatusLine,
): Error {
  status.failed(error === setup ? 'notConfigured' : statusKey(error))
  const operation = setup instanceof Problem ? 'read' : setup.config.operation
  message.graph = { node: node.id, operation, ...failureFacts(error) }
  return flowError(RED, error)
}

function statusKey(error: unknown): 'failed' | 'signInRequired' {
  return error instanceof Problem && error.code === 'signInRequired' ? 'signInRequired' : 'failed'
}

/** As an own property only: a prototype that somebody polluted must not stop every flow. */
function isCancel(message: Message): boolean {
  return Object.hasOwn(message, 'cancel') && Boolean(message['cancel'])
}

export = init
