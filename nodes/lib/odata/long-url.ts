import type { HttpRequest, HttpResponse, Policy } from '../http/http'
import { Problem } from '../problem'
import { parseJson } from './json'

/** Characters; Graph's front ends refuse longer ones with 414, most other servers at 8 kB. */
const LONGEST_URL = 7500

/**
 * A GET whose URL is too long for servers travels inside a batch of one (Graph, "JSON batching": "bypassing URL
 * length limitations"), and comes out as if it had been sent by itself.
 */
export function sendLongUrlsInBatch(serviceUrl: string): Policy {
  const origin = new URL(serviceUrl).origin
  return {
    name: 'longUrl',
    send: async (request, next) => {
      if (request.method !== 'GET' || request.url.length <= LONGEST_URL) return next(request)
      const version = /^(\/[^/]+)(\/[^]*)$/u.exec(request.url.slice(origin.length))
      if (!request.url.startsWith(`${origin}/`) || version === null) return next(request)
      const [, root = '', target = ''] = version
      return unwrap(await next(wrap(request, origin + root, target)), request.url)
    },
  }
}

function wrap(request: HttpRequest, root: string, target: string): HttpRequest {
  const inner = Object.fromEntries([...request.headers].filter(([name]) => name !== 'user-agent'))
  return {
    ...request,
    method: 'POST',
    url: `${root}/$batch`,
    headers: new Map([...request.headers, ['content-type', 'application/json']]),
    body: JSON.stringify({ requests: [{ id: '1', method: 'GET', url: target, headers: inner }] }),
  }
}

function unwrap(batch: HttpResponse, url: string): HttpResponse {
  if (batch.status !== 200) return { ...batch, url }
  const part = onlyPart(parseJson(batch.body))
  if (part === undefined) throw new Problem('notJson', { status: batch.status, host: new URL(url).host })
  const headers = Object.entries(part.headers ?? {}).map(
    ([name, value]) => [name.toLowerCase(), String(value)] as const,
  )
  const id = batch.headers.get('request-id')
  return {
    status: part.status,
    headers: new Map([
      ['content-type', 'application/json'],
      ...(id === undefined ? [] : [['request-id', id] as const]),
      ...headers,
    ]),
    body: Buffer.from(part.body === undefined ? '' : JSON.stringify(part.body)),
    url,
  }
}

interface Part {
  readonly status: number
  readonly headers?: Record<string, unknown>
  readonly body?: unknown
}

function onlyPart(body: unknown): Part | undefined {
  if (typeof body !== 'object' || body === null || !('responses' in body) || !Array.isArray(body.responses)) {
    return undefined
  }
  const [part] = body.responses as Part[]
  return typeof part?.status === 'number' ? part : undefined
}
