import type { NodeAPI } from 'node-red'
import { registerMetadataRoutes } from './metadata-routes'
import { registerPermissionRoute, type PermissionRuntime } from './permission-route'
import { registerTryRoute } from './try-route'

/** What the dialog asks the runtime; see admin-api.ts. */
export function registerAdminRoutes(RED: NodeAPI, runtime: PermissionRuntime): void {
  if (RED.settings.httpAdminRoot === false) return
  registerMetadataRoutes(RED, runtime.metadata)
  registerTryRoute(RED)
  registerPermissionRoute(RED, runtime)
}
