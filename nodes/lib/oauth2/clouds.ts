import type { Cloud } from '../connection-settings'

interface CloudHosts {
  readonly login: string
  readonly graph: string
}

/**
 * Microsoft Learn, "Microsoft Graph national cloud deployments" and "National clouds" of Entra. For China the
 * two pages differ; the newer one (2025-01-15) names login.partner.microsoftonline.cn.
 */
const CLOUDS: Readonly<Record<Exclude<Cloud, 'custom'>, CloudHosts>> = {
  global: { login: 'https://login.microsoftonline.com', graph: 'https://graph.microsoft.com' },
  usgov: { login: 'https://login.microsoftonline.us', graph: 'https://graph.microsoft.us' },
  usgovdod: { login: 'https://login.microsoftonline.us', graph: 'https://dod-graph.microsoft.us' },
  china: {
    login: 'https://login.partner.microsoftonline.cn',
    graph: 'https://microsoftgraph.chinacloudapi.cn',
  },
}

/** The cloud of that name; undefined for another service's, and for what is none. */
export function knownCloud(name: string): Exclude<Cloud, 'custom'> | undefined {
  return Object.hasOwn(CLOUDS, name) ? (name as Exclude<Cloud, 'custom'>) : undefined
}

/** Graph's application id: what V1 requests may name instead of the address. */
const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000'

const GRAPH_HOSTS: ReadonlySet<string> = new Set(
  Object.values(CLOUDS).map(({ graph }) => new URL(graph).host),
)

/** Issuers of Entra's tokens besides the sign-in hosts: the V1 format names the security token service. */
const TOKEN_SERVICES = [
  'sts.windows.net',
  'sts.chinacloudapi.cn',
  'login.chinacloudapi.cn',
  'login.windows.net',
]

const ENTRA_HOSTS: ReadonlySet<string> = new Set([
  ...Object.values(CLOUDS).map(({ login }) => new URL(login).host),
  ...TOKEN_SERVICES,
])

export interface Endpoints {
  readonly authorizeUrl: string
  readonly tokenUrl: string
  readonly deviceCodeUrl: string
}

/** Where one signs in; undefined for `custom`, whose addresses are typed in. */
export function endpointsOf(cloud: Cloud, tenant: string, version: 'v1' | 'v2'): Endpoints | undefined {
  if (cloud === 'custom') return undefined
  const base = `${CLOUDS[cloud].login}/${tenant}/oauth2${version === 'v2' ? '/v2.0' : ''}`
  return {
    authorizeUrl: `${base}/authorize`,
    tokenUrl: `${base}/token`,
    deviceCodeUrl: `${base}/devicecode`,
  }
}

export function serviceOf(cloud: Cloud): string | undefined {
  return cloud === 'custom' ? undefined : `${CLOUDS[cloud].graph}/v1.0`
}

export function isGraphHost(host: string): boolean {
  return GRAPH_HOSTS.has(host.toLowerCase())
}

/** Whether a resource (an address or an application id) is Graph's. */
export function isGraphAudience(resource: string): boolean {
  if (resource.toLowerCase() === GRAPH_APP_ID) return true
  return URL.canParse(resource) && isGraphHost(new URL(resource).host)
}

export function isEntraHost(host: string): boolean {
  return ENTRA_HOSTS.has(host.toLowerCase())
}
