import { badRequest, unsupportedQuery } from './errors'
import { parseFilterOption } from './filter-evaluator'
import type { Expression } from './filter-parser'
import type { QueryOptions } from './query-options'
import { shortName } from './rows'
import type { WorkloadName } from './workloads'

const byWorkload: Readonly<Record<WorkloadName, readonly string[]>> = {
  directory: ['$select', '$filter'],
  exchange: ['$select', '$top'],
  files: ['$select', '$expand', '$top'],
  planner: [],
  open: [],
}

/** A view of a calendar always gives whole events; mail may be filtered and sorted by when it came. */
const byType: Readonly<Record<string, readonly string[]>> = {
  event: ['$top'],
  message: ['$select', '$top', '$expand', '$filter', '$orderby'],
}

/** An `$filter` of the directory's names at most so many objects. */
const mostIds = 50

/** Refuses the query options that a delta query does not take. */
export function checkDeltaOptions(type: string, workload: WorkloadName, options: QueryOptions): void {
  const allowed = byType[shortName(type)] ?? byWorkload[workload]
  const refused = given(options).filter((name) => !allowed.includes(name))
  if (refused.length > 0) throw refusal(type, workload, refused)
  const filter = options.filter === undefined ? undefined : parseFilterOption(options.filter)
  if (filter !== undefined && workload === 'directory') {
    if (idsIn(filter) === undefined || (idsIn(filter) ?? 0) > mostIds)
      throw unsupportedQuery('A delta query filters by the ids of objects only.')
  } else if (filter !== undefined && !isFromTime(filter)) throw refusal(type, workload, ['$filter'])
  if (options.orderby.some(({ path, descending }) => path !== 'receivedDateTime' || !descending))
    throw refusal(type, workload, ['$orderby'])
}

function given(options: QueryOptions): string[] {
  const { select, expand, filter, orderby, search, top, skip, count } = options
  const all = {
    $select: select !== undefined,
    $expand: expand.length > 0,
    $filter: filter !== undefined,
    $orderby: orderby.length > 0,
    $search: search !== undefined,
    $top: top !== undefined,
    $skip: skip !== undefined,
    $count: count,
  }
  return Object.entries(all)
    .filter(([, used]) => used)
    .map(([name]) => name)
}

function refusal(type: string, workload: WorkloadName, names: readonly string[]): Error {
  const list = names.join(', ')
  if (workload === 'directory') return unsupportedQuery(`Delta query does not support '${list}'.`)
  if (workload === 'files') return badRequest(`Delta query does not support '${list}'.`, 'invalidRequest')
  return badRequest(
    `The following parameters are not supported with change tracking over the '${shortName(type)}' resource: '${list}'.`,
    'ErrorInvalidUrlQuery',
  )
}

/** How many ids `id eq '..' or id eq '..'` names; undefined for any other filter. */
function idsIn(expression: Expression): number | undefined {
  if (expression.kind === 'or') {
    const [left, right] = [idsIn(expression.left), idsIn(expression.right)]
    return left === undefined || right === undefined ? undefined : left + right
  }
  const isId = expression.kind === 'compare' && expression.operator === 'eq' && isPath(expression.left, 'id')
  return isId ? 1 : undefined
}

/** `receivedDateTime ge 2026-01-01`: all that a delta query of mail can be filtered by. */
function isFromTime(expression: Expression): boolean {
  if (expression.kind !== 'compare' || !['ge', 'gt'].includes(expression.operator)) return false
  return isPath(expression.left, 'receivedDateTime')
}

function isPath(expression: Expression, name: string): boolean {
  return expression.kind === 'path' && expression.names.join('/') === name
}
