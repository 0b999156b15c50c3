import { EntraError } from './entra-errors'

/** Scopes of OpenID Connect: no permission on Graph, nothing to consent to here. */
export const openIdScopes = ['openid', 'profile', 'email'] as const

/**
 * `offline_access` by a name of our own: oidc-provider drops the real one unless prompt=consent, as
 * OpenID Connect says; Entra does not.
 */
export const offline = 'offline'

/** `.default` until it is known who signs in; then it stands for all that this user's app was granted. */
export const everything = 'everything'

/** What is asked for, without resource prefixes. */
export interface RequestedScopes {
  readonly permissions: readonly string[]
  /** `{resource}/.default`: whatever was granted. */
  readonly everything: boolean
  readonly openId: readonly string[]
  readonly offline: boolean
}

const verbs =
  'Read|Write|Manage|Send|Create|Delete|Add|Access|Invite|Export|Migrate|Use|Initiate|Join|Selected|FullControl'
const permissionName = new RegExp(`^[A-Z][A-Za-z-]+\\.(${verbs})[A-Za-z]*(\\.[A-Za-z-]+)*$`)

function invalidScope(scope: string): EntraError {
  return new EntraError(
    70011,
    'invalid_scope',
    `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid.`,
  )
}

/** One scope without its resource; a scope of another resource is none that this tenant has. */
function withoutResource(scope: string, resource: string): string {
  if (scope.startsWith(`${resource}/`)) return scope.slice(resource.length + 1)
  if (!scope.includes('://')) return scope
  throw new EntraError(
    500011,
    'invalid_resource',
    `The resource principal named ${scope.replace(/\/[^/]*$/, '')} was not found in the tenant named Contoso.`,
  )
}

export function parseScopes(text: string, resource: string): RequestedScopes {
  const names = new Set(
    text
      .split(/\s+/)
      .filter(Boolean)
      .map((scope) => withoutResource(scope, resource)),
  )
  const openId = openIdScopes.filter((scope) => names.delete(scope))
  const refresh = names.delete('offline_access')
  const all = names.delete('.default')
  const permissions = [...names]
  // ".default and single scopes cannot be mixed in one request" (scopes-oidc.md).
  if (all && permissions.length > 0) throw invalidScope(text)
  const unknown = permissions.find((name) => !permissionName.test(name))
  if (unknown !== undefined) {
    throw new EntraError(
      650053,
      'invalid_client',
      `The application asked for scope '${unknown}' that doesn't exist on the resource '${resource}'. Contact the app vendor.`,
    )
  }
  return { permissions, everything: all, openId, offline: refresh }
}

/** The same as one scope text in our own names, as oidc-provider sees it. */
export function internalScope(requested: RequestedScopes): string {
  return [
    ...requested.openId,
    ...(requested.offline ? [offline] : []),
    ...(requested.everything ? [everything] : []),
    ...requested.permissions,
  ].join(' ')
}

/** The permissions in such a text. */
export function permissionsOf(scope: string | undefined): string[] {
  const others = new Set<string>([...openIdScopes, offline, everything])
  return (scope ?? '').split(' ').filter((name) => name !== '' && !others.has(name))
}

/** Permissions whose name ends in .All and that a user may grant alone, as Graph's reference has them. */
const userMayGrant = new Set([
  'Files.Read.All',
  'Files.ReadWrite.All',
  'Sites.Read.All',
  'Sites.ReadWrite.All',
  'Sites.Manage.All',
  'Notes.Read.All',
  'Notes.ReadWrite.All',
  'User.ReadBasic.All',
  'Team.ReadBasic.All',
  'Channel.ReadBasic.All',
  'Presence.Read.All',
  'Bookings.Read.All',
  'Bookings.ReadWrite.All',
  'Bookings.Manage.All',
])

export function needsAdministrator(permission: string): boolean {
  if (userMayGrant.has(permission)) return false
  return (
    permission.endsWith('.All') || /^(Policy|RoleManagement|PrivilegedAccess|Directory)\b/.test(permission)
  )
}

const texts = new Map([
  ['User.Read', 'Sign you in and read your profile'],
  ['User.ReadWrite', 'Read and update your profile'],
  ['User.ReadBasic.All', "Read all users' basic profiles"],
  ['User.Read.All', "Read all users' full profiles"],
  ['Group.Read.All', 'Read all groups'],
  ['Group.ReadWrite.All', 'Read and write all groups'],
  ['Directory.Read.All', 'Read directory data'],
  ['Mail.Read', 'Read your mail'],
  ['Mail.ReadWrite', 'Read and write your mail'],
  ['Mail.Send', 'Send mail as you'],
  ['Calendars.Read', 'Read your calendars'],
  ['Calendars.ReadWrite', 'Have full access to your calendars'],
  ['Contacts.Read', 'Read your contacts'],
  ['Files.Read', 'Read your files'],
  ['Files.ReadWrite', 'Have full access to your files'],
  ['Files.Read.All', 'Read all files that you have access to'],
  ['Sites.Read.All', 'Read items in all site collections that you have access to'],
  ['Tasks.ReadWrite', 'Create, read, update and delete your tasks'],
  ['Notes.ReadWrite', 'Read and write your OneNote notebooks'],
])

export function permissionText(permission: string): string {
  const [subject = permission, verb = '', range] = permission.split('.')
  const reads = verb === 'ReadWrite' ? 'Read and write' : verb
  return texts.get(permission) ?? `${reads} ${subject}${range === undefined ? '' : ` (${range})`}`
}
