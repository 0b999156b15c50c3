import { EntraError } from './entra-errors'

/**
 * The authentication contexts that a `claims` parameter demands of the access token (claims-challenge.md):
 * `{"access_token":{"acrs":{"essential":true,"value":"c1"}}}`.
 */
export function demandedContexts(claims: string | null | undefined): string[] {
  if (!claims) return []
  const parsed = parse(claims)
  const acrs = member(member(parsed, 'access_token'), 'acrs')
  const [value, values] = [member(acrs, 'value'), member(acrs, 'values')]
  const listed: unknown[] = Array.isArray(values) ? values : []
  return [value, ...listed].filter((item) => typeof item === 'string')
}

function parse(claims: string): unknown {
  try {
    return JSON.parse(claims)
  } catch {
    throw new EntraError(50148, 'invalid_request', 'The claims parameter is not valid JSON.')
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
