import { randomUUID } from 'node:crypto'
import type { HttpRequest, HttpResponse } from '../http/http'
import { isPlainRecord } from '../records'
import { parseJson } from './json'

/** Graph, "Combine multiple HTTP requests using JSON batching": requests in one batch. */
export const MOST_PARTS = 20
/** Characters of a part's body, and of all parts together; a request to Graph may have 4 MB. */
export const LONGEST_PART = 1_000_000
export const LONGEST_BATCH = 3_500_000

/** What belongs to the connection or to the batch itself. */
const OUTER = new Set([
  'authorization',
  'host',
  'user-agent',
  'accept-encoding',
  'content-length',
  'connection',
])

/**
 * The batch that carries these requests, in their order. A body goes in as the text it is: no number in it changes.
 *
 * @param root service URL with version, e.g. `https://graph.microsoft.com/v1.0`.
 */
export function batchOf(
  parts: readonly HttpRequest[],
  root: string,
): Pick<HttpRequest, 'url' | 'headers' | 'body'> {
  const agent = parts[0]?.headers.get('user-agent')
  return {
    url: `${root}/$batch`,
    headers: new Map([
      ['accept', 'application/json'],
      ['content-type', 'application/json'],
      ['client-request-id', randomUUID()],
      ...(agent === undefined ? [] : [['user-agent', agent] as const]),
    ]),
    body: `{"requests":[${parts.map((part, index) => partText(part, index, root)).join(',')}]}`,
  }
}

function partText({ method, url, headers, body }: HttpRequest, index: number, root: string): string {
  const own = Object.fromEntries([...headers].filter(([name]) => !OUTER.has(name)))
  // An action without parameters needs a body all the same, and any body its type (same page).
  const content = body?.toString() ?? (method === 'POST' ? '{}' : '')
  if (content !== '') own['content-type'] ??= 'application/json'
  const head = JSON.stringify({ id: String(index + 1), method, url: url.slice(root.length), headers: own })
  return content === '' ? head : `${head.slice(0, -1)},"body":${content}}`
}

/**
 * The answers to the parts, in the order of the requests; undefined for a part that the service left out. Undefined
 * altogether where the answer is no batch's.
 */
export function readBatch(
  batch: HttpResponse,
  parts: readonly HttpRequest[],
): (HttpResponse | undefined)[] | undefined {
  let body: unknown
  try {
    body = parseJson(batch.body)
  } catch {
    return undefined
  }
  if (!isPlainRecord(body) || !Array.isArray(body['responses'])) return undefined
  const byId = new Map<string, unknown>(
    body['responses'].filter(isPlainRecord).map((response) => [plain(response['id']), response]),
  )
  return parts.map(({ url }, index) => partResponse(byId.get(String(index + 1)), batch, url))
}

function partResponse(part: unknown, batch: HttpResponse, url: string): HttpResponse | undefined {
  if (!isPlainRecord(part) || !isStatus(part['status'])) return undefined
  const own = isPlainRecord(part['headers']) ? Object.entries(part['headers']) : []
  const id = batch.headers.get('request-id')
  const headers = new Map([
    ['content-type', 'application/json'],
    ...(id === undefined ? [] : [['request-id', id] as const]),
    // Their case varies (same page).
    ...own.map(([name, value]) => [name.toLowerCase(), plain(value)] as const),
  ])
  return {
    status: part['status'],
    headers,
    body: bodyOf(part['body'], headers.get('content-type') ?? ''),
    url,
  }
}

/** Anything else is no answer, of which nobody knows whether it means success. */
function isStatus(status: unknown): status is number {
  return typeof status === 'number' && Number.isInteger(status) && status >= 200 && status <= 999
}

/** An object has no text: JSON may even give it a `toString` that is none. */
function plain(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}

/** What is not JSON comes as a text: as it is where its type is one, else in base64. */
function bodyOf(body: unknown, type: string): Buffer {
  // A null is how some services write that there is none; alone, a value that is null has no body either.
  if (body === undefined || body === null) return Buffer.alloc(0)
  if (typeof body === 'string' && !/json/iu.test(type)) {
    return Buffer.from(body, /^text\/|xml/iu.test(type) ? 'utf8' : 'base64')
  }
  return Buffer.from(JSON.stringify(body))
}
