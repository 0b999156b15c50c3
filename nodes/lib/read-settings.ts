import type { Cloud, ConnectionSettings } from './connection-settings'
import { checkSettings } from './check-settings'
import { endpointsOf, serviceOf } from './oauth2/clouds'
import { defaultScope } from './oauth2/grant-scopes'
import { Problem } from './problem'

/** A node's configuration as it comes from a flow: every property may be missing or be of another type. */
export type RawConnection = Readonly<Record<string, unknown>>

/** The value of an environment variable, undefined where there is none. */
export type Lookup = (name: string) => string | undefined

const connectionDefaults = {
  timeout: 30,
  maxRetries: 5,
  concurrency: 4,
  maxResponseSize: 64,
  itemConvention: '{entity}/{key}',
} as const

/** Seconds: what a timer of Node can wait (2^31-1 ms); it fires at once for more. */
const LONGEST_TIMEOUT = 2_147_483

/** Where workload identity puts the name of its token's file. */
const FEDERATED_TOKEN_FILE = 'AZURE_FEDERATED_TOKEN_FILE'

const WHOLE_VARIABLE = /^\$\{([^}]+)\}$/u
const ANY_VARIABLE = /\$\{([^}]+)\}/gu

/**
 * Reads a connection: defaults, environment, derived addresses, then everything that can be known to be wrong
 * before anything is sent.
 * @throws Problem with `field`, the property to put right.
 */
export function readSettings(raw: RawConnection, lookup: Lookup): ConnectionSettings {
  const read = new Reader(raw, lookup)
  try {
    return settingsOf(read, lookup)
  } catch (error) {
    throw error instanceof Problem ? read.withoutVariables(error) : error
  }
}

function settingsOf(read: Reader, lookup: Lookup): ConnectionSettings {
  const cloud = read.oneOf('cloud', ['global', 'usgov', 'usgovdod', 'china', 'custom'])
  const endpointVersion = read.oneOf('endpointVersion', ['v2', 'v1'])
  const grantType = read.oneOf('grantType', [
    'authorization_code',
    'device_code',
    'client_credentials',
    'managed_identity',
    'password',
    'none',
  ])
  const tenant = read.text('tenant')
  const serviceUrl = withoutSlash(read.url('serviceUrl') || (serviceOf(cloud) ?? ''))
  const resource = read.text('resource') || originOf(serviceUrl)
  const settings: ConnectionSettings = {
    cloud,
    tenant,
    serviceUrl,
    ...endpoints(read, cloud, tenant, endpointVersion),
    endpointVersion,
    grantType,
    clientId: read.text('clientId'),
    clientAuthentication: read.oneOf('clientAuthentication', ['secret', 'certificate', 'federated', 'none']),
    federatedTokenFile: read.text('federatedTokenFile') || (lookup(FEDERATED_TOKEN_FILE) ?? ''),
    federatedTokenFileShown: read.shown('federatedTokenFile') || `\${${FEDERATED_TOKEN_FILE}}`,
    scope: read.text('scope').replace(/\s+/gu, ' ') || defaultScope(grantType, originOf(serviceUrl)),
    resource,
    redirectUrl: read.url('redirectUrl'),
    state: read.text('state'),
    tenants: read.list('tenants'),
    itemConvention: read.text('itemConvention') || connectionDefaults.itemConvention,
    timeout: read.number('timeout', 0.001, LONGEST_TIMEOUT) * 1000,
    maxRetries: Math.floor(read.number('maxRetries', 0)),
    concurrency: Math.floor(read.number('concurrency', 1)),
    batch: read.oneOf('batch', ['auto', 'on', 'off']),
    maxResponseSize: Math.round(read.number('maxResponseSize', 0.001) * 1024 * 1024),
    proxy: read.text('proxy'),
    tls: read.text('tls'),
  }
  checkSettings(settings)
  return settings
}

function endpoints(
  read: Reader,
  cloud: Cloud,
  tenant: string,
  version: 'v1' | 'v2',
): Pick<ConnectionSettings, 'authorizeUrl' | 'tokenUrl' | 'deviceCodeUrl'> {
  const derived = tenant === '' ? undefined : endpointsOf(cloud, tenant, version)
  return {
    authorizeUrl: read.url('authorizeUrl') || (derived?.authorizeUrl ?? ''),
    tokenUrl: read.url('tokenUrl') || (derived?.tokenUrl ?? ''),
    deviceCodeUrl: read.url('deviceCodeUrl') || (derived?.deviceCodeUrl ?? ''),
  }
}

class Reader {
  readonly #raw: RawConnection
  readonly #lookup: Lookup
  /** The variables that were met, by their values. */
  readonly #variables = new Map<string, string>()

  constructor(raw: RawConnection, lookup: Lookup) {
    this.#raw = raw
    this.#lookup = lookup
  }

  text(field: string): string {
    const value = this.#string(field)
    const variable = WHOLE_VARIABLE.exec(value)?.[1]
    return variable === undefined ? value : this.#variable(field, variable)
  }

  /** As it was entered, which names a variable and not its value. */
  shown(field: string): string {
    return this.#string(field)
  }

  /** The addresses alone replace `${NAME}` inside a longer text too. */
  url(field: string): string {
    return this.#string(field).replaceAll(ANY_VARIABLE, (_, name: string) => this.#variable(field, name))
  }

  /**
   * The same problem with the names of variables in place of their values: those may be secrets, and to show the value
   * would not help who has to look for the variable.
   */
  withoutVariables({ code, values }: Problem): Problem {
    const named = Object.entries(values).map(([key, value]) => [
      key,
      typeof value === 'string' && key !== 'field' ? this.#named(value) : value,
    ])
    return new Problem(code, Object.fromEntries(named))
  }

  #named(text: string): string {
    const whole = this.#variables.get(text)
    if (whole !== undefined) return `\${${whole}}`
    // What is shorter may stand in a text by chance.
    const telling = [...this.#variables].filter(([value]) => value.length >= 4)
    return telling.reduce((shown, [value, name]) => shown.replaceAll(value, `\${${name}}`), text)
  }

  number(field: keyof typeof connectionDefaults, least: number, most = Infinity): number {
    const text = this.text(field)
    const value = text === '' ? Number(connectionDefaults[field]) : Number(text)
    if (!Number.isFinite(value) || value < least) throw new Problem('numberInvalid', { field, value: text })
    if (value > most) throw new Problem('numberTooLarge', { field, value: text, most })
    return value
  }

  /** The first is the default. */
  oneOf<const Choice extends string>(field: string, choices: readonly [Choice, ...Choice[]]): Choice {
    const text = this.text(field)
    if (text === '') return choices[0]
    const choice = choices.find((candidate) => candidate === text)
    if (choice === undefined) throw new Problem('choiceUnknown', { field, value: text })
    return choice
  }

  list(field: string): readonly string[] {
    const value = this.#raw[field]
    const text = Array.isArray(value) ? value.join(',') : this.text(field)
    return text.split(/[\s,;]+/u).filter((item) => item !== '')
  }

  #string(field: string): string {
    const value = this.#raw[field]
    if (typeof value === 'string') return value.trim()
    return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
  }

  #variable(field: string, name: string): string {
    const value = this.#lookup(name)
    if (value === undefined) throw new Problem('variableMissing', { field, name })
    const trimmed = value.trim()
    this.#variables.set(trimmed, name)
    return trimmed
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/u, '')
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : ''
}
