interface CloudHosts {
  readonly signIn: string
  readonly graph: string
}

// learn.microsoft.com, "National cloud deployments".
const CLOUDS: Readonly<Record<string, CloudHosts>> = {
  global: { signIn: 'https://login.microsoftonline.com', graph: 'https://graph.microsoft.com' },
  usgov: { signIn: 'https://login.microsoftonline.us', graph: 'https://graph.microsoft.us' },
  usgovdod: { signIn: 'https://login.microsoftonline.us', graph: 'https://dod-graph.microsoft.us' },
  china: { signIn: 'https://login.chinacloudapi.cn', graph: 'https://microsoftgraph.chinacloudapi.cn' },
}

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
  readonly scope: string
  readonly resource: string
}

export function deriveEndpoints(choice: EndpointChoice): Endpoints {
  const hosts = CLOUDS[choice.cloud]
  const serviceUrl = hosts === undefined ? '' : `${hosts.graph}/v1.0`
  const resource = originOf(choice.serviceUrl || serviceUrl)
  return {
    serviceUrl,
    authorizeUrl: signInUrl(hosts, choice, 'authorize'),
    tokenUrl: signInUrl(hosts, choice, 'token'),
    scope: resource === '' ? '' : scopeFor(resource, choice.grantType),
    resource,
  }
}

function signInUrl(hosts: CloudHosts | undefined, choice: EndpointChoice, endpoint: string): string {
  if (hosts === undefined) return ''
  const version = choice.endpointVersion === 'v1' ? '' : '/v2.0'
  return `${hosts.signIn}/${choice.tenant.trim() || '{tenant}'}/oauth2${version}/${endpoint}`
}

/** A user's sign-in also asks who it is and for a refresh token; an application has neither. */
function scopeFor(resource: string, grantType: string): string {
  const all = `${resource}/.default`
  return grantType === 'client_credentials' ? all : `openid profile offline_access ${all}`
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : ''
}
