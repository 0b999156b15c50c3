import type { AccessToken, TokenSource } from '../oauth2/token-source'
import { parsedUrl } from '../parsed-url'
import { claimsChallenge } from './bearer-challenge'
import type { HttpRequest, HttpResponse, Policy, Send } from './http'
import { RenewalLimit } from './renewal-limit'

/** Tokens that one request is tried with: under faults that revoke tokens the next one may be revoked, too. */
const MOST_TOKENS = 10

/**
 * Adds the bearer token to requests for the service's own origin, and to nothing else. A token that the service
 * refuses is dropped and the request repeated with another, as long as another may help: a 401 says that nothing was
 * done (docs/reliability.md, "Token requests").
 */
export function authenticate(tokens: TokenSource, serviceOrigin: string, now = Date.now): Policy {
  const limit = new RenewalLimit()
  return {
    name: 'authenticate',
    send: async (request, next) => {
      const { origin, pathname } = parsedUrl(request.url)
      if (request.anonymous === true || origin !== serviceOrigin) return next(request)
      const answered = new Set<string>()
      let token = await tokens.get(request.signal)
      for (let tries = 1; ; tries += 1) {
        const response = await withToken(request, token, next)
        const refusal = refusalIn(response)
        if (refusal === undefined && tries > 1 && response.status < 400) limit.helped(pathname, token.value)
        if (refusal === undefined || tries === MOST_TOKENS) return response
        const inUse = await tokens.get(request.signal)
        // Somebody else was refused with it, too, and has replaced it: that costs nothing and says nothing new.
        if (inUse.value !== token.value) {
          token = inUse
          continue
        }
        const { claims } = refusal
        if (tries > 1) limit.refused(pathname, token.value, now())
        // Who demands the same of the token that it had asked for will not be satisfied by another.
        const isAnswered = claims !== undefined && answered.has(claims)
        if (isAnswered || !limit.allows(pathname, claims, now())) return response
        if (claims !== undefined) answered.add(claims)
        tokens.reject(token, claims)
        token = await tokens.get(request.signal)
      }
    },
  }
}

/** What the service wants of another token, where it refused this one. */
function refusalIn({ status, headers }: HttpResponse): { readonly claims: string | undefined } | undefined {
  if (status !== 401 && status !== 403) return undefined
  const claims = claimsChallenge(headers.get('www-authenticate'))
  return status === 401 || claims !== undefined ? { claims } : undefined
}

async function withToken(request: HttpRequest, token: AccessToken, next: Send): Promise<HttpResponse> {
  const headers = new Map([...request.headers, ['authorization', `Bearer ${token.value}`]])
  const response = await next({ ...request, headers })
  return response.status >= 400 ? withoutEcho(response, token) : response
}

/** A service that complains about a request may quote its headers; an error is shown to people. */
function withoutEcho(response: HttpResponse, token: AccessToken): HttpResponse {
  if (!response.body.includes(token.value)) return response
  const body = response.body.toString('latin1').replaceAll(token.value, '***')
  return { ...response, body: Buffer.from(body, 'latin1') }
}
