import type { NodeAPI } from 'node-red'
import { registerMetadataRoutes } from './metadata-routes'

/** What the dialog asks the runtime; see admin-api.ts. */
export function registerAdminRoutes(RED: NodeAPI): void {
  if (RED.settings.httpAdminRoot === false) return
  registerMetadataRoutes(RED)
}
