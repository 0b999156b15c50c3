import { Problem } from '../problem.js'
import { isPlainRecord } from '../records.js'
import { fillFilter } from './literal.js'
import { visible } from './url-text.js'

/** One option of the query; `field` is where it came from, for errors. */
export interface QueryOption {
  readonly name: string
  readonly value: string
  readonly field: string
}

/** The reading fields of the dialog, evaluated; undefined where blank. */
export interface QueryFields {
  readonly select?: unknown
  readonly filter?: unknown
  readonly expand?: unknown
  readonly orderby?: unknown
  readonly search?: unknown
  readonly pageSize?: unknown
  readonly count?: boolean
  /** Further options by name, `{ "$skip": 10, "startDateTime": "..." }`. */
  readonly query?: unknown
}

const LISTS = ['select', 'expand', 'orderby'] as const

/**
 * The query's options in a fixed order. A list may come as text or as an array of names.
 *
 * @param graph whether the service is Graph. Graph reads `$top` as the size of a page, other services as the
 *   number of rows (there the page size travels as a preference instead), and Graph takes a search text only
 *   in double quotes.
 */
export function queryOptions(
  fields: QueryFields,
  params: ReadonlyMap<string, unknown>,
  graph: boolean,
): QueryOption[] {
  const options: QueryOption[] = []
  const add = (field: string, value: string, name = `$${field}`): void => {
    options.push({ name, value, field })
  }
  for (const field of LISTS) {
    if (fields[field] !== undefined) add(field, list(field, fields[field]))
  }
  if (fields.filter !== undefined) add('filter', fillFilter(text('filter', fields.filter), params))
  if (fields.search !== undefined) {
    const search = text('search', fields.search)
    add('search', graph ? quotedSearch(search) : search)
  }
  if (fields.count === true) add('count', 'true')
  if (fields.pageSize !== undefined && graph) add('pageSize', String(pageSize(fields.pageSize)), '$top')
  for (const [name, value] of Object.entries(record('query', fields.query ?? {}))) {
    if (value !== undefined && value !== null) add('query', text('query', value), systemName(name))
  }
  return options
}

/** Graph takes some of its options without `$` and passes over others; with it all are understood. */
const SYSTEM_OPTIONS = new Set(
  'apply count deltatoken expand filter format orderby search select skip skiptoken top'.split(' '),
)

function systemName(name: string): string {
  return SYSTEM_OPTIONS.has(name.toLowerCase()) ? `$${name.toLowerCase()}` : name
}

/** A whole number of rows, 1 or more, given as number or text. */
export function pageSize(value: unknown): number {
  return wholeNumber('pageSize', value, 1)
}

export function wholeNumber(field: string, value: unknown, least: number): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < least) {
    throw new Problem('notAWholeNumber', { field, value: visible(String(value)), least })
  }
  return number
}

function list(field: string, value: unknown): string {
  return Array.isArray(value) ? value.map((entry) => text(field, entry)).join(',') : text(field, value)
}

function text(field: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value)
  if (value instanceof Date) return value.toISOString()
  throw new Problem('notText', { field, value: typeof value })
}

function record(field: string, value: unknown): Readonly<Record<string, unknown>> {
  if (isPlainRecord(value)) return value
  throw new Problem('notAnObject', { field, value: Array.isArray(value) ? 'array' : typeof value })
}

/** What has double quotes already is left as it is: `"displayName:wa" OR "displayName:ad"`. */
function quotedSearch(value: string): string {
  return value.includes('"') ? value : `"${value}"`
}
