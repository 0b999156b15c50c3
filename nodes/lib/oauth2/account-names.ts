import { textAt } from '../records'
import { jwtClaims } from './jwt-claims'
import type { AccessToken, TokenSource } from './token-source'

/** What Entra's tokens call the account that they were made for: its id, and its name under several names. */
const NAMES = ['oid', 'upn', 'unique_name', 'preferred_username']

/** In lower case; none where the token does not say it: a token is opaque to us. */
function accountNames({ value }: AccessToken): ReadonlySet<string> {
  const claims = jwtClaims(value)
  return new Set(NAMES.flatMap((name) => textAt(claims, name)?.toLowerCase() ?? []))
}

export interface NoticedAccount {
  readonly tokens: TokenSource
  /** Whether a segment of a path, in lower case, names the account of the last token: then it means `me`. */
  isAccount(name: string): boolean
}

/** Looks at the tokens that are handed out; the first requests go before the account is known. */
export function noticeAccount(tokens: TokenSource): NoticedAccount {
  let last = ''
  let names: ReadonlySet<string> = new Set()
  return {
    tokens: {
      get: async (signal) => {
        const token = await tokens.get(signal)
        if (token.value !== last) names = accountNames(token)
        last = token.value
        return token
      },
      reject: (token, claims) => tokens.reject(token, claims),
    },
    isAccount: (name) => names.has(name),
  }
}
