import { tenantDomain, tenantId } from '../contoso/tenant'
import { EntraError } from './entra-errors'

export type EndpointVersion = 1 | 2
export type Endpoint =
  'authorize' | 'token' | 'devicecode' | 'logout' | 'keys' | 'configuration' | 'adminconsent' | 'identity'

export interface EntraRoute {
  /** As the client wrote it: a code must be redeemed at the tenant that issued it. */
  readonly tenant: string
  readonly endpoint: Endpoint
  readonly version: EndpointVersion
}

const endpoints: ReadonlyMap<string, readonly [Endpoint, EndpointVersion]> = new Map([
  ['oauth2/v2.0/authorize', ['authorize', 2]],
  ['oauth2/v2.0/token', ['token', 2]],
  ['oauth2/v2.0/devicecode', ['devicecode', 2]],
  ['oauth2/v2.0/logout', ['logout', 2]],
  ['oauth2/authorize', ['authorize', 1]],
  ['oauth2/token', ['token', 1]],
  ['oauth2/devicecode', ['devicecode', 1]],
  ['discovery/v2.0/keys', ['keys', 2]],
  ['discovery/keys', ['keys', 1]],
  ['v2.0/.well-known/openid-configuration', ['configuration', 2]],
  ['v2.0/adminconsent', ['adminconsent', 2]],
  ['adminconsent', ['adminconsent', 1]],
])

export function entraRoute(pathname: string): EntraRoute | undefined {
  const [, tenant, rest] = /^\/([^/]+)\/(.+)$/.exec(pathname) ?? []
  const found = rest === undefined ? undefined : endpoints.get(rest)
  if (tenant === undefined || found === undefined) return undefined
  return { tenant: decodeURIComponent(tenant), endpoint: found[0], version: found[1] }
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * The tenant that a path names: this one by its id or domain (both the same to Entra), or one of the
 * authorities of several tenants. Another tenant does not exist here.
 */
export function resolveTenant(segment: string): 'contoso' | 'common' | 'organizations' {
  const name = segment.toLowerCase()
  if (name === tenantId || name === tenantDomain) return 'contoso'
  if (name === 'common' || name === 'organizations') return name
  if (name === 'consumers') {
    throw new EntraError(
      9002332,
      'invalid_request',
      'The application is configured for use by Azure Active Directory users only. Please do not use the /consumers endpoint to serve this request.',
    )
  }
  if (!guid.test(name) && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(name)) {
    throw new EntraError(
      900023,
      'invalid_request',
      `Specified tenant identifier '${segment}' is neither a valid DNS name, nor a valid external domain.`,
    )
  }
  throw new EntraError(
    90002,
    'invalid_request',
    `Tenant '${segment}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
  )
}

export const issuerOf = (origin: string): string => `${origin}/${tenantId}/v2.0`

/** Graph takes tokens of the older format; Entra's issuer of those is https://sts.windows.net/{tid}/. */
export const accessTokenIssuerOf = (origin: string): string => `${origin}/${tenantId}/`

export const deviceLoginPath = '/devicelogin'

/** The discovery document; oidc-provider's own knows nothing of Entra's paths. */
export function openIdConfiguration(origin: string, tenant: string): Record<string, unknown> {
  const contoso = resolveTenant(tenant) === 'contoso'
  const base = `${origin}/${tenant}`
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'code id_token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    // Entra leaves the placeholder in where the path does not name a tenant.
    issuer: contoso ? issuerOf(origin) : `${origin}/{tenantid}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    claims_supported: [
      'sub',
      'iss',
      'aud',
      'exp',
      'iat',
      'nonce',
      'preferred_username',
      'name',
      'tid',
      'oid',
    ],
  }
}
