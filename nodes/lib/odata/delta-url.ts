import { splitQuery } from '../split-query.js'
import { isDirectorySet } from './advanced-query.js'

/** Where a first round of changes begins: with everything there is, or with what changes from now on. */
export type DeltaStart = 'all' | 'now'

/**
 * The first URL of a round: `/delta` behind the resource, unless the address has it already.
 *
 * From now on is `$deltatoken=latest` for directory objects, `token=latest` for drives, lists and sites (Graph, "Use
 * delta query", "driveItem: delta", "listItem: delta", "site: delta"). The others have no such thing: Outlook gives all
 * there is whatever it is asked, so there the first round is read to its end and nobody is told of its rows.
 */
export function deltaUrl(url: string, start: DeltaStart, serviceUrl: string): string {
  const { path, query } = splitQuery(url)
  const resource = path.replace(DELTA, '').replace(/\/+$/u, '')
  const options = query.length > 1 ? [query.slice(1)] : []
  if (start === 'now' && !namesStart(url)) options.push(...fromNow(resource, serviceUrl))
  const delta = DELTA.test(path) ? path : `${resource}/delta`
  return options.length === 0 ? delta : `${delta}?${options.join('&')}`
}

/** Whether the address itself says by a token from where on changes are wanted. */
export function namesStart(url: string): boolean {
  return /[?&](?:(?:\$|%24)deltatoken|token)=|\(token=/iu.test(url)
}

const DELTA = /\/(?:microsoft\.graph\.)?delta(?:\([^/]*\))?$/iu

function fromNow(resource: string, serviceUrl: string): string[] {
  if (SHAREPOINT.test(resource)) return ['token=latest']
  return isDirectorySet(resource, serviceUrl) ? ['$deltatoken=latest'] : []
}

/** Items of drives and of lists, and sites. */
const SHAREPOINT =
  /\/(?:drive|drives\/[^/]+)\/(?:root|items\/[^/]+)(?::[^?]*:)?(?:\/|$)|\/lists\/[^/]+\/items$|\/sites$/iu
