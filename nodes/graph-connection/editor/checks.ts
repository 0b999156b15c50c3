import { isVariable, type Translate } from '../../shared/editor/red.js'
import { isWebAddress } from '../../shared/editor/web-address.js'
import { visibleRows } from './grants.js'

/** Reads a property: from the open dialog, or from the node where none is open. */
export type Read = (property: string) => string

type Check = (value: string, read: Read, rows: ReadonlySet<string>) => string | undefined

const ENV = /\$\{[^}]+\}/u
// A name such as contoso.onmicrosoft.com, or the directory's id.
const TENANT = /^[A-Za-z0-9.-]+$/u

const CHECKS: Readonly<Record<string, Check>> = {
  tenant: (value, read, rows) => {
    if (value === '') return needsTenant(read, rows) ? 'check.tenantMissing' : undefined
    return TENANT.test(value) ? undefined : 'check.tenantInvalid'
  },
  // A managed identity without one is the system-assigned one.
  clientId: (value, read, rows) =>
    value === '' && rows.has('clientId') && read('grantType') !== 'managed_identity'
      ? 'check.clientIdMissing'
      : undefined,
  tenants: (value) =>
    tenantsIn(value).every((name) => TENANT.test(name)) ? undefined : 'check.tenantInvalid',
  serviceUrl: url('serviceUrl'),
  authorizeUrl: url('authorizeUrl'),
  tokenUrl: url('tokenUrl'),
  deviceCodeUrl: url('deviceCodeUrl'),
  redirectUrl: (value) => (value === '' || isWebAddress(value) ? undefined : 'check.urlInvalid'),
  itemConvention: (value) =>
    value === '' || (value.includes('{entity}') && value.includes('{key}'))
      ? undefined
      : 'check.itemConvention',
  // What a timer can wait: 2^31-1 ms.
  timeout: (value) => positive(value) ?? (Number(value) > 2_147_483 ? 'check.numberTooLarge' : undefined),
  maxRetries: (value) => (value === '' || /^\d+$/u.test(value) ? undefined : 'check.wholeNumber'),
  concurrency: (value) =>
    value === '' || /^0*[1-9]\d*$/u.test(value) ? undefined : 'check.wholeNumberFrom1',
  maxResponseSize: positive,
}

/** The catalogue key of what is wrong with a property, if anything is. */
export function checkProperty(property: string, read: Read): string | undefined {
  const value = read(property).trim()
  if (ENV.test(value)) return undefined
  const rows = visibleRows({
    cloud: read('cloud'),
    grantType: read('grantType'),
    clientAuthentication: read('clientAuthentication'),
    endpointVersion: read('endpointVersion'),
  })
  return CHECKS[property]?.(value, read, rows)
}

/** As Node-RED's validators answer: true, or what is wrong in words. */
export function validateProperty(property: string, read: Read, text: Translate): true | string {
  const problem = checkProperty(property, read)
  return problem === undefined ? true : text(problem)
}

/** Which properties can be wrong. */
export const CHECKED = Object.keys(CHECKS)

/** Who typed in every URL that would hold the tenant needs none. */
function needsTenant(read: Read, rows: ReadonlySet<string>): boolean {
  // Another service's addresses are typed in, with or without a tenant.
  const known = rows.has('tenant') && read('cloud') !== 'custom' && !isVariable(read('cloud'))
  const urls = ['authorizeUrl', 'tokenUrl', 'deviceCodeUrl']
  return known && urls.some((property) => rows.has(property) && read(property).trim() === '')
}

/** As the runtime separates them. */
function tenantsIn(value: string): string[] {
  return value.split(/[\s,;]+/u).filter((name) => name !== '')
}

/** Blank is enough where the cloud tells the URL. */
function url(property: string): Check {
  return (value, read, rows) => {
    if (value !== '') return isWebAddress(value) ? undefined : 'check.urlInvalid'
    return read('cloud') === 'custom' && rows.has(property) ? `check.${property}Missing` : undefined
  }
}

function positive(value: string): string | undefined {
  return value === '' || Number(value) > 0 ? undefined : 'check.number'
}
