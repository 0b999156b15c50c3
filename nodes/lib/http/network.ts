import { decodedText } from '../decoded-text'
import type { SecureContextOptions } from 'node:tls'
import { isLoopback } from '../loopback'
import { printable, withoutCredentials } from '../printable'
import { Problem } from '../problem'

/** How the network is crossed, the same for sign-in and data. */
export interface Network {
  /** `environment`: HTTP_PROXY, HTTPS_PROXY and NO_PROXY decide. `none`: never a proxy. */
  readonly proxy: ProxySettings | 'environment' | 'none'
  /** An authority and a client certificate of one's own; what core's tls-config node adds to a request. */
  readonly tls: TlsSettings
}

export interface ProxySettings {
  readonly url: string
  readonly username?: string
  readonly password?: string
  /** Hosts that are reached directly, as in NO_PROXY. */
  readonly noProxy: readonly string[]
}

export type TlsSettings = SecureContextOptions & {
  readonly rejectUnauthorized?: boolean
  readonly servername?: string
  readonly ALPNProtocols?: string[]
}

/** One proxy that is to be used. */
export interface ProxyServer {
  readonly url: URL
  /** The value of Proxy-Authorization, undefined where the proxy asks for none. */
  readonly authorization: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

export const plainNetwork: Network = { proxy: 'environment', tls: {} }
export const directNetwork: Network = { proxy: 'none', tls: {} }

/**
 * The proxy for an address; undefined where it is reached directly. Plain http to this machine never leaves it: that is
 * what lets secrets go without TLS there.
 * @throws Problem where the proxy cannot be used: whoever has one set up does not want to go past it.
 */
export function proxyFor(
  target: URL,
  { proxy }: Network,
  environment: Environment = process.env,
): ProxyServer | undefined {
  if (proxy === 'none' || (target.protocol === 'http:' && isLoopback(target))) return undefined
  const chosen = proxy === 'environment' ? fromEnvironment(target, environment) : proxy
  if (chosen === undefined || chosen.noProxy.some((entry) => matches(target, entry))) return undefined
  const url = proxyUrl(chosen)
  return { url, authorization: authorizationOf(url, chosen) }
}

/**
 * Where a proxy is. It is often named without its scheme; it is spoken to in plain text then.
 * @throws Problem for what is no address of a proxy that speaks HTTP, such as socks5.
 */
export function proxyUrl({ url: text }: Pick<ProxySettings, 'url'>): URL {
  const named = text.trim()
  const whole = named.includes('://') ? named : `http://${named}`
  const url = named !== '' && URL.canParse(whole) ? new URL(whole) : undefined
  if (url === undefined || !/^https?:$/u.test(url.protocol)) {
    throw new Problem('proxyInvalid', { field: 'proxy', value: printable(withoutCredentials(named)) })
  }
  return url
}

/** As curl, npm and core's request nodes read it: lower case first, then upper case. */
function fromEnvironment(target: URL, environment: Environment): ProxySettings | undefined {
  const read = (name: string): string => environment[name] || environment[name.toUpperCase()] || ''
  const url = read(target.protocol === 'https:' ? 'https_proxy' : 'http_proxy') || read('all_proxy')
  if (url === '') return undefined
  return { url, noProxy: read('no_proxy').split(/[,\s]+/u) }
}

/** `*`, a host, a domain with what is below it (`.example.com`, `*.example.com`), each with or without a port. */
function matches(target: URL, entry: string): boolean {
  const text = entry.trim().toLowerCase()
  if (text === '*') return true
  const [, host = '', port = ''] = /^(.*?)(?::(\d+))?$/u.exec(text) ?? []
  const name = /^\[.*\]?$/u.test(text) && port === '' ? text : host
  if (name === '' || (port !== '' && port !== portOf(target))) return false
  const hostname = target.hostname.toLowerCase()
  if (name.startsWith('*')) return hostname.endsWith(name.slice(1))
  return name.startsWith('.') ? hostname.endsWith(name) : hostname === name || hostname === `[${name}]`
}

function portOf({ port, protocol }: URL): string {
  return port || (protocol === 'https:' ? '443' : '80')
}

function authorizationOf(url: URL, { username, password }: ProxySettings): string | undefined {
  const user = username || decodedText(url.username)
  if (user === '') return undefined
  const secret = username ? (password ?? '') : decodedText(url.password)
  return `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`
}
