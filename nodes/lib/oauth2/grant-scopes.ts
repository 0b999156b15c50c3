import type { GrantType } from '../connection-settings'

/** OpenID Connect's own: they are about the user and belong to no resource. */
export const OPEN_ID_SCOPES: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'offline_access'])

/** What a user's sign-in asks for besides permissions: who it is, and a refresh token. */
export const SIGN_IN_SCOPES: readonly string[] = ['openid', 'profile', 'offline_access']

/** Whether a person signs in, so that there is a refresh token to keep. */
export function isUserGrant(grantType: GrantType): boolean {
  return grantType === 'authorization_code' || grantType === 'device_code'
}

/** Whether the token is a user's, whoever enters the password: it then holds delegated permissions. */
export function actsForUser(grantType: GrantType): boolean {
  return isUserGrant(grantType) || grantType === 'password'
}

/**
 * Entra, "Scopes and permissions": `.default` stands for what was consented to; `offline_access` buys the
 * refresh token. An application can ask for `.default` only.
 */
export function defaultScope(grantType: GrantType, resource: string): string {
  if (grantType === 'none') return ''
  const all = `${resource}/.default`
  return actsForUser(grantType) ? [...SIGN_IN_SCOPES, all].join(' ') : all
}
