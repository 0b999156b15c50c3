import type { Provider, Token } from 'oidc-provider'
import { accountByName } from './access-tokens'
import { EntraError } from './entra-errors'
import type { Store } from './store'

/**
 * What becomes of a refresh token that was used:
 * - `entra`: it lives on beside the new one ("the old one is not revoked", refresh-tokens.md);
 * - `grace`: it lives until the new one is used;
 * - `strict`: it is dead, and presenting it again revokes the whole chain (OAuth 2.1).
 */
export type RefreshTokenMode = 'entra' | 'grace' | 'strict'

const dead = (): EntraError =>
  new EntraError(
    70000,
    'invalid_grant',
    "The provided value for the input parameter 'refresh_token' or 'assertion' is not valid.",
  )

interface Marks {
  used?: boolean
  revoked?: boolean
  /** The token that bought this one. */
  predecessor?: string
}

export class RefreshTokens {
  rotate = true

  constructor(
    public mode: RefreshTokenMode,
    private readonly store: Store,
  ) {}

  /** The token that was presented, if it may still be used. */
  async redeem(provider: Provider, value: string, clientId: string): Promise<Token> {
    const token = await provider.RefreshToken.find(value, { ignoreExpiration: true })
    const marks = this.#marks(value)
    if (token === undefined || marks === undefined || token.clientId !== clientId) throw dead()
    if (marks.revoked === true) {
      throw new EntraError(
        50173,
        'invalid_grant',
        'The provided grant has expired due to it being revoked, a fresh auth token is needed.',
      )
    }
    if (token.isExpired) {
      throw new EntraError(700082, 'invalid_grant', 'The refresh token has expired due to inactivity.')
    }
    if (this.mode === 'strict' && marks.used === true) {
      if (token.grantId !== undefined) await provider.RefreshToken.revokeByGrantId(token.grantId)
      throw dead()
    }
    if (this.rotate) marks.used = true
    if (this.mode === 'grace' && marks.predecessor !== undefined) {
      this.store.entries('RefreshToken').delete(marks.predecessor)
    }
    return token
  }

  /** They live beside the stored token and go with it: bounded as the store is. */
  #marks(value: string): Marks | undefined {
    return this.store.entries('RefreshToken').get(value)?.payload as Marks | undefined
  }

  succeeded(value: string, successor: string): void {
    const marks = this.#marks(successor)
    if (marks) marks.predecessor = value
  }

  revokeAllOf(userPrincipalName: string): void {
    const account = accountByName(userPrincipalName)
    for (const { payload } of this.store.entries('RefreshToken').values()) {
      if (payload['accountId'] === account?.id) payload['revoked'] = true
    }
  }
}
