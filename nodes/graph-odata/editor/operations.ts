/** What the node can do, in the order of the dialog. A further operation is one more line. */
export interface Operation {
  readonly value: string
  /** How the preview shows the request. */
  readonly method: string
  /** Sections of the dialog, by their `data-row`. */
  readonly rows: readonly string[]
}

export const OPERATIONS: readonly Operation[] = [
  { value: 'read', method: 'GET', rows: ['options', 'output', 'notFound'] },
]

const ALWAYS = ['name', 'connection', 'entity', 'key', 'appendUrl', 'preview', 'params', 'headers']

export function operationOf(value: string): Operation {
  const operation = OPERATIONS.find((entry) => entry.value === value) ?? OPERATIONS[0]
  if (operation === undefined) throw new RangeError('There is no operation')
  return operation
}

export function visibleRows(operation: Operation): Set<string> {
  const rows = new Set([...ALWAYS, ...operation.rows])
  // A choice of one is no choice.
  if (OPERATIONS.length > 1) rows.add('operation')
  return rows
}
