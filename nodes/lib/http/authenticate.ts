import type { AccessToken, TokenSource } from '../oauth2/token-source'
import { parsedUrl } from '../parsed-url'
import { claimsChallenge } from './bearer-challenge'
import type { HttpRequest, HttpResponse, Policy, Send } from './http'

/**
 * For so long a token that was refused although it was new is not replaced again: another would be refused, too, and
 * Entra ends the sign-in of who asks for token after token (AADSTS50196).
 */
const HOPELESS = 30_000

/**
 * Adds the bearer token to requests for the service's own origin, and to nothing else. A token that the
 * service refuses is dropped and the request repeated once with another: a 401 says that nothing was done.
 */
export function authenticate(tokens: TokenSource, serviceOrigin: string, now = Date.now): Policy {
  let hopeless: { readonly value: string; readonly until: number } | undefined
  /** The last token that was not refused, and the one after which a second chance was taken. */
  let accepted: string | undefined
  let chanceAfter: string | undefined
  const isHopeless = ({ value }: AccessToken): boolean => {
    if (hopeless?.value !== value || now() >= hopeless.until) return false
    // The service takes tokens, but this one from nobody: two in a row may have been revoked.
    if (accepted === value || accepted === chanceAfter) return true
    chanceAfter = accepted
    return false
  }
  return {
    name: 'authenticate',
    send: async (request, next) => {
      if (request.anonymous === true || parsedUrl(request.url).origin !== serviceOrigin) return next(request)
      const token = await tokens.get(request.signal)
      const response = await withToken(request, token, next)
      const claims = claimsChallenge(response.headers.get('www-authenticate'))
      if (response.status !== 401 && !(response.status === 403 && claims !== undefined)) {
        accepted = token.value
        return response
      }
      if (claims === undefined && isHopeless(token)) return response
      tokens.reject(token, claims)
      const another = await tokens.get(request.signal)
      const second = await withToken(request, another, next)
      if (second.status === 401) hopeless = { value: another.value, until: now() + HOPELESS }
      else accepted = another.value
      return second
    },
  }
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
