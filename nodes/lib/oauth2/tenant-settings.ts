import { checkSettings } from '../check-settings'
import type { ConnectionSettings } from '../connection-settings'
import { Problem } from '../problem'
import { endpointsOf } from './clouds'

const ADDRESSES = ['authorizeUrl', 'tokenUrl', 'deviceCodeUrl'] as const

/**
 * The same connection for another tenant: derived addresses are derived again, in typed-in ones the tenant is
 * replaced where it stands as a part of the path.
 * @throws Problem where the addresses do not name the tenant.
 */
export function forTenant(settings: ConnectionSettings, tenant: string): ConnectionSettings {
  const { cloud, endpointVersion } = settings
  const derived = endpointsOf(cloud, settings.tenant, endpointVersion)
  const wanted = endpointsOf(cloud, tenant, endpointVersion)
  const replaced = ADDRESSES.map((field) => {
    const url = settings[field]
    const address = url === derived?.[field] ? (wanted?.[field] ?? url) : inPath(url, settings.tenant, tenant)
    return [field, address] as const
  })
  const addresses = Object.fromEntries(replaced) as Record<(typeof ADDRESSES)[number], string>
  const other = { ...settings, ...addresses, tenant }
  if (settings.grantType === 'managed_identity' || addresses.tokenUrl === settings.tokenUrl) {
    throw new Problem('tenantNotInUrl', { field: 'tokenUrl', value: tenant })
  }
  checkSettings(other)
  return other
}

function inPath(address: string, from: string, to: string): string {
  if (from === '' || !URL.canParse(address)) return address
  const url = new URL(address)
  url.pathname = url.pathname
    .split('/')
    .map((part) => (part.toLowerCase() === from.toLowerCase() ? to : part))
    .join('/')
  return url.href
}
