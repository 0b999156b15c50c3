/**
 * The claims that a resource demands: `WWW-Authenticate: Bearer ..., error="insufficient_claims",
 * claims="<base64>"` (Entra, "Claims challenges"), decoded; undefined where there is none.
 *
 * Parsed by RFC 9110, 11.6.1: several challenges may share one header, parameters may be quoted, and a
 * base64 value may end in `=`, so that splitting at commas and equal signs goes wrong.
 */
export function claimsChallenge(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  for (const { scheme, parameters } of challenges(header)) {
    const claims = parameters.get('claims')
    if (scheme === 'bearer' && parameters.get('error') === 'insufficient_claims' && claims !== undefined) {
      return decodeClaims(claims)
    }
  }
  return undefined
}

interface Challenge {
  readonly scheme: string
  readonly parameters: Map<string, string>
}

const PARAMETER = /^\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)/u
const SCHEME = /^\s*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:\s+|\s*,|\s*$)(?!=)/u

export function challenges(header: string): Challenge[] {
  const found: Challenge[] = []
  let rest = header.replace(/^[\s,]+/u, '')
  while (rest !== '') {
    const parameter = found.length > 0 ? PARAMETER.exec(rest) : null
    const scheme = parameter === null ? SCHEME.exec(rest) : null
    const match = parameter ?? scheme
    if (match === null) break
    if (parameter !== null) {
      const value = parameter[2]?.replace(/\\(.)/gu, '$1') ?? parameter[3] ?? ''
      found.at(-1)?.parameters.set((parameter[1] ?? '').toLowerCase(), value)
    } else {
      found.push({ scheme: (match[1] ?? '').toLowerCase(), parameters: new Map() })
    }
    rest = rest.slice(match[0].length).replace(/^[\s,]+/u, '')
  }
  return found
}

function decodeClaims(value: string): string | undefined {
  const decoded = Buffer.from(value, 'base64').toString('utf8')
  try {
    JSON.parse(decoded)
    return decoded
  } catch {
    return undefined
  }
}
