import { LONGEST_PART } from '../odata/batch-format'
import { repeatOf, type HttpRequest } from './http'

export type BatchMode = 'auto' | 'on' | 'off'

/** Characters; Graph's front ends refuse longer ones with 414, most other servers at 8 kB. */
const LONGEST_URL = 7500

/** Segments that answer with something other than JSON, or that take work done elsewhere. */
const RAW = new Set(['$value', '$count', 'content', '$batch', '$metadata'])
const ELSEWHERE = new Set(['reports', 'search', 'workbook'])

/** Options that only a collection takes. */
const COLLECTION_OPTION =
  /[?&](?:\$|%24)?(?:top|skip|skiptoken|deltatoken|filter|orderby|search|count|apply|token)=/iu

/** What a request of a service that has JSON batching does about it. `must`: its URL is too long for servers. */
export type BatchFate = 'must' | 'may' | 'never'

/**
 * @param segments below the version, as `plainSegments` gives them.
 * @param within whether it is below the service URL: a batch reaches no further.
 */
export function batchFate(
  request: HttpRequest,
  segments: readonly string[],
  within: boolean,
  mode: BatchMode,
): BatchFate {
  const { method, url, headers, body } = request
  // Its own way of travelling ("bypassing URL length limitations"), whatever the mode and the version.
  if (method === 'GET' && url.length > LONGEST_URL && request.into === undefined) return 'must'
  if (request.anonymous === true || !within) return 'never'
  if (mode === 'off' || request.solo === true || request.into !== undefined) return 'never'
  if (mode === 'auto' && repeatOf(request) === 'once') return 'never'
  if (!isJsonOnly(headers, body) || leadsElsewhere(segments, method)) return 'never'
  return method === 'GET' && isCollection(segments, url) ? 'never' : 'may'
}

function isJsonOnly(headers: HttpRequest['headers'], body: HttpRequest['body']): boolean {
  if (/respond-async/iu.test(headers.get('prefer') ?? '')) return false
  if (headers.has('workbook-session-id') || headers.has('content-range') || headers.has('range')) return false
  if (!/json|\*\/\*/iu.test(headers.get('accept') ?? 'json')) return false
  if (body === undefined) return true
  const small = typeof body === 'string' && body.length <= LONGEST_PART
  return small && /json/iu.test(headers.get('content-type') ?? 'json') && isJson(body)
}

/** A body goes into a batch as the text it is: one that only says that it is JSON could break out of its part. */
function isJson(body: string): boolean {
  try {
    JSON.parse(body)
    return true
  } catch {
    return false
  }
}

function leadsElsewhere(segments: readonly string[], method: string): boolean {
  const last = segments.at(-1) ?? ''
  if (RAW.has(last) || segments.some((segment) => ELSEWHERE.has(segment))) return true
  return method === 'POST' && segments.length === 1 && last === 'subscriptions'
}

/** Graph's singletons, and navigation properties that lead to one item: what does not take a key behind it. */
const SINGLE = new Set([
  'me',
  'admin',
  'organization',
  'manager',
  'drive',
  'root',
  'photo',
  'calendar',
  'mailboxsettings',
  'presence',
  'planner',
  'onenote',
  'todo',
  'outlook',
  'settings',
  'insights',
  'inferenceclassification',
  'team',
  'primarychannel',
  'filesfolder',
  'thumbnailset',
  'listitem',
  'fields',
  'list',
  'parent',
  'sponsor',
])

/**
 * Whether a GET is for many rows: those travel alone, because a batch answers with its slowest part. A guess by the
 * path's shape: sets take keys. A wrong one costs time and nothing else.
 */
export function isCollection(segments: readonly string[], url: string): boolean {
  if (
    COLLECTION_OPTION.test(url) ||
    segments.some((segment) => /^(?:microsoft\.graph\.)?delta\b/u.test(segment))
  ) {
    return true
  }
  let set = false
  for (const segment of segments) {
    // `users('id')`, `root:/path:`, a cast or a function: what it gives is not told by its shape.
    if (set) set = false
    else set = !SINGLE.has(segment) && !/[(:]/u.test(segment)
  }
  return set
}
