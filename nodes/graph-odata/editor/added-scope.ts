import { OPEN_ID_SCOPES, SIGN_IN_SCOPES } from '../../lib/oauth2/grant-scopes.js'

export interface ScopeQuestion {
  /** The connection's own; blank is its default, all that was granted. */
  readonly scope: string
  /** The service's origin, which permissions are of. */
  readonly resource: string
  /** What the token has now. */
  readonly held: readonly string[]
}

/**
 * A user's scope with one permission more. `.default` cannot stand beside single permissions (Entra, "Scopes and
 * permissions"), so it is replaced by what the token has by now.
 */
export function scopeWith(permission: string, { scope, resource, held }: ScopeQuestion): string {
  const listed = scope.split(/\s+/u).filter((item) => item !== '')
  const standard =
    listed.length === 0 || listed.some((item) => item.endsWith('/.default') || item === '.default')
  const full = (name: string): string => `${resource}/${name}`
  const base = standard
    ? [...SIGN_IN_SCOPES, ...held.filter((name) => !OPEN_ID_SCOPES.has(name)).map(full)]
    : listed
  const bare = !standard && base.some((item) => !OPEN_ID_SCOPES.has(item) && !item.includes('/'))
  const added = bare ? permission : full(permission)
  return base.includes(added) ? base.join(' ') : [...base, added].join(' ')
}
