import type { ConnectionSecrets, ConnectionSettings } from './connection-settings'
import { isLoopback } from './loopback'
import { isEntraHost, isGraphAudience, isGraphHost } from './oauth2/clouds'
import { OPEN_ID_SCOPES } from './oauth2/grant-scopes'
import { withoutCredentials } from './printable'
import { Problem } from './problem'

const TENANT = /^[A-Za-z0-9.-]+$/u
/** What simple-oauth2 and RFC 6749, appendix A, allow in a client id and secret. */
const VISIBLE = /^[\x20-\x7e]*$/u
const SHARED_TENANTS: ReadonlySet<string> = new Set(['common', 'organizations', 'consumers'])

/** @throws Problem naming the first field that cannot be right, so that nothing is sent in vain. */
export function checkSettings(settings: ConnectionSettings): void {
  checkService(settings)
  if (settings.grantType === 'none') return
  checkAudience(settings)
  if (settings.grantType === 'managed_identity') return
  checkTenant(settings)
  checkEndpoints(settings)
  checkClient(settings)
}

/** @throws Problem where the chosen way to prove the client's identity lacks what it needs. */
export function checkSecrets(settings: ConnectionSettings, secrets: ConnectionSecrets): void {
  const { grantType, clientAuthentication } = settings
  const secret = secrets.clientSecret ?? ''
  if (clientAuthentication === 'secret' && secret === '' && needsSecret(grantType)) {
    throw new Problem('clientSecretMissing', { field: 'clientSecret' })
  }
  // RFC 6749, 4.4: "MUST only be used by confidential clients".
  if (grantType === 'client_credentials' && clientAuthentication === 'none') {
    throw new Problem('clientProofMissing', { field: 'clientAuthentication' })
  }
  if (!VISIBLE.test(secret)) throw new Problem('clientSecretInvalid', { field: 'clientSecret' })
  if (grantType !== 'password') return
  for (const field of ['username', 'password'] as const) {
    if ((secrets[field] ?? '') === '') throw new Problem(`${field}Missing`, { field })
  }
}

/** The other grants are those of public clients, which are known by having no secret. */
function needsSecret(grantType: ConnectionSettings['grantType']): boolean {
  return grantType === 'client_credentials' || grantType === 'authorization_code'
}

function checkService({ serviceUrl, grantType, redirectUrl }: ConnectionSettings): void {
  if (serviceUrl === '') throw new Problem('urlMissing', { field: 'serviceUrl' })
  checkUrl('serviceUrl', serviceUrl)
  if (grantType !== 'none') checkSecure('serviceUrl', serviceUrl)
  // A browser is sent there: what is no web address would run in it.
  if (redirectUrl !== '') checkUrl('redirectUrl', redirectUrl)
}

/** A token for Graph goes to Graph and nowhere else: a mistyped service must not collect such tokens. */
function checkAudience(settings: ConnectionSettings): void {
  const { host } = new URL(settings.serviceUrl)
  if (isGraphHost(host)) return
  const field = settings.endpointVersion === 'v1' ? 'resource' : 'scope'
  if (audiences(settings).some(isGraphAudience)) {
    throw new Problem('audienceNotService', { field, value: settings[field], host })
  }
}

/** What the token will be for. At Entra's endpoints a scope without a resource means Graph ("Scopes and permissions"). */
function audiences(settings: ConnectionSettings): string[] {
  if (settings.endpointVersion === 'v1' || settings.grantType === 'managed_identity')
    return [settings.resource]
  const atEntra = URL.canParse(settings.tokenUrl) && isEntraHost(new URL(settings.tokenUrl).host)
  return settings.scope
    .split(' ')
    .filter((scope) => !OPEN_ID_SCOPES.has(scope))
    .map((scope) => {
      if (scope.includes('://')) return scope
      const resource = scope.slice(0, Math.max(scope.lastIndexOf('/'), 0))
      return resource === '' && atEntra ? 'https://graph.microsoft.com' : resource
    })
}

function checkTenant({ cloud, tenant, grantType, authorizeUrl, tokenUrl }: ConnectionSettings): void {
  if (tenant === '') {
    const derivable = grantType === 'authorization_code' ? [authorizeUrl, tokenUrl] : [tokenUrl]
    if (cloud !== 'custom' && derivable.includes('')) throw new Problem('tenantMissing', { field: 'tenant' })
    return
  }
  if (!TENANT.test(tenant)) throw new Problem('tenantInvalid', { field: 'tenant', value: tenant })
  if (cloud === 'custom') return
  // Entra: client credentials need a real tenant; the password grant takes `organizations` besides.
  const name = tenant.toLowerCase()
  const shared = SHARED_TENANTS.has(name)
  if (
    shared &&
    (grantType === 'client_credentials' || (grantType === 'password' && name !== 'organizations'))
  ) {
    throw new Problem('tenantNotSpecific', { field: 'tenant', value: tenant })
  }
}

function checkEndpoints(settings: ConnectionSettings): void {
  const needed = ['tokenUrl', ...neededBesides(settings)] as const
  for (const field of needed) {
    const url = settings[field]
    if (url === '') throw new Problem('urlMissing', { field })
    checkUrl(field, url)
    checkSecure(field, url)
  }
  // Whatever the grant: a browser is sent to one of them for admin consent, and what is no web address would run there.
  for (const field of ['authorizeUrl', 'deviceCodeUrl'] as const) {
    const url = settings[field]
    if (url === '') continue
    checkUrl(field, url)
    checkSecure(field, url)
  }
}

function neededBesides({ grantType }: ConnectionSettings): readonly ('authorizeUrl' | 'deviceCodeUrl')[] {
  if (grantType === 'authorization_code') return ['authorizeUrl']
  return grantType === 'device_code' ? ['deviceCodeUrl'] : []
}

function checkClient(settings: ConnectionSettings): void {
  const { clientId, grantType, endpointVersion, scope, cloud } = settings
  if (clientId === '') throw new Problem('clientIdMissing', { field: 'clientId' })
  if (!VISIBLE.test(clientId)) throw new Problem('clientIdInvalid', { field: 'clientId', value: clientId })
  // Entra, "Client credentials": single permissions are not supported, only `.default`.
  if (grantType !== 'client_credentials' || endpointVersion === 'v1' || cloud === 'custom') return
  if (!scope.split(' ').every((item) => item.endsWith('/.default'))) {
    throw new Problem('scopeNotDefault', { field: 'scope', value: scope })
  }
}

function checkUrl(field: string, value: string): void {
  const problem = new Problem('urlInvalid', { field, value: withoutCredentials(value) })
  if (!URL.canParse(value)) throw problem
  const url = new URL(value)
  const web = url.protocol === 'https:' || url.protocol === 'http:'
  if (!web || url.username !== '' || url.password !== '' || url.hash !== '') throw problem
  if (field === 'serviceUrl' && url.search !== '') throw problem
}

/** Tokens, codes and secrets travel over TLS; only this machine itself may do without (RFC 8252, 8.3). */
function checkSecure(field: string, value: string): void {
  if (new URL(value).protocol === 'https:' || isLoopback(value)) return
  throw new Problem('urlNotSecure', { field, value })
}
