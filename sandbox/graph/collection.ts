import { checkDirectoryQuery } from './advanced'
import { GraphError, badRequest } from './errors'
import { compileFilter, compilePath, parseFilterOption, type FilterSetting } from './filter-evaluator'
import type { Expression } from './filter-parser'
import type { Model } from './model'
import type { ResourcePath } from './path'
import type { QueryOptions } from './query-options'
import { isRows, type DataSource, type Row, type Rows } from './rows'
import { compileSearch, type Predicate } from './search'
import { follow } from './walk'
import { workloadOf } from './workloads'

/** The rows a query is about. Where `matches` is given, it is still to be asked row by row. */
export interface Chosen {
  readonly rows: Rows
  readonly matches: Predicate | undefined
}

export interface Source {
  readonly model: Model
  readonly data: DataSource
}

/** Filters, searches and sorts, and sees to it that nothing is looked at that need not be. */
export function choose(rows: Rows, type: string, options: QueryOptions, source: Source): Chosen {
  const workload = workloadOf(type)
  const setting = filterSetting(type, source)
  const filter = options.filter === undefined ? undefined : parseFilterOption(options.filter)
  if (workload.name === 'exchange') checkOutlookQuery(filter, options)
  const tests: Predicate[] = []
  if (filter !== undefined) tests.push(compileFilter(filter, setting))
  if (options.search !== undefined) tests.push(compileSearch(options.search, workload))
  const matches = tests.length === 0 ? undefined : (row: Row) => tests.every((test) => test(row))
  if (options.orderby.length > 0)
    return { rows: sorted(filtered(rows, matches), options, setting), matches: undefined }
  // `$skip` counts the rows that match, a page token of ours the rows as they are stored.
  if (matches !== undefined && workload.skip) return { rows: filtered(rows, matches), matches: undefined }
  return { rows, matches }
}

export function countRows({ rows, matches }: Chosen): number {
  if (matches === undefined) return rows.length
  let count = 0
  for (let index = 0; index < rows.length; index++) {
    const row = rows.at(index)
    if (row !== undefined && matches(row)) count++
  }
  return count
}

/** The rules for queries on directory objects; other workloads have none of this kind. */
export function checkQuery(
  path: ResourcePath,
  options: QueryOptions,
  eventual: boolean,
  countSegment: boolean,
): void {
  if (workloadOf(path.type).name !== 'directory') return
  const last = path.steps.findLast((step) => step.kind !== '$count' && step.kind !== '$ref')
  checkDirectoryQuery({
    options,
    filter: options.filter === undefined ? undefined : parseFilterOption(options.filter),
    type: path.type,
    eventual,
    countSegment,
    relationship: last?.kind === 'cast' ? 'cast' : last?.kind === 'navigation' ? 'plain' : 'no',
  })
}

function filtered(rows: Rows, matches: Predicate | undefined): Row[] {
  const found: Row[] = []
  for (let index = 0; index < rows.length; index++) {
    const row = rows.at(index)
    if (row !== undefined && (matches === undefined || matches(row))) found.push(row)
  }
  return found
}

function filterSetting(type: string, { model, data }: Source): FilterSetting {
  const none = new Map<string, string>()
  return {
    model,
    type,
    ignoreCase: workloadOf(type).name !== 'open',
    read: (row, declared, name) => {
      const own = (row as Row)[name]
      if (own !== undefined) return own
      const related = follow(data, row as Row, declared, name, none)
      return isRows(related) ? filtered(related, undefined) : (related ?? null)
    },
  }
}

/** Sorts by values that are worked out once for each row. */
function sorted(rows: readonly Row[], { orderby }: QueryOptions, setting: FilterSetting): Row[] {
  const values = orderby.map(({ path }) => compilePath(path, setting))
  const signs = orderby.map(({ descending }) => (descending ? -1 : 1))
  const keyed = rows.map((row) => ({ row, keys: values.map((value) => value(row)) }))
  keyed.sort((left, right) => {
    for (const [index, sign] of signs.entries()) {
      const order = compareValues(left.keys[index], right.keys[index])
      if (order !== 0) return order * sign
    }
    return 0
  })
  return keyed.map(({ row }) => row)
}

function compareValues(left: unknown, right: unknown): number {
  if (left === right) return 0
  if (left === null || right === null) return left === null ? -1 : 1
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : 1
  return Number(left) - Number(right)
}

/** Outlook sorts by what it filters by: those properties come first in `$filter`, in the same order. */
function checkOutlookQuery(filter: Expression | undefined, { orderby, search }: QueryOptions): void {
  if (search !== undefined && (filter !== undefined || orderby.length > 0))
    throw badRequest(
      "The query parameter '$search' cannot be combined with '$filter' or '$orderby'.",
      'SearchWithFilter',
    )
  if (filter === undefined || orderby.length === 0) return
  const names = [...new Set(pathsOf(filter))]
  if (orderby.some(({ path }, index) => names[index] !== path))
    throw new GraphError(
      400,
      'InefficientFilter',
      'The restriction or sort order is too complex for this operation.',
    )
}

function pathsOf(expression: Expression): string[] {
  switch (expression.kind) {
    case 'path':
      return [expression.names.join('/')]
    case 'compare':
    case 'has':
    case 'and':
    case 'or':
      return [...pathsOf(expression.left), ...pathsOf(expression.right)]
    case 'not':
      return pathsOf(expression.operand)
    case 'in':
      return pathsOf(expression.left)
    case 'call':
      return expression.values.flatMap(pathsOf)
    case 'any':
    case 'all':
      return [expression.names.join('/')]
    case 'literal':
      return []
  }
}
