import type { Cloud } from '../../lib/connection-settings'
// A module of the runtime that imports nothing, so that the browser can load it too.
import { endpointsOf, serviceOf } from '../../lib/oauth2/clouds.js'

const CLOUDS: readonly Cloud[] = ['global', 'usgov', 'usgovdod', 'china']

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
  const cloud = CLOUDS.find((known) => known === choice.cloud) ?? 'custom'
  const version = choice.endpointVersion === 'v1' ? 'v1' : 'v2'
  const signIn = endpointsOf(cloud, choice.tenant.trim() || '{tenant}', version)
  const serviceUrl = serviceOf(cloud) ?? ''
  const resource = originOf(choice.serviceUrl || serviceUrl)
  return {
    serviceUrl,
    authorizeUrl: signIn?.authorizeUrl ?? '',
    tokenUrl: signIn?.tokenUrl ?? '',
    deviceCodeUrl: signIn?.deviceCodeUrl ?? '',
    scope: resource === '' ? '' : scopeFor(resource, choice.grantType),
    resource,
  }
}

/** A user's sign-in also asks who it is and for a refresh token; an application has neither. */
function scopeFor(resource: string, grantType: string): string {
  const all = `${resource}/.default`
  return grantType === 'client_credentials' ? all : `openid profile offline_access ${all}`
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : ''
}
