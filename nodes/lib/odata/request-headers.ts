import { randomUUID } from 'node:crypto'
import { Problem } from '../problem'

/**
 * Headers that a flow must not set: they carry authority, or belong to the connection and the transport
 * (RFC 9110, 7.6.1, hop-by-hop).
 */
const DROPPED = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'host',
  'content-length',
  'content-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The user's own headers as they may be sent; names in lower case. */
export function userHeaders(rows: readonly (readonly [name: string, value: unknown])[]): Map<string, string> {
  const headers = new Map<string, string>()
  for (const [name, value] of rows) {
    const lower = name.trim().toLowerCase()
    if (lower === '' || DROPPED.has(lower)) continue
    const text = String(value)
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/u.test(lower) || !/^[\t\x20-\x7e\x80-\xff]*$/u.test(text)) {
      throw new Problem('headerInvalid', { field: 'headers', value: lower })
    }
    headers.set(lower, text)
  }
  return headers
}

/**
 * The headers of one request: ours, then the user's on top. Preferences of both are joined into one header
 * (RFC 7240, 2). `client-request-id` finds the request in the service's logs (Graph, "Best practices").
 */
export function requestHeaders(
  user: ReadonlyMap<string, string>,
  preferences: readonly string[],
): Map<string, string> {
  const headers = new Map([
    ['accept', 'application/json'],
    ['user-agent', USER_AGENT],
    ['client-request-id', randomUUID()],
    ...user,
  ])
  const prefer = [...preferences, ...(user.has('prefer') ? [user.get('prefer') ?? ''] : [])]
  if (prefer.length > 0) headers.set('prefer', prefer.join(', '))
  return headers
}

// SharePoint asks that traffic names its maker ("Avoid getting throttled or blocked in SharePoint Online").
const USER_AGENT = 'NONISV|Node-RED|graph-odata/0.1'
