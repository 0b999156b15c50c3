/** The ways of signing in that the dialog offers, and what each needs. A further one is one more entry. */
export interface Grant {
  readonly value: string
  /** Rows of the dialog, by their `data-row`. */
  readonly rows: readonly string[]
  /** How the client proves itself; where there is only one way, the choice is not shown. */
  readonly authentication: readonly string[]
  /** A person signs in through the dialog. */
  readonly interactive: boolean
}

const ENDPOINTS = ['tokenUrl', 'endpointVersion', 'scope', 'resource']

export const GRANTS: readonly Grant[] = [
  {
    value: 'authorization_code',
    rows: ['tenant', 'clientId', 'callback', 'authorizeUrl', ...ENDPOINTS, 'redirectUrl', 'state'],
    authentication: ['secret', 'none'],
    interactive: true,
  },
  {
    value: 'client_credentials',
    rows: ['tenant', 'clientId', ...ENDPOINTS],
    authentication: ['secret'],
    interactive: false,
  },
  {
    value: 'password',
    rows: ['tenant', 'clientId', 'username', 'password', ...ENDPOINTS],
    authentication: ['secret', 'none'],
    interactive: false,
  },
  { value: 'none', rows: [], authentication: [], interactive: false },
]

const ALWAYS = ['name', 'cloud', 'grantType', 'serviceUrl', 'itemConvention', 'timeout', 'maxResponseSize']

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
  const rows = new Set([...ALWAYS, ...grant.rows])
  if (grant.value !== 'none') rows.add('account')
  if (grant.authentication.length > 1) rows.add('clientAuthentication')
  if (authenticationOf(grant, choice.clientAuthentication) === 'secret') rows.add('clientSecret')
  // Version 1 of Entra's endpoints asks for a resource, version 2 for scopes.
  rows.delete(choice.endpointVersion === 'v1' ? 'scope' : 'resource')
  // Outside Entra there is neither a tenant nor a version of its endpoints.
  if (choice.cloud === 'custom') rows.delete('tenant')
  return rows
}

/** The chosen way to prove the client, or the grant's first where it does not offer that one. */
export function authenticationOf(grant: Grant, chosen: string): string {
  return grant.authentication.includes(chosen) ? chosen : (grant.authentication[0] ?? '')
}
