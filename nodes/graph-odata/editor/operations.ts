import { isVariable } from '../../shared/editor/red.js'
import { callRows, MESSAGE, READ_ANSWERS, WRITES } from './writing.js'

/** What the node can do, in the order of the dialog. A further operation is one more line. */
export interface Operation {
  readonly value: string
  /** How the preview shows the request. */
  readonly method: string
  /** Sections of the dialog, by their `data-row`. */
  readonly rows: readonly string[]
}

export const OPERATIONS: readonly Operation[] = [
  {
    value: 'read',
    method: 'GET',
    rows: ['options', 'limit', 'output', 'paging', 'notFound', 'answers', ...READ_ANSWERS],
  },
  ...WRITES,
  {
    value: 'changes',
    method: 'GET',
    rows: ['options', 'output', 'start', 'store', 'checkpoint', 'answers', ...READ_ANSWERS],
  },
  { value: 'download', method: 'GET', rows: ['as', 'file', 'maxSize', 'notFound', 'dryRun'] },
  { value: 'upload', method: 'PUT', rows: ['body', 'file', 'conflict', 'ifMatch', 'dryRun'] },
  MESSAGE,
]

const ALWAYS = [
  'name',
  'connection',
  'operation',
  'entity',
  'key',
  'appendUrl',
  'params',
  'preview',
  'try',
  'permissions',
  'headers',
]

/** Where the environment chooses it, everything can matter, as where the message does. */
export function operationOf(value: string): Operation {
  if (isVariable(value)) return { ...MESSAGE, method: value }
  const operation = OPERATIONS.find((entry) => entry.value === value) ?? OPERATIONS[0]
  if (operation === undefined) throw new RangeError('There is no operation')
  return operation
}

/** What else decides which rows are shown. */
export interface Choice {
  readonly output: string
  readonly as: string
  /** Of a call. */
  readonly method: string
}

export function visibleRows(operation: Operation, { output, as, method }: Choice): Set<string> {
  const rows = new Set([
    ...ALWAYS,
    ...operation.rows,
    ...(operation.value === 'call' ? callRows(method) : []),
  ])
  if (operation.value === 'download' && as !== 'file') rows.delete('file')
  // One message with everything waits for nobody.
  if (output !== 'array' && rows.has('output')) rows.add('inFlight')
  if (output !== 'page') rows.delete('paging')
  return rows
}
