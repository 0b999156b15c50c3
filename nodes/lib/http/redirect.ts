import { Problem } from '../problem'
import type { HttpRequest, HttpResponse, Policy } from './http'

const MAX_REDIRECTS = 5
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** The only ones that keep the method and body (RFC 9110, 15.4). */
const KEEPING = new Set([307, 308])

/**
 * Follows redirects: of reads all, of writes only those that keep them whole and on the same origin. Another origin is
 * asked with GET, `Accept` and `Range` alone (a download's pre-authenticated address needs no more, and must not learn
 * more), and never by http from https.
 */
export function followRedirects(): Policy {
  return {
    name: 'redirect',
    send: async (request, next) => {
      let current = request
      for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
        const response = await next(current)
        const target = redirectTarget(current, response)
        if (target === undefined) return response
        current = target
      }
      throw new Problem('tooManyRedirects', { limit: MAX_REDIRECTS })
    },
  }
}

function redirectTarget(request: HttpRequest, response: HttpResponse): HttpRequest | undefined {
  const location = response.headers.get('location')
  if (!REDIRECTS.has(response.status) || location === undefined) return undefined
  const read = request.method === 'GET' || request.method === 'HEAD'
  if (!read && !KEEPING.has(response.status)) return undefined
  const from = new URL(request.url)
  if (!URL.canParse(location, from)) throw new Problem('redirectInvalid', { status: response.status })
  const to = new URL(location, from)
  if (`${to.username}${to.password}` !== '') throw new Problem('redirectInvalid', { status: response.status })
  if (to.origin === from.origin) return { ...request, url: to.href }
  if (!read) return undefined
  const safe = to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:')
  if (!safe) throw new Problem('redirectInsecure', { host: to.host })
  return {
    ...request,
    method: 'GET',
    url: to.href,
    headers: onlyAcceptAndRange(request.headers),
    anonymous: true,
  }
}

function onlyAcceptAndRange(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...headers].filter(([name]) => name === 'accept' || name === 'range'))
}
