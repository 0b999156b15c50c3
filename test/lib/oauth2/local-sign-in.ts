import { apps, tenantId } from '../../../sandbox/contoso/tenant'
import {
  startSignInService,
  type SignInService,
  type SignInServiceOptions,
} from '../../../sandbox/sign-in/server'
import type { ConnectionSecrets, ConnectionSettings } from '../../../nodes/lib/connection-settings'
import { readSettings, type RawConnection } from '../../../nodes/lib/read-settings'

/** What the tests' tokens are for: an address that nobody has to listen on. */
export const resource = 'http://127.0.0.1:9'

export async function startSignIn(options: Partial<SignInServiceOptions> = {}): Promise<SignInService> {
  return startSignInService({
    port: 0,
    resource,
    accessTokenLifetime: 3600,
    refreshTokens: 'entra',
    ...options,
  })
}

/** A connection to the local tenant, as a flow would hold it. */
export function rawConnection(service: SignInService, changes: RawConnection = {}): Record<string, unknown> {
  const version = changes['endpointVersion'] === 'v1' ? '' : '/v2.0'
  const base = `${service.origin}/${tenantId}/oauth2${version}`
  return {
    cloud: 'custom',
    tenant: tenantId,
    serviceUrl: `${resource}/v1.0`,
    authorizeUrl: `${base}/authorize`,
    tokenUrl: `${base}/token`,
    grantType: 'client_credentials',
    clientId: apps.web.clientId,
    maxRetries: 0,
    ...changes,
  }
}

export function settingsOf(service: SignInService, changes: RawConnection = {}): ConnectionSettings {
  return readSettings(rawConnection(service, changes), () => undefined)
}

export const webSecrets: ConnectionSecrets = { clientSecret: apps.web.secrets[0] }
