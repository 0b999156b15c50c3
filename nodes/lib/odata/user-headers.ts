import { Problem } from '../problem.js'

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
