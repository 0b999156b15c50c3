import { badRequest, unsupportedQuery } from './errors'
import type { Comparison, Expression } from './filter-parser'
import type { QueryOptions } from './query-options'
import { shortName } from './rows'

/** What a query on directory objects is judged by. */
export interface DirectoryQuery {
  readonly options: QueryOptions
  readonly filter: Expression | undefined
  readonly type: string
  /** The request has `ConsistencyLevel: eventual`. */
  readonly eventual: boolean
  /** The path ends in `$count`, for which the header alone is enough. */
  readonly countSegment: boolean
  /** The rows are those of a relationship, cast to a type or not. */
  readonly relationship: 'no' | 'plain' | 'cast'
}

const more = 'Refer to https://aka.ms/graph-docs/advanced-queries for more information'

/**
 * The directory's advanced queries: without `ConsistencyLevel: eventual` and `$count=true` (which `$search`
 * does not need) it refuses them, in words that differ from operator to operator.
 */
export function checkDirectoryQuery(query: DirectoryQuery): void {
  const { options, eventual, filter, type } = query
  const advanced = eventual && (options.count || query.countSegment)
  if (options.skip !== undefined)
    throw badRequest("'$skip' is not supported by the service.", 'Request_BadRequest')
  if (query.countSegment && !eventual)
    throw badRequest('$count is not currently supported.', 'Request_BadRequest')
  checkExpand(options)
  if (options.search !== undefined && !eventual)
    throw unsupportedQuery(
      "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
    )
  if (advanced) return
  const name = shortName(type)
  checkRelationship(query)
  if (filter !== undefined) checkFilter(filter, eventual)
  checkSort(options, name.charAt(0).toUpperCase() + name.slice(1), options.search !== undefined)
}

function checkRelationship({ relationship, options, filter }: DirectoryQuery): void {
  if (relationship === 'no') return
  if (filter !== undefined || options.orderby.length > 0)
    throw unsupportedQuery('The specified filter to the reference property query is currently not supported.')
  const further = options.select !== undefined || options.top !== undefined || options.count
  if (relationship === 'cast' && further)
    throw unsupportedQuery(`OData cast with further query parameters is an advanced query. ${more}`)
}

/** One relationship, and not with an advanced query. */
function checkExpand(options: QueryOptions): void {
  if (options.expand.length === 0) return
  if (options.expand.length > 1)
    throw badRequest('Only one property can be expanded in a single query.', 'Request_BadRequest')
  if (options.search !== undefined) throw unsupportedQuery('Expand is not supported with advanced queries.')
}

function checkSort(options: QueryOptions, resource: string, searched: boolean): void {
  if (options.orderby.length === 0) return
  if (options.filter !== undefined) throw unsupportedQuery('Sorting not supported for current query.')
  const plain = new Set(['displayName', 'userPrincipalName'])
  const other = options.orderby.find(({ path }) => !plain.has(path))
  if (other !== undefined && !searched)
    throw unsupportedQuery(`Unsupported sort property '${other.path}' for '${resource}'.`)
}

function checkFilter(expression: Expression, eventual: boolean): void {
  const missing = eventual
    ? `is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. ${more}`
    : `is not supported because the 'ConsistencyLevel:eventual' header is missing. ${more}`
  switch (expression.kind) {
    case 'and':
    case 'or':
      checkFilter(expression.left, eventual)
      checkFilter(expression.right, eventual)
      return
    case 'not':
      throw unsupportedQuery(`Operator 'not' ${missing}`)
    case 'compare':
      checkComparison(expression.operator, expression.left, missing)
      return
    case 'call':
      checkCall(expression.name, missing)
      return
    case 'any':
    case 'all':
      if (expression.body !== undefined) checkFilter(expression.body, eventual)
      return
    case 'has':
    case 'in':
    case 'literal':
    case 'path':
  }
}

function checkComparison(operator: Comparison, left: Expression, missing: string): void {
  if (operator === 'ne')
    throw unsupportedQuery("Unsupported property filter clause operator 'NotEqualsMatch'.")
  if (left.kind === 'path' && left.names.at(-1) === '$count')
    throw unsupportedQuery(`Filtering by the size of a collection ${missing}`)
}

function checkCall(name: string, missing: string): void {
  if (name === 'endswith') throw unsupportedQuery(`Operator 'endsWith' ${missing}`)
  if (name === 'contains') throw unsupportedQuery('Unsupported Query.')
}
