import { randomUUID } from 'node:crypto'
import { SignJWT, decodeJwt, importJWK, type JWK, type JWTPayload } from 'jose'
import type { Context, Provider } from 'oidc-provider'
import { accessTokenIssuerOf, deviceLoginPath, resolveTenant } from './entra-paths'
import { demandedContexts } from './claims'
import { EntraError, errorBody, translate } from './entra-errors'
import type { Exchange } from './exchange'
import { describeFailure } from './http'
import { offline, openIdScopes } from './permissions'
import type { ProviderParts } from './provider'

/** Turns oidc-provider's answers into Entra's. */
export function shapeAnswers(provider: Provider, parts: ProviderParts, key: JWK): void {
  const remember = (ctx: Context, error: NonNullable<Exchange['failure']>): void => {
    const exchange = parts.exchanges.get(ctx.req)
    if (exchange) exchange.failure = error
  }
  provider.on('grant.error', remember)
  provider.on('device_authorization.error', remember)
  provider.on('server_error', (ctx, error) => {
    process.stderr.write(`sign-in service: ${ctx.path}: ${describeFailure(error)}\n`)
  })
  provider.on('authorization.success', (ctx, answer) => signedIn(ctx, answer, parts))
  provider.use(async (ctx, next) => {
    await next()
    const exchange = parts.exchanges.get(ctx.req)
    if (exchange?.endpoint === 'token') await shapeTokens(ctx, exchange, parts, key)
    else if (exchange?.endpoint === 'devicecode') shapeDeviceCode(ctx, exchange, parts)
    else if (exchange?.endpoint === 'identity') shapeIdentity(ctx, exchange, parts)
    else shapeBrowser(ctx)
    if (exchange !== undefined) parts.control.issued(ctx.body)
  })
}

function signedIn(ctx: Context, answer: Record<string, unknown> | undefined, parts: ProviderParts): void {
  // A finished device code says nothing to the browser.
  if (answer === undefined) return
  const entry = parts.store.entries('AuthorizationCode').get(String(answer['code']))
  if (entry) {
    entry.payload['tenant'] = resolveTenant(ctx.oidc.params['entra_tenant'] ?? '')
    entry.payload['acrs'] = demandedContexts(ctx.oidc.params['entra_claims'])
  }
  answer['iss'] = parts.control.authorizationResponseIssuer
  answer['session_state'] = randomUUID()
}

function fail(ctx: Context, exchange: Exchange, origin: string): void {
  const { failure } = exchange
  const error =
    failure instanceof EntraError
      ? failure
      : translate(
          failure?.error ?? 'server_error',
          `${failure?.error_detail ?? ''} ${failure?.error_description ?? ''}`,
        )
  ctx.status = error.statusCode
  ctx.body = errorBody(error, origin)
}

async function shapeTokens(ctx: Context, exchange: Exchange, parts: ProviderParts, key: JWK): Promise<void> {
  if (ctx.status !== 200) {
    fail(ctx, exchange, parts.origin)
    return
  }
  const { scope, expires_in: lifetime, id_token: idToken, ...rest } = ctx.body as Record<string, unknown>
  const granted = (typeof scope === 'string' ? scope : '')
    .split(' ')
    .filter((name) => name !== '' && name !== offline)
  const seconds = Number(lifetime)
  if (exchange.version === 2) {
    const prefixed = granted.map((name) => (isOpenId(name) ? name : `${parts.resource}/${name}`))
    ctx.body = {
      ...rest,
      ...(prefixed.length > 0 ? { scope: prefixed.join(' ') } : {}),
      expires_in: seconds,
      ext_expires_in: seconds,
      ...(idToken === undefined ? {} : { id_token: idToken }),
    }
    return
  }
  // V1: numbers as strings, the resource echoed (v1-protocols-oauth-code.md).
  const now = Math.floor(Date.now() / 1000)
  ctx.body = {
    ...rest,
    ...(granted.length > 0 ? { scope: granted.filter((name) => !isOpenId(name)).join(' ') } : {}),
    expires_in: String(seconds),
    ext_expires_in: String(seconds),
    expires_on: String(now + seconds),
    not_before: String(now),
    resource: exchange.resource,
    ...(typeof idToken === 'string' ? { id_token: await asVersion1(idToken, parts.origin, key) } : {}),
  }
}

function isOpenId(scope: string): boolean {
  return openIdScopes.some((name) => name === scope)
}

/** The older endpoint's id_token has the older issuer. */
async function asVersion1(idToken: string, origin: string, key: JWK): Promise<string> {
  const claims: JWTPayload = { ...decodeJwt(idToken), iss: accessTokenIssuerOf(origin), ver: '1.0' }
  const { kid } = key
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(typeof kid === 'string' ? { kid } : {}) })
    .sign(await importJWK(key, 'RS256'))
}

function shapeDeviceCode(ctx: Context, exchange: Exchange, parts: ProviderParts): void {
  if (ctx.status !== 200) {
    fail(ctx, exchange, parts.origin)
    return
  }
  const {
    user_code: code,
    device_code: deviceCode,
    expires_in: lifetime,
  } = ctx.body as Record<string, unknown>
  const uri = `${parts.origin}${deviceLoginPath}`
  const sentence = `To sign in, use a web browser to open the page ${uri} and enter the code ${String(code)} to authenticate.`
  if (exchange.version === 1) {
    // The older endpoint: another name for the address, numbers as strings.
    ctx.body = {
      user_code: code,
      device_code: deviceCode,
      verification_url: uri,
      expires_in: String(lifetime),
      interval: String(parts.control.deviceCodeInterval),
      message: sentence,
    }
    return
  }
  // No verification_uri_complete (v2-oauth2-device-code.md).
  ctx.body = {
    user_code: code,
    device_code: deviceCode,
    verification_uri: uri,
    expires_in: lifetime,
    interval: parts.control.deviceCodeInterval,
    message: sentence,
  }
}

/** As the machine's own token services answer (how-to-use-vm-token.md; App Service, overview-managed-identity.md). */
function shapeIdentity(ctx: Context, exchange: Exchange, parts: ProviderParts): void {
  if (ctx.status !== 200) {
    fail(ctx, exchange, parts.origin)
    return
  }
  const { access_token: token, expires_in: lifetime } = ctx.body as Record<string, unknown>
  const now = Math.floor(Date.now() / 1000)
  const common = {
    access_token: token,
    client_id: exchange.clientId,
    expires_on: String(now + Number(lifetime)),
    resource: exchange.resource,
    token_type: 'Bearer',
  }
  ctx.body =
    exchange.identityShape === 'appService'
      ? common
      : {
          ...common,
          refresh_token: '',
          expires_in: String(lifetime),
          ext_expires_in: String(lifetime),
          not_before: String(now),
        }
}

/** Errors that oidc-provider worded itself get a number. */
function shapeBrowser(ctx: Context): void {
  const location = ctx.response.get('location') ?? ''
  if (location.includes('error=') && !location.includes('AADSTS')) ctx.set('location', numbered(location))
}

function numbered(location: string): string {
  const url = new URL(location)
  const params = url.hash === '' ? url.searchParams : new URLSearchParams(url.hash.slice(1))
  const error = params.get('error') ?? ''
  const text = `The authentication service request isn't valid: ${params.get('error_description') ?? ''}.`
  params.set('error_description', new EntraError(90023, error, text).error_description)
  params.delete('iss')
  if (url.hash !== '') url.hash = params.toString()
  return url.href
}
