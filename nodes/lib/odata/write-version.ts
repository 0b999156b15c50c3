import { decodedText } from '../decoded-text.js'
import { isPlainRecord } from '../records.js'
import { withoutQuery } from '../split-query.js'

/** What is known of the version of the item that is to be written. */
export interface KnownVersion {
  /** `If-Match` as the user has it, '' where there is none; `*` is any version. */
  readonly ifMatch: string
  /** What `msg.graph` says: the address that was asked last, and the version that was told. */
  readonly seen: { readonly url: string; readonly etag: string | undefined } | undefined
  readonly body: unknown
}

/**
 * The version that a change is meant for, '' where none is known. First what the user has entered; then `msg.graph`,
 * where it is about this very item (also without a version: that of the payload was written over by then); then what
 * the payload says of itself.
 */
export function versionOf({ ifMatch, seen, body }: KnownVersion, url: string): string {
  if (ifMatch !== '') return ifMatch
  if (seen !== undefined && isSameResource(seen.url, url)) return seen.etag ?? ''
  const etag = isPlainRecord(body) ? body['@odata.etag'] : undefined
  return typeof etag === 'string' ? etag : ''
}

/** `users('a')` and `users/a` are the same; the query does not matter. */
function isSameResource(one: string, other: string): boolean {
  return resourceOf(one) === resourceOf(other)
}

function resourceOf(url: string): string {
  return decodedText(withoutQuery(url).replace(/\('([^']*)'\)/gu, '/$1'))
}

/** Planner refuses every change without a version (Graph, "Planner resource versioning"). */
export function needsVersion(path: string, method: string): boolean {
  return /^planner\//iu.test(path) && ['PATCH', 'PUT', 'DELETE'].includes(method)
}
