import { isRecord, textAt } from '../records'
import { jwtClaims } from './jwt-claims'
import type { HeldToken } from './token-life'

/**
 * What a token allows, as far as it can be known: Entra's tokens say `scp` (delegated) or `roles` (application),
 * others the answer's `scope`. Only for show: an access token is opaque to its bearer, and a token that cannot be
 * read is no error.
 */
export function permissionsOf({ value, scope }: HeldToken): readonly string[] | undefined {
  const claims = jwtClaims(value)
  const roles = isRecord(claims) ? claims['roles'] : undefined
  if (Array.isArray(roles)) return roles.filter((role) => typeof role === 'string')
  const list = textAt(claims, 'scp') ?? scope
  return list?.split(' ').filter((item) => item !== '')
}

/** The application's name, where the token says it. */
export function appOf({ value }: HeldToken): string | undefined {
  return textAt(jwtClaims(value), 'app_displayname')
}

/** The directory's id. */
export function tenantOf({ value }: HeldToken): string | undefined {
  return textAt(jwtClaims(value), 'tid')
}
