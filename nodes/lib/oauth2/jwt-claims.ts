/**
 * What a JSON Web Token says (RFC 7519, 3), without checking who says it; undefined for what is none, such as an
 * opaque token.
 */
export function jwtClaims(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
