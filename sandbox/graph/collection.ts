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

/** What `$filter` and `$search` ask of a row; undefined where all rows will do. */
export function matcher(type: string, options: QueryOptions, source: Source): Predicate | undefined {
  const tests: Predicate[] = []
  if (options.filter !== undefined)
    tests.push(compileFilter(parseFilterOption(options.filter), filterSetting(type, source)))
  if (options.search !== undefined) tests.push(compileSearch(options.search, workloadOf(type)))
  return tests.length === 0 ? undefined : (row: Row) => tests.every((test) => test(row))
}

/** Filters, searches and sorts, and sees to it that nothing is looked at that need not be. */
export function choose(rows: Rows, type: string, options: QueryOptions, source: Source): Chosen {
  const workload = workloadOf(type)
  if (workload.name === 'exchange') checkOutlookQuery(options)
  const matches = matcher(type, options, source)
  if (options.orderby.length > 0)
    return { rows: sorted(rows, matches, type, options, source), matches: undefined }
  // `$skip` counts the rows that match, a page token of ours the rows as they are stored.
  if (workload.skip && (matches !== undefined || rows.count !== undefined))
    return { rows: filtered(rows, matches), matches: undefined }
  return { rows, matches }
}

export function countRows({ rows, matches }: Chosen): number {
  return matches === undefined ? (rows.count ?? rows.length) : filtered(rows, matches).length
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

const orders = new WeakMap<Rows, Map<string, { version: number | undefined; places: Int32Array }>>()
/** Orders that are kept for one collection: of a hundred thousand rows, 400 kB each. */
const mostOrders = 8

/** The rows in their order, which is worked out once for all the pages of a query. */
function sorted(
  rows: Rows,
  matches: Predicate | undefined,
  type: string,
  options: QueryOptions,
  source: Source,
): Rows {
  const key = JSON.stringify([type, options.filter, options.search, options.orderby])
  const known = orders.get(rows) ?? new Map<string, { version: number | undefined; places: Int32Array }>()
  orders.set(rows, known)
  const found = known.get(key)
  const places =
    found !== undefined && found.version === rows.version
      ? found.places
      : sortedPlaces(rows, matches, options, filterSetting(type, source))
  known.delete(key)
  known.set(key, { version: rows.version, places })
  if (known.size > mostOrders) known.delete([...known.keys()][0] ?? '')
  return { length: places.length, at: (index) => rows.at(places[index] ?? -1) }
}

/** Sorts by values that are worked out once for each row. */
function sortedPlaces(
  rows: Rows,
  matches: Predicate | undefined,
  { orderby }: QueryOptions,
  setting: FilterSetting,
): Int32Array {
  const values = orderby.map(({ path }) => compilePath(path, setting))
  const signs = orderby.map(({ descending }) => (descending ? -1 : 1))
  const keyed: { place: number; keys: unknown[] }[] = []
  for (let place = 0; place < rows.length; place++) {
    const row = rows.at(place)
    if (row !== undefined && (matches === undefined || matches(row)))
      keyed.push({ place, keys: values.map((value) => value(row)) })
  }
  keyed.sort((left, right) => {
    for (const [index, sign] of signs.entries()) {
      const order = compareValues(left.keys[index], right.keys[index])
      if (order !== 0) return order * sign
    }
    return 0
  })
  return Int32Array.from(keyed, ({ place }) => place)
}

function compareValues(left: unknown, right: unknown): number {
  if (left === right) return 0
  if (left === null || right === null) return left === null ? -1 : 1
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : 1
  return Number(left) - Number(right)
}

/** Outlook sorts by what it filters by: those properties come first in `$filter`, in the same order. */
function checkOutlookQuery({ filter: text, orderby, search }: QueryOptions): void {
  const filter = text === undefined ? undefined : parseFilterOption(text)
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
