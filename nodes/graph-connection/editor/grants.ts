import type { GrantType } from '../../lib/connection-settings'
import { isVariable } from '../../shared/editor/red.js'

/** Who signs in, and how: what the dialog does about it. */
export type SignInWay = 'browser' | 'device' | 'none'

/** The ways of signing in that the dialog offers, and what each needs. A further one is one more entry. */
export interface Grant {
  readonly value: GrantType
  /** Rows of the dialog, by their `data-row`. */
  readonly rows: readonly string[]
  /** How the client may prove itself; the first is the usual one. Where there is only one, no choice is shown. */
  readonly authentication: readonly string[]
  readonly signIn: SignInWay
}

const ENDPOINTS = ['tokenUrl', 'endpointVersion', 'scope', 'resource']
const CLIENT = ['tenant', 'clientId', 'tenants', ...ENDPOINTS]
const PROOFS = ['secret', 'certificate', 'federated']

export const GRANTS: readonly Grant[] = [
  {
    value: 'authorization_code',
    rows: [...CLIENT, 'callback', 'authorizeUrl', 'redirectUrl', 'state'],
    authentication: [...PROOFS, 'none'],
    signIn: 'browser',
  },
  {
    value: 'device_code',
    rows: [...CLIENT, 'deviceCodeUrl'],
    authentication: ['none', ...PROOFS],
    signIn: 'device',
  },
  { value: 'client_credentials', rows: CLIENT, authentication: PROOFS, signIn: 'none' },
  { value: 'managed_identity', rows: ['clientId', 'resource'], authentication: [], signIn: 'none' },
  {
    value: 'password',
    rows: [...CLIENT, 'username', 'password'],
    authentication: [...PROOFS, 'none'],
    signIn: 'none',
  },
  { value: 'none', rows: [], authentication: [], signIn: 'none' },
]

const ALWAYS = [
  'name',
  'cloud',
  'grantType',
  'account',
  'serviceUrl',
  'itemConvention',
  'timeout',
  'maxRetries',
  'concurrency',
  'batch',
  'maxResponseSize',
  'proxy',
  'tls',
]

/** What each kind of credential is entered by. */
export const CREDENTIAL_ROWS: Readonly<Record<string, readonly string[]>> = {
  secret: ['clientSecret'],
  certificate: ['certificate', 'passphrase'],
  federated: ['federatedTokenFile'],
}

export function grantOf(value: string): Grant {
  const grant = GRANTS.find((entry) => entry.value === value) ?? GRANTS[0]
  if (grant === undefined) throw new RangeError('There is no grant')
  return grant
}

export interface GrantChoice {
  readonly cloud: string
  readonly grantType: string
  readonly clientAuthentication: string
  readonly endpointVersion: string
}

/** The rows that this choice needs; all others stay hidden. */
export function visibleRows(choice: GrantChoice): Set<string> {
  const grant = grantOf(choice.grantType)
  const credential = authenticationOf(grant, choice.clientAuthentication)
  const grantRows = isVariable(choice.grantType) ? GRANTS.flatMap(({ rows }) => rows) : grant.rows
  const proofRows = isVariable(credential)
    ? Object.values(CREDENTIAL_ROWS).flat()
    : (CREDENTIAL_ROWS[credential] ?? [])
  const rows = new Set([...ALWAYS, ...grantRows, ...proofRows])
  if (grant.authentication.length > 1) rows.add('clientAuthentication')
  // Version 1 of Entra's endpoints asks for a resource, version 2 for scopes; a managed identity has no versions.
  if (rows.has('endpointVersion') && !isVariable(choice.endpointVersion)) {
    rows.delete(choice.endpointVersion === 'v1' ? 'scope' : 'resource')
  }
  return rows
}

/** The chosen way to prove the client, or the grant's first where it does not offer that one. */
export function authenticationOf(grant: Grant, chosen: string): string {
  return grant.authentication.includes(chosen) || isVariable(chosen)
    ? chosen
    : (grant.authentication[0] ?? '')
}

/** Only Entra's own paths tell where its page for administrators is; the runtime derives it from them. */
export function hasAdminConsent(choice: GrantChoice, authorizeUrl: string): boolean {
  if (!grantOf(choice.grantType).rows.includes('tenant')) return false
  return choice.cloud !== 'custom' || /\/oauth2(?:\/v2\.0)?\/authorize$/u.test(authorizeUrl.trim())
}
