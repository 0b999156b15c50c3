import type { ConnectionSettings } from '../connection-settings'
import { Problem } from '../problem'
import { isRecord, textAt } from '../records'
import { isEntraHost } from './clouds'
import { jwtClaims } from './jwt-claims'
import type { Account } from './token-store'

const CLOCK_SKEW = 5 * 60_000
const DIRECTORY_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu

export interface IdTokenChecks {
  readonly settings: ConnectionSettings
  /** Undefined where none could be sent. */
  readonly nonce: string | undefined
  /** The `iss` that came with the code, if one did. */
  readonly issuer: string | undefined
  readonly now: number
}

/**
 * Who signed in, by the claims of the id_token (OpenID Connect Core, 3.1.3.7). Its signature need not be
 * checked: it came from the token endpoint itself over TLS, not through the browser (rule 6 there).
 * @throws Problem where it is not meant for this sign-in.
 */
export function readIdToken(idToken: string, checks: IdTokenChecks): Account {
  const claims = jwtClaims(idToken)
  if (claims === undefined) throw new Problem('idTokenRefused', { claim: 'format' })
  const wrong = wrongClaim(claims, checks)
  if (wrong !== undefined) throw new Problem('idTokenRefused', { claim: wrong })
  const text = (...names: string[]): string => names.map((name) => textAt(claims, name)).find(Boolean) ?? ''
  return {
    displayName: text('name'),
    username: text('preferred_username', 'upn', 'unique_name', 'email'),
    tenant: text('tid'),
    id: text('oid', 'sub'),
  }
}

/**
 * Whether an issuer can be that of the connection's sign-in service (RFC 9207, 2.4). Entra's are known. Of another
 * service only its addresses are, and its issuer may have another host; there the `iss` of code and id_token have
 * to agree.
 */
export function isIssuer(issuer: string, { authorizeUrl, tokenUrl }: ConnectionSettings): boolean {
  if (!URL.canParse(issuer)) return false
  // A device code needs no authorize URL.
  const hosts = [authorizeUrl, tokenUrl].filter((url) => url !== '').map((url) => new URL(url).host)
  return !hosts.some(isEntraHost) || isEntraHost(new URL(issuer).host)
}

function wrongClaim(claims: unknown, { settings, nonce, issuer, now }: IdTokenChecks): string | undefined {
  const iss = textAt(claims, 'iss') ?? ''
  const tid = textAt(claims, 'tid')
  if (!isIssuer(iss, settings) || (issuer !== undefined && issuer !== iss)) return 'iss'
  if (!isAudience(claims, settings.clientId)) return 'aud'
  if (nonce !== undefined && textAt(claims, 'nonce') !== nonce) return 'nonce'
  if (tid !== undefined && !iss.toLowerCase().includes(tid.toLowerCase())) return 'iss'
  if (isOtherTenant(tid, settings.tenant)) return 'tid'
  return isOver(claims, now) ? 'exp' : undefined
}

/** It was made for this very answer: `iat` is the service's own clock, which ours may differ from by hours. */
function isOver(claims: unknown, now: number): boolean {
  const [ends, made] = ['exp', 'iat'].map((name) => (isRecord(claims) ? claims[name] : undefined))
  const theirs = typeof made === 'number' ? made * 1000 : now
  return typeof ends !== 'number' || ends * 1000 + CLOCK_SKEW <= theirs
}

function isAudience(claims: unknown, clientId: string): boolean {
  const audience = isRecord(claims) ? claims['aud'] : undefined
  return Array.isArray(audience) ? audience.includes(clientId) : audience === clientId
}

/** A tenant may also be named by a domain or as `common`, which no claim repeats. */
function isOtherTenant(tid: string | undefined, tenant: string): boolean {
  return tid !== undefined && DIRECTORY_ID.test(tenant) && tid.toLowerCase() !== tenant.toLowerCase()
}
