import type { IncomingMessage } from 'node:http'
import type { RegisteredApp } from '../contoso/tenant'
import { demoPassword } from '../contoso/tenant'
import { accountByName } from './access-tokens'
import { authenticateClient, knownApp, presentedClient } from './client-authentication'
import { demandedContexts } from './claims'
import { EntraError, missing } from './entra-errors'
import { resolveTenant, type EntraRoute } from './entra-paths'
import type { Exchange } from './exchange'
import { parseScopes, type RequestedScopes } from './permissions'
import type { ProviderParts } from './provider'

export const deviceCodeGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** A token request that passed Entra's checks, in oidc-provider's terms. */
export interface Prepared {
  readonly form: URLSearchParams
  readonly exchange: Exchange
}

interface Request {
  readonly route: EntraRoute
  readonly form: URLSearchParams
  readonly app: RegisteredApp
  /** What the grant adds to the form for oidc-provider. */
  readonly fields: Record<string, string>
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name)
  if (!value) throw missing(name)
  return value
}

/** All that Entra checks before it looks at the grant itself. */
export async function prepareTokenRequest(
  req: IncomingMessage,
  route: EntraRoute,
  form: URLSearchParams,
  parts: ProviderParts,
): Promise<Prepared> {
  resolveTenant(route.tenant)
  const grantType = required(form, 'grant_type')
  const presented = presentedClient(form, req.headers.authorization)
  const app = knownApp(parts.clients, presented.clientId)
  if (req.headers.origin !== undefined) {
    throw new EntraError(
      9002326,
      'invalid_request',
      "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.",
    )
  }
  const resource = checkResource(route, form.get('resource') ?? undefined, parts.resource)
  const audiences = [
    `${parts.origin}/${route.tenant}/oauth2/v2.0/token`,
    `${parts.origin}/${route.tenant}/oauth2/token`,
  ]
  await authenticateClient(parts.clients, app, presented, audiences)
  const scope = form.get('scope')
  const scopes = route.version === 2 && scope ? parseScopes(scope, parts.resource) : undefined
  const acrs = contextsFor(grantType, form, parts)
  const request = { route, form, app, fields: {} as Record<string, string> }
  const more = prepareGrant(grantType, request, scopes, parts)
  return {
    form: new URLSearchParams({
      grant_type: grantType,
      client_id: app.clientId,
      client_secret: parts.clients.internalSecret,
      ...request.fields,
    }),
    exchange: { endpoint: 'token', tenant: route.tenant, version: route.version, resource, acrs, ...more },
  }
}

/** What the token will say of how its user signed in: by a code, what the sign-in page was told. */
function contextsFor(
  grantType: string,
  form: URLSearchParams,
  { store, control }: ProviderParts,
): readonly string[] {
  const claims = form.get('claims')
  const demanded = demandedContexts(claims)
  if (grantType === 'authorization_code') {
    const met = store.entries('AuthorizationCode').get(form.get('code') ?? '')?.payload['acrs']
    return Array.isArray(met) ? (met as string[]) : []
  }
  if (demanded.length > 0 && grantType === 'refresh_token' && control.stepUpBySignInOnly) {
    throw new EntraError(
      50076,
      'interaction_required',
      'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.',
      claims === null ? {} : { claims },
    )
  }
  return demanded
}

/** V2 takes no `resource`; V1 takes one, with or without a slash at its end. */
export function checkResource(route: EntraRoute, asked: string | undefined, resource: string): string {
  if (asked === undefined) return resource
  if (route.version === 2) {
    throw new EntraError(901002, 'invalid_request', "The 'resource' request parameter is not supported.")
  }
  if (asked.replace(/\/$/, '') === resource) return asked
  throw new EntraError(
    500011,
    'invalid_resource',
    `The resource principal named ${asked} was not found in the tenant named Contoso.`,
  )
}

