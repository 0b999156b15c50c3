import { endpointsOf, knownCloud, serviceOf } from '../../lib/oauth2/clouds.js'
import { defaultScope } from '../../lib/oauth2/grant-scopes.js'
import { grantOf } from './grants.js'

export interface EndpointChoice {
  readonly cloud: string
  readonly tenant: string
  readonly endpointVersion: string
  readonly grantType: string
  readonly serviceUrl: string
}

/** What stands behind the fields that are left blank; '' where nothing can be derived. */
export interface Endpoints {
  readonly serviceUrl: string
  readonly authorizeUrl: string
  readonly tokenUrl: string
  readonly deviceCodeUrl: string
  readonly scope: string
  readonly resource: string
}

export function deriveEndpoints(choice: EndpointChoice): Endpoints {
  const cloud = knownCloud(choice.cloud) ?? 'custom'
  const version = choice.endpointVersion === 'v1' ? 'v1' : 'v2'
  const signIn = endpointsOf(cloud, choice.tenant.trim() || '{tenant}', version)
  const serviceUrl = serviceOf(cloud) ?? ''
  const resource = originOf(choice.serviceUrl || serviceUrl)
  return {
    serviceUrl,
    authorizeUrl: signIn?.authorizeUrl ?? '',
    tokenUrl: signIn?.tokenUrl ?? '',
    deviceCodeUrl: signIn?.deviceCodeUrl ?? '',
    scope: resource === '' ? '' : defaultScope(grantOf(choice.grantType).value, resource),
    resource,
  }
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : ''
}
