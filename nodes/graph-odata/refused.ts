import type { ConnectionSettings } from '../lib/connection-settings'
import { actsForUser } from '../lib/oauth2/grant-scopes'
import { requestTemplate } from '../lib/odata/permissions/known-permissions'
import type { Permission } from '../lib/odata/permissions/permissions'
import { ServiceError } from '../lib/odata/service-error'
import type { PermissionRuntime } from './permission-route'

/** Whose request was refused. */
export interface Refused {
  /** The connection's id. */
  readonly connection: string
  readonly settings: ConnectionSettings
  readonly method: string
}

/**
 * The permissions that would have opened a request that was refused with 403, the least privileged first; empty where
 * they are not known. Nobody is asked: a failing flow waits for nothing.
 */
export function refusedPermissions(
  { known, metadata }: PermissionRuntime,
  error: unknown,
  { connection, settings, method }: Refused,
): readonly string[] {
  if (!(error instanceof ServiceError) || error.statusCode !== 403) return []
  const { serviceUrl, grantType } = settings
  const url = error.refusedBelow(new URL(serviceUrl).origin)
  if (url === undefined) return []
  const { model } = metadata.known(connection, serviceUrl) ?? {}
  const template = requestTemplate(method, url, serviceUrl, model)
  const found = template === undefined ? undefined : known.find(template)
  const kind = actsForUser(grantType) ? 'delegated' : 'application'
  const permissions: readonly Permission[] = found?.permissions[kind] ?? []
  return permissions.map(({ name }) => name)
}