function prepareGrant(
  grantType: string,
  request: Request,
  scopes: RequestedScopes | undefined,
  parts: ProviderParts,
): Partial<Exchange> {
  const copy = (name: string): void => {
    request.fields[name] = required(request.form, name)
  }
  switch (grantType) {
    case 'authorization_code':
      copy('code')
      copy('redirect_uri')
      if (request.form.get('code_verifier')) copy('code_verifier')
      checkTenantOfCode(request, parts)
      return {}
    case 'refresh_token':
      copy('refresh_token')
      return scopes === undefined ? {} : { scopes }
    case 'client_credentials':
      checkClientCredentials(request, parts)
      return {}
    case 'password':
      return password(request, scopes)
    case deviceCodeGrant:
      // The older endpoint's clients send it as `code`.
      request.fields['device_code'] =
        request.form.get('device_code') || (request.route.version === 1 ? required(request.form, 'code') : '')
      required(new URLSearchParams(request.fields), 'device_code')
      checkPace(request, parts)
      return {}
    default:
      throw new EntraError(
        70003,
        'unsupported_grant_type',
        `The app requested an unsupported grant type '${grantType}'.`,
      )
  }
}

/** Codes of /common are not for /{tenant} and the other way round (AADSTS700005). */
function checkTenantOfCode({ route, fields }: Request, parts: ProviderParts): void {
  const issuedFor = parts.store.entries('AuthorizationCode').get(fields['code'] ?? '')?.payload['tenant']
  if (issuedFor === undefined || issuedFor === resolveTenant(route.tenant)) return
  throw new EntraError(
    700005,
    'invalid_grant',
    'The provided Authorization Code is intended to use against other tenant, thus rejected. OAuth2 Authorization Code must be redeemed against same tenant it was acquired for (/common or /{tenant-ID} as appropriate).',
  )
}

function checkClientCredentials({ route, form, app }: Request, parts: ProviderParts): void {
  if (resolveTenant(route.tenant) !== 'contoso') {
    throw new EntraError(
      50059,
      'invalid_request',
      'No tenant-identifying information found in either the request or implied by any provided credentials.',
    )
  }
  if (parts.clients.isPublic(app)) {
    throw new EntraError(
      7000218,
      'invalid_client',
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
      { status: 401 },
    )
  }
  if (route.version === 1) {
    required(form, 'resource')
    return
  }
  const scope = required(form, 'scope')
  // "Single app roles in scope are not supported" (scopes-oidc.md).
  if (scope.trim() === `${parts.resource}/.default`) return
  throw new EntraError(
    1002012,
    'invalid_scope',
    `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
  )
}

function password({ route, form }: Request, scopes: RequestedScopes | undefined): Partial<Exchange> {
  if (resolveTenant(route.tenant) === 'common') {
    throw new EntraError(
      9001023,
      'invalid_request',
      'The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.',
    )
  }
  if (route.version === 1) required(form, 'resource')
  else required(form, 'scope')
  const name = required(form, 'username')
  const account = accountByName(name)
  if (account === undefined) {
    throw new EntraError(
      50034,
      'invalid_grant',
      `The user account ${name} does not exist in the Contoso directory. To sign into this application, the account must be added to the directory.`,
    )
  }
  if (required(form, 'password') !== demoPassword) {
    throw new EntraError(
      50126,
      'invalid_grant',
      'Error validating credentials due to invalid username or password.',
    )
  }
  return {
    account,
    scopes: scopes ?? { permissions: [], everything: true, openId: ['openid'], offline: true },
  }
}

/** `slow_down` (RFC 8628) for who polls faster than the interval that it was told. */
function checkPace({ fields }: Request, parts: ProviderParts): void {
  const payload = parts.store.entries('DeviceCode').get(fields['device_code'] ?? '')?.payload
  if (payload === undefined) return
  const last = payload['polledAt']
  payload['polledAt'] = Date.now()
  if (typeof last === 'number' && Date.now() - last < parts.control.deviceCodeInterval * 800) {
    throw new EntraError(70016, 'slow_down', 'OAuth 2.0 device flow error. Polling too frequently.')
  }
}
