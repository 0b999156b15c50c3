import type { ConnectionSettings } from '../../nodes/lib/connection-settings'

/** Settings of an open service, for tests of what lies behind the sign-in. */
export function openSettings(
  serviceUrl: string,
  changes: Partial<ConnectionSettings> = {},
): ConnectionSettings {
  return {
    cloud: 'custom',
    tenant: '',
    serviceUrl,
    authorizeUrl: '',
    tokenUrl: '',
    deviceCodeUrl: '',
    endpointVersion: 'v2',
    grantType: 'none',
    clientId: '',
    clientAuthentication: 'none',
    federatedTokenFile: '',
    federatedTokenFileShown: '',
    scope: '',
    resource: '',
    redirectUrl: '',
    state: '',
    tenants: [],
    itemConvention: '{entity}/{key}',
    timeout: 5000,
    maxRetries: 0,
    concurrency: 4,
    batch: 'off',
    maxResponseSize: 64e6,
    proxy: '',
    tls: '',
    ...changes,
  }
}
