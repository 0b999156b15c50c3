import type { GraphControl } from './control'
import { badRequest, GraphError } from './errors'
import type { QueryOptions } from './query-options'
import type { Row, Rows } from './rows'
import type { Predicate } from './search'
import type { Workload } from './workloads'

/** Where a page begins: an index into the rows as stored or sorted, not into those that match. */
export interface Cursor {
  readonly from: number
  /** Rows still to be served where `$top` limits the whole. */
  readonly left: number | undefined
  /** Pages served before this one. */
  readonly page: number
}

export interface Page {
  readonly rows: readonly Row[]
  readonly next: Cursor | undefined
}

export function firstCursor(options: QueryOptions, workload: Workload, control: GraphControl): Cursor {
  if (options.skiptoken !== undefined) return readToken(options.skiptoken, workload, control)
  const { topIsLimit } = workload
  return { from: options.skip ?? 0, left: topIsLimit ? options.top : undefined, page: 0 }
}

/** How many rows a page holds: `$top` is that in Graph, and above the maximum each workload answers its own. */
export function pageSize(
  options: QueryOptions,
  workload: Workload,
  preferred: number | undefined,
  forced: number | undefined,
): number {
  const { maximumPageSize: maximum } = workload
  const asked = workload.topIsLimit ? undefined : options.top
  if (asked !== undefined && asked > maximum && workload.topAboveMaximum === 'error')
    throw badRequest(
      `Invalid page size specified: '${asked}'. Must be between 1 and ${maximum} inclusive.`,
      'Request_BadRequest',
    )
  if (asked === 0 && workload.topAboveMaximum === 'error')
    throw badRequest(
      `Invalid page size specified: '0'. Must be between 1 and ${maximum} inclusive.`,
      'Request_BadRequest',
    )
  const preference = workload.name === 'exchange' || workload.name === 'open' ? preferred : undefined
  return Math.min(asked ?? preference ?? forced ?? workload.pageSize, maximum)
}

/** One page; looks one row further, so that a last page has no link to an empty one. */
export function takePage(rows: Rows, matches: Predicate | undefined, cursor: Cursor, size: number): Page {
  const limit = Math.min(size, cursor.left ?? Infinity)
  const taken: Row[] = []
  let index = cursor.from
  for (; index < rows.length; index++) {
    const row = rows.at(index)
    if (row === undefined || (matches !== undefined && !matches(row))) continue
    if (taken.length === limit) break
    taken.push(row)
  }
  const left = cursor.left === undefined ? undefined : cursor.left - taken.length
  if (index >= rows.length || left === 0) return { rows: taken, next: undefined }
  return { rows: taken, next: { from: index, left, page: cursor.page + 1 } }
}

/**
 * The link to the next page: the same URL with all its options, and where to go on. Outlook writes `$skip`,
 * and writes the dollar as `%24`.
 */
export function nextLink(
  path: string,
  rawQuery: string,
  cursor: Cursor,
  workload: Workload,
  control: GraphControl,
): string {
  const skips = workload.link === 'skip'
  const kept = rawQuery
    .split('&')
    .filter((pair) => pair !== '' && !/^(?:\$|%24)?(?:skip|skiptoken)=/i.test(pair))
    .join('&')
  const query = skips ? kept.replaceAll(/(^|&)\$/g, '$1%24') : kept
  const lost = workload.name === 'directory' && control.isRetry(`${path}?${rawQuery}`)
  const place = skips ? `%24skip=${cursor.from}` : `$skiptoken=${writeToken(cursor, lost)}`
  return control.nextLink(`${path}?${query}${query === '' ? '' : '&'}${place}`, cursor.page)
}

const mark = 'RFNwdAIAAQ'

function writeToken({ from, left, page }: Cursor, lost: boolean): string {
  return Buffer.from(JSON.stringify([mark, from, left ?? null, page, Date.now(), lost])).toString('base64url')
}

function readToken(token: string, workload: Workload, { pageTokenLife = Infinity }: GraphControl): Cursor {
  const [found, from, left, page, issued, lost] = partsOf(token)
  const old = found !== mark || Date.now() - Number(issued) > pageTokenLife
  if (old && found === mark && workload.name !== 'directory')
    throw new GraphError(410, 'Gone', 'The page token has expired.')
  if (old)
    throw badRequest(
      'The specified page token value has expired and can no longer be included in your request.',
      'Directory_ExpiredPageToken',
    )
  if (lost === true) throw badRequest('The page token was not found.', 'DirectoryPageTokenNotFoundException')
  return { from: Number(from), left: typeof left === 'number' ? left : undefined, page: Number(page) }
}

function partsOf(token: string): unknown[] {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[]
  } catch {
    return []
  }
}
