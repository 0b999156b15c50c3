import type { Provider, Token } from 'oidc-provider'
import { demoAccounts } from '../contoso/tenant'
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

export class RefreshTokens {
  rotate = true
  readonly #used = new Set<string>()
  readonly #revoked = new Set<string>()
  /** New token to the one that bought it. */
  readonly #predecessors = new Map<string, string>()

  constructor(
    public mode: RefreshTokenMode,
    private readonly store: Store,
  ) {}

  /** The token that was presented, if it may still be used. */
  async redeem(provider: Provider, value: string, clientId: string): Promise<Token> {
    const token = await provider.RefreshToken.find(value, { ignoreExpiration: true })
    if (this.#revoked.has(value)) {
      throw new EntraError(
        50173,
        'invalid_grant',
        'The provided grant has expired due to it being revoked, a fresh auth token is needed.',
      )
    }
    if (token === undefined || token.clientId !== clientId) throw dead()
    if (token.isExpired) {
      throw new EntraError(700082, 'invalid_grant', 'The refresh token has expired due to inactivity.')
    }
    if (this.mode === 'strict' && this.#used.has(value)) {
      if (token.grantId !== undefined) await provider.RefreshToken.revokeByGrantId(token.grantId)
      throw dead()
    }
    if (this.rotate) this.#used.add(value)
    const predecessor = this.#predecessors.get(value)
    this.#predecessors.delete(value)
    if (this.mode === 'grace' && predecessor !== undefined) {
      const old = await provider.RefreshToken.find(predecessor, { ignoreExpiration: true })
      await old?.destroy()
    }
    return token
  }

  succeeded(value: string, successor: string): void {
    this.#predecessors.set(successor, value)
  }

  revokeAllOf(userPrincipalName: string): void {
    const account = demoAccounts.find((known) => known.userPrincipalName === userPrincipalName)
    for (const [id, { payload }] of this.store.entries('RefreshToken')) {
      if (payload['accountId'] === account?.id) this.#revoked.add(id)
    }
  }
}
