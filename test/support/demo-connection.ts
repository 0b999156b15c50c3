import { apps, demoAccounts, demoPassword, tenantDomain } from '../../sandbox/contoso/tenant'
import type { LocalTenant } from '../../sandbox'
import type { FlowNode } from './node-red-process'

/** GRAPH_BATCH=off runs every test without batches, =on with as many as there can be: nothing else may differ. */
const batching = process.env['GRAPH_BATCH'] === undefined ? {} : { batch: process.env['GRAPH_BATCH'] }

/** A connection to a local tenant as the example flows have it, with its secrets, on the tenant's own ports. */
export function demoConnection(tenant: LocalTenant, changes: Record<string, unknown> = {}): FlowNode {
  const { credentials, ...properties } = changes
  return {
    id: 'connection',
    type: 'graph-connection',
    name: 'Contoso',
    cloud: 'custom',
    tenant: tenantDomain,
    serviceUrl: `${tenant.graph.origin}/v1.0`,
    authorizeUrl: `${tenant.signIn.origin}/${tenantDomain}/oauth2/v2.0/authorize`,
    tokenUrl: `${tenant.signIn.origin}/${tenantDomain}/oauth2/v2.0/token`,
    grantType: 'password',
    clientId: apps.web.clientId,
    clientAuthentication: 'secret',
    // A service that is down on purpose need not be asked for long.
    maxRetries: '2',
    ...batching,
    credentials: {
      clientSecret: apps.web.secrets[0],
      username: demoAccounts[0]?.userPrincipalName ?? '',
      password: demoPassword,
      ...(credentials as object | undefined),
    },
    ...properties,
  }
}
