import type { Operation } from './operations.js'

/** Rows of the fold "Answers" that matter to reads alone. */
export const READ_ANSWERS: readonly string[] = ['textBody', 'followNested', 'consistency']

const ALL = ['body', 'dryRun', 'answer', 'wait', 'answers'] as const

export const WRITES: readonly Operation[] = [
  { value: 'create', method: 'POST', rows: [...ALL] },
  { value: 'update', method: 'PATCH', rows: [...ALL, 'ifMatch'] },
  { value: 'upsert', method: 'PATCH', rows: [...ALL, 'ifMatch'] },
  { value: 'replace', method: 'PUT', rows: [...ALL, 'ifMatch'] },
  {
    value: 'delete',
    method: 'DELETE',
    rows: ['allowDelete', 'body', 'dryRun', 'wait', 'answers', 'ifMatch'],
  },
  { value: 'call', method: 'POST', rows: ['method', 'output', 'dryRun', 'answers'] },
]

/** The message may name any operation, so everything can matter. */
export const MESSAGE: Operation = {
  value: 'message',
  method: '{msg.operation}',
  rows: [
    ...ALL,
    ...READ_ANSWERS,
    ...'method ifMatch allowDelete options limit output paging notFound start store checkpoint'.split(' '),
    ...'as file maxSize conflict'.split(' '),
  ],
}

/** A function is read like a collection, an action has a body like a write. */
export function callRows(method: string): readonly string[] {
  if (method === 'GET') return ['options', 'limit', 'paging', 'notFound', ...READ_ANSWERS]
  return ['body', 'ifMatch', 'answer', 'wait', ...(method === 'DELETE' ? ['allowDelete'] : [])]
}

/** What the dialog shows where an older flow has nothing. */
export const WRITE_DEFAULTS = { method: 'POST', answer: 'default' }
