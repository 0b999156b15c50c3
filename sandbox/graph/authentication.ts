import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { GraphError } from './errors'

/** Whom a token was issued to and what it permits. */
export interface Caller {
  /** Object id of the signed-in user; undefined for an application's own token. */
  readonly userId: string | undefined
  readonly userPrincipalName: string | undefined
  readonly permissions: ReadonlySet<string>
  readonly appId: string
  readonly tenantId: string
}

export interface Issuer {
  readonly issuer: string
  readonly jwksUrl: string
}

const challenge =
  'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"'

/** Verifies access tokens as Graph does: signature, audience, issuer and lifetime. */
export class Authentication {
  readonly #issuers = new Map<string, JWTVerifyGetKey>()
  // A client sends the same token with each request; verifying its signature each time would cost more
  // than serving a page does.
  readonly #verified = new Map<string, { caller: Caller; expires: number }>()

  constructor(
    readonly audience: string,
    /** `Authorization` headers that are refused. */
    readonly revoked: ReadonlySet<string>,
  ) {}

  trust({ issuer, jwksUrl }: Issuer): void {
    this.#issuers.set(issuer, createRemoteJWKSet(new URL(jwksUrl), { cooldownDuration: 1000 }))
  }

  async caller(authorization: string | undefined): Promise<Caller> {
    const token = /^Bearer\s+(.*)$/i.exec(authorization ?? '')?.[1]?.trim() ?? ''
    if (token === '') throw unauthorized('Access token is empty.')
    if (this.revoked.has(authorization ?? ''))
      throw unauthorized('Lifetime validation failed, the token is revoked.')
    const known = this.#verified.get(token)
    if (known !== undefined && known.expires > Date.now()) return known.caller
    this.#verified.delete(token)
    const claims = await this.#verify(token)
    const caller = callerOf(claims)
    if (this.#verified.size > 1000) this.#verified.clear()
    this.#verified.set(token, { caller, expires: (claims.exp ?? 0) * 1000 })
    return caller
  }

  async #verify(token: string): Promise<JWTPayload> {
    const key = this.#issuers.get(issuerOf(token))
    if (key === undefined) throw unauthorized('Access token validation failure. Invalid issuer.')
    try {
      const { payload } = await jwtVerify(token, key, { audience: this.audience, requiredClaims: ['exp'] })
      return payload
    } catch (error) {
      throw unauthorized(refusal(error))
    }
  }
}

function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? ''
  } catch {
    throw unauthorized('CompactToken parsing failed with error code: 80049217')
  }
}

function refusal(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'Lifetime validation failed, the token is expired.'
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud')
    return 'Access token validation failure. Invalid audience.'
  if (error instanceof errors.JWTClaimValidationFailed) return 'Access token validation failure.'
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
    return 'Signing key is invalid.'
  return 'CompactToken parsing failed with error code: 80049217'
}

function unauthorized(message: string): GraphError {
  return new GraphError(401, 'InvalidAuthenticationToken', message, { 'WWW-Authenticate': challenge })
}

/** A user's token says `scp`, an application's `roles`. */
function callerOf(claims: JWTPayload): Caller {
  const text = (name: string): string | undefined => {
    const value = claims[name]
    return typeof value === 'string' ? value : undefined
  }
  const app = { appId: text('appid') ?? text('azp') ?? '', tenantId: text('tid') ?? '' }
  const scopes = text('scp')
  if (scopes !== undefined) {
    return {
      ...app,
      userId: text('oid') ?? claims.sub,
      userPrincipalName: text('upn') ?? text('preferred_username'),
      permissions: new Set(scopes.split(' ')),
    }
  }
  const roles = Array.isArray(claims['roles']) ? claims['roles'].map(String) : []
  return { ...app, userId: undefined, userPrincipalName: undefined, permissions: new Set(roles) }
}
