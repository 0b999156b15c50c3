import type { Node, NodeAPI } from 'node-red'
import type { ConnectionNode } from '../graph-connection/connection-node'
import { Problem } from '../lib/problem'
import { failureFacts, flowError } from '../shared/flow-error'
import { signInKey, type StatusLine } from '../shared/status'
import type { Message } from './message'
import { methodOf, namedOperation } from './operation'
import type { PermissionRuntime } from './permission-route'
import { refusedPermissions } from './refused'
import { Interrupted, type Setup } from './run'

/** A node from its deploy to its close: what it handles messages with, and where it tells how that went. */
export interface DeployedNode {
  readonly RED: NodeAPI
  readonly node: Node
  readonly connection: ConnectionNode | undefined
  /** A problem: none of its messages can be handled. */
  readonly setup: Setup | Problem
  readonly status: StatusLine
  readonly permissions: PermissionRuntime
}

/** Shows a failure, tells it to the incoming message, and gives the error for `done`. */
export function fail(deployed: DeployedNode, message: Message, thrown: unknown): Error {
  const error = causeOf(thrown)
  showFailure(deployed, error)
  const permissions = permissionsFor(deployed, message, error)
  tell(deployed, message, thrown, permissions)
  return flowError(deployed.RED, error, permissions)
}

/** What the incoming message says of how it ended. */
export function tell(
  { node, setup }: DeployedNode,
  message: Message,
  thrown: unknown,
  permissions: readonly string[] = [],
): void {
  const facts = thrown instanceof Interrupted ? thrown.facts : {}
  const operation = setup instanceof Problem ? undefined : operationIn(setup, message)
  const opened = permissions.length === 0 ? {} : { permissions }
  try {
    message.graph = {
      node: node.id,
      operation: operation ?? 'read',
      ...failureFacts(causeOf(thrown)),
      ...opened,
      ...facts,
    }
  } catch {
    // A message whose `graph` cannot be set: the error itself says the same in words.
  }
}

/** The failure itself, without how far the run had come. */
export function causeOf(thrown: unknown): unknown {
  return thrown instanceof Interrupted ? thrown.error : thrown
}

export function isSignInRequired(error: unknown): error is Problem {
  return error instanceof Problem && error.code === 'signInRequired'
}

function showFailure({ setup, status }: DeployedNode, error: unknown): void {
  if (error instanceof Problem && error.code === 'partialFailure') {
    status.failedInPart(Number(error.values['failed']), Number(error.values['total']))
  } else if (error === setup) status.failed('notConfigured')
  else status.failed(isSignInRequired(error) ? signInKey(error) : 'failed')
}

/** Those that would have opened a request that was refused. */
function permissionsFor(
  { connection, setup, permissions }: DeployedNode,
  message: Message,
  error: unknown,
): readonly string[] {
  const settings = connection?.settings
  if (settings === undefined || setup instanceof Problem) return []
  const method = methodOf(operationIn(setup, message) ?? 'read', setup.config)
  return refusedPermissions(permissions, error, { connection: setup.config.connection, settings, method })
}

/** Undefined where the message was to name one and does not. */
function operationIn({ config }: Setup, message: Message): ReturnType<typeof namedOperation> {
  return config.operation === 'message' ? namedOperation(message) : config.operation
}
