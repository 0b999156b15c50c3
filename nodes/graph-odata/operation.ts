import { visible } from '../lib/odata/url-text'
import { Problem } from '../lib/problem'
import { NAMED_OPERATIONS, type GraphODataConfig, type NamedOperation } from './config'
import type { Message } from './message'

/** What is to be done: what the node says, or, where that is the message's business, the message. */
export function operationOf({ operation }: GraphODataConfig, message: Message): NamedOperation {
  if (operation !== 'message') return operation
  const named = namedOperation(message)
  if (named !== undefined) return named
  const given = message['operation']
  throw new Problem('operationMissing', { value: visible(typeof given === 'string' ? given : typeof given) })
}

export function namedOperation(message: Message): NamedOperation | undefined {
  return NAMED_OPERATIONS.find((name) => name === message['operation'])
}

/** Whether rows are asked for and nothing is done: a function, called with GET, has no side effects (OData v4.01, 11.5.3). */
export function isRead(operation: NamedOperation, { method }: GraphODataConfig): boolean {
  return operation === 'read' || operation === 'changes' || (operation === 'call' && method === 'GET')
}

const METHODS: Readonly<Partial<Record<NamedOperation, string>>> = {
  create: 'POST',
  update: 'PATCH',
  upsert: 'PATCH',
  replace: 'PUT',
  delete: 'DELETE',
  upload: 'PUT',
}

/** The method that an operation's request is sent with; of those that read it is GET. */
export function methodOf(operation: NamedOperation, { method }: GraphODataConfig): string {
  return operation === 'call' ? method : (METHODS[operation] ?? 'GET')
}
