import { createHash } from 'node:crypto'
import type { RegisteredApp } from '../contoso/tenant'
import { knownApp } from './client-authentication'
import type { Clients } from './clients'
import { demandedContexts } from './claims'
import { EntraError, missing } from './entra-errors'
import { resolveTenant, type EntraRoute } from './entra-paths'
import { ownScope, routes, type ProviderParts } from './provider'
import { checkResource } from './token-endpoint'

/** What passes through to oidc-provider as it came; all else is ours or dropped, as Entra drops it. */
const passed = [
  'client_id',
  'redirect_uri',
  'response_type',
  'response_mode',
  'state',
  'nonce',
  'login_hint',
  'domain_hint',
]

/**
 * An authorize request of Entra's as oidc-provider's. What may not go to the redirect URI is thrown and
 * shown as a page: unknown tenant, unknown client, wrong redirect URI. Other errors travel on inside.
 */
export function prepareAuthorize(route: EntraRoute, query: URLSearchParams, parts: ProviderParts): string {
  resolveTenant(route.tenant)
  requestedApp(query, parts.clients)
  const internal = new URLSearchParams({ entra_tenant: route.tenant, entra_version: String(route.version) })
  for (const name of passed) {
    const value = query.get(name)
    if (value) internal.set(name, value)
  }
  const claims = query.get('claims')
  if (claims) internal.set('entra_claims', claims)
  // V1 asks for an administrator's consent by prompt.
  const prompt = query.get('prompt')?.replace('admin_consent', 'consent')
  if (prompt) internal.set('prompt', prompt)
  try {
    checkResource(route, query.get('resource') ?? undefined, parts.resource)
    const scope = query.get('scope')
    if (!scope && route.version === 2) throw missing('scope')
    internal.set('scope', ownScope(scope ?? '', parts.resource, route.version))
    if (!query.get('response_type')) throw missing('response_type')
    setChallenge(query, internal)
    demandedContexts(claims)
  } catch (error) {
    if (!(error instanceof EntraError)) throw error
    travelOn(error, internal)
  }
  return `${routes.authorization}?${internal}`
}

/** oidc-provider knows S256 alone; a plain challenge is the verifier, so its hash is the S256 one. */
function setChallenge(query: URLSearchParams, internal: URLSearchParams): void {
  const challenge = query.get('code_challenge')
  if (!challenge) return
  // "If the method is left out, plain is assumed" (v2-oauth2-auth-code-flow.md).
  const method = query.get('code_challenge_method') ?? 'plain'
  if ((method !== 'plain' && method !== 'S256') || !/^[\w.~-]{43,128}$/.test(challenge)) {
    throw new EntraError(501491, 'invalid_request', 'Invalid size or method of Code_Challenge parameter.')
  }
  const hashed = method === 'S256' ? challenge : createHash('sha256').update(challenge).digest('base64url')
  internal.set('code_challenge', hashed)
  internal.set('code_challenge_method', 'S256')
}

/** oidc-provider meets the error after its own checks and sends it in the response mode asked for. */
function travelOn(error: EntraError, internal: URLSearchParams): void {
  internal.set('entra_error', JSON.stringify({ code: error.code, error: error.error, text: error.text }))
  internal.set('scope', 'openid')
  if (!internal.has('response_type')) internal.set('response_type', 'code')
}

/** The app that sends the browser here, and the registered address to send it back to. */
export function requestedApp(
  query: URLSearchParams,
  clients: Clients,
): { app: RegisteredApp; redirectUri: string } {
  const clientId = query.get('client_id')
  if (!clientId) throw missing('client_id')
  const app = knownApp(clients, clientId)
  const redirectUri = query.get('redirect_uri')
  if (!redirectUri) throw missing('redirect_uri')
  if (clients.redirectUriAllowed(clientId, redirectUri)) return { app, redirectUri }
  throw new EntraError(
    50011,
    'invalid_request',
    `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application '${clientId}'. Make sure the redirect URI sent in the request matches one added to your application.`,
  )
}
