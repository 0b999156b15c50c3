import { generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { JWK } from 'jose'
import type { Context, Provider, Token } from 'oidc-provider'
import { accessTokenClaims, accountById, idTokenClaims } from './access-tokens'
import type { Clients } from './clients'
import type { Consents } from './consents'
import type { SignInControl } from './control'
import { devicePages } from './device-pages'
import { accessTokenIssuerOf, issuerOf } from './entra-paths'
import { EntraError } from './entra-errors'
import type { Exchanges } from './exchange'
import { OwnGrants } from './grants'
import { showPage } from './http'
import { loadOidcProvider } from './load-oidc-provider'
import { errorPage } from './pages'
import { everything, internalScope, offline, openIdScopes, parseScopes, permissionsOf } from './permissions'
import { prompts } from './prompts'
import type { RefreshTokens } from './refresh-tokens'
import type { Store } from './store'

export interface ProviderParts {
  readonly origin: string
  readonly resource: string
  readonly control: SignInControl
  readonly clients: Clients
  readonly consents: Consents
  readonly refreshTokens: RefreshTokens
  readonly exchanges: Exchanges
  readonly store: Store
}

/** Internal addresses; Entra's are rewritten to them before oidc-provider sees a request. */
export const routes = {
  authorization: '/sign-in/authorize',
  token: '/sign-in/token',
  jwks: '/sign-in/keys',
  device_authorization: '/sign-in/devicecode',
  code_verification: '/devicelogin',
}

export const interactionPath = '/sign-in/interaction'

export async function signingKey(): Promise<JWK> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return {
    ...(privateKey.export({ format: 'jwk' }) as JWK),
    kid: randomBytes(16).toString('base64url'),
    alg: 'RS256',
    use: 'sig',
  }
}

const days = 24 * 3600

export function createProvider(parts: ProviderParts, key: JWK): Provider {
  const { Provider, interactionPolicy } = loadOidcProvider()
  const { control, clients, consents, resource, origin } = parts
  const resourceInfo = (scope: string): Record<string, unknown> => ({
    scope: [...openIdScopes, offline, scope].join(' '),
    audience: resource,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  })
  const accessTokenLifetime = (): number => control.accessTokenLifetime

  const provider = new Provider(issuerOf(origin), {
    adapter: (kind: string) => parts.store.adapter(kind),
    routes,
    jwks: { keys: [key] },
    // Cookies know no ports: without the port in the name two services on this machine would share them.
    cookies: {
      keys: [randomBytes(32).toString('base64url')],
      names: Object.fromEntries(
        ['session', 'interaction', 'resume'].map((name) => [name, `contoso-${name}-${new URL(origin).port}`]),
      ),
    },
    claims: { openid: Object.keys(idTokenClaims({ id: '', displayName: '', userPrincipalName: '' })) },
    clientAuthMethods: ['client_secret_post'],
    clientBasedCORS: () => false,
    conformIdTokenClaims: false,
    expiresWithSession: () => false,
    extraParams: {
      domain_hint: null,
      entra_claims: null,
      entra_version: null,
      entra_tenant: null,
      entra_error: throwError,
    },
    extraTokenClaims: () => undefined,
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true, charset: 'base-20', mask: '*********', ...devicePages },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx: Context) => {
          const { AuthorizationCode, DeviceCode } = ctx.oidc.entities
          return resourceInfo((AuthorizationCode ?? DeviceCode)?.scope ?? ctx.oidc.params['scope'] ?? '')
        },
      },
    },
    findAccount: (_ctx: Context, id: string) => {
      const account = accountById(id)
      return account && { accountId: id, claims: () => idTokenClaims(account) }
    },
    formats: {
      customizers: {
        jwt: (
          ctx: Context,
          token: Token,
          jwt: { header?: unknown; payload: Record<'aud' | 'iat' | 'exp', unknown> },
        ) => {
          jwt.header = { typ: 'JWT' }
          const acrs = parts.exchanges.get(ctx.req)?.acrs ?? []
          const payload = accessTokenClaims(token, jwt.payload, accessTokenIssuerOf(origin), clients)
          Object.assign(jwt, { payload: acrs.length === 0 ? payload : { ...payload, acrs } })
        },
      },
    },
    interactions: {
      policy: prompts(interactionPolicy, consents),
      url: (_ctx: Context, interaction: { uid: string }) => `${interactionPath}/${interaction.uid}`,
    },
    issueRefreshToken: (ctx: Context, _client: unknown, source: { scopes: Set<string> }) =>
      // The older endpoint knows no offline_access and always gives one.
      parts.exchanges.get(ctx.req)?.version === 1 || source.scopes.has(offline),
    loadExistingGrant: async (ctx: Context) => {
      const accountId = ctx.oidc.session.accountId ?? ''
      const granted = [...consents.granted(ctx.oidc.client.clientId, accountId)]
      widen(ctx, granted)
      const grant = new provider.Grant({ accountId, clientId: ctx.oidc.client.clientId })
      grant.addOIDCScope(openIdScopes.join(' '))
      grant.addResourceScope(resource, [...openIdScopes, offline, ...granted].join(' '))
      await grant.save()
      return grant
    },
    pkce: { required: () => false },
    renderError: (ctx: Context, out: { error: string; error_description?: string }) => {
      showPage(ctx, errorPage('Sign-in did not work', out.error_description ?? out.error))
    },
    responseTypes: ['code', 'code id_token'],
    scopes: [...openIdScopes],
    ttl: {
      AccessToken: accessTokenLifetime,
      ClientCredentials: accessTokenLifetime,
      AuthorizationCode: () => control.authorizationCodeLifetime,
      DeviceCode: () => control.deviceCodeLifetime,
      IdToken: 3600,
      // 90 days of inactivity (refresh-tokens.md).
      RefreshToken: 90 * days,
      Grant: 90 * days,
      Interaction: 3600,
      Session: days,
    },
  })
  provider.Client.prototype.redirectUriAllowed = function redirectUriAllowed(uri) {
    return clients.redirectUriAllowed(this.clientId, uri)
  }
  void new OwnGrants(provider, { ...parts, resourceInfo })
  return provider
}

/** `.default` becomes what was granted, now that it is known to whom. */
function widen(ctx: Context, granted: readonly string[]): void {
  const names = (ctx.oidc.params['scope'] ?? '').split(' ')
  if (!names.includes(everything)) return
  const old = new Set(permissionsOf(ctx.oidc.params['scope']))
  ctx.oidc.params['scope'] = [...names.filter((name) => !old.has(name)), ...granted].join(' ')
}

/** A refusal found before oidc-provider saw the request; thrown here it goes to the redirect URI. */
function throwError(_ctx: Context, value: string | undefined): void {
  if (value === undefined) return
  const { code, error, text } = JSON.parse(value) as EntraError
  throw new EntraError(code, error, text)
}

/** Scope text of a client in the service's own names. */
export function ownScope(text: string, resource: string, version: 1 | 2): string {
  // "On v1 `scope` is ignored": the resource's granted permissions it is, and always a refresh token.
  if (version === 1) return `openid ${offline} ${everything}`
  return internalScope(parseScopes(text, resource))
}
