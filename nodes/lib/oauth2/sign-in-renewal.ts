import { errorCode } from '../error-code'
import { Problem } from '../problem'
import { bindingOf, purposeOf, type GrantContext } from './grant-context'
import { requestToken, type TokenEndpoint } from './oauth2-client'
import type { Obtainer } from './renewing-source'
import { heldToken, type HeldToken } from './token-life'
import type { Binding, StoredSignIn } from './token-store'
import { Turns } from './turns'

/** Where another process is renewing at the same time, the token that was read may be spent a moment later. */
const MOST_TRIES = 10

interface Refusal {
  readonly refreshToken: string
  readonly problem: Problem
}

/**
 * Renews a person's sign-in by its refresh token (RFC 6749, 6). The token is read anew each time, because
 * another process on the same user directory may have renewed it, or a person may have signed in, meanwhile.
 */
export class SignInRenewal implements Obtainer {
  readonly #context: GrantContext
  readonly #endpoint: TokenEndpoint
  readonly #binding: Binding
  readonly #turns: Turns
  /** What could not be stored: newer than what the store holds, which may be dead by now. */
  #unstored: StoredSignIn | undefined
  /** Not sent again: a refused token stays refused, and Entra counts the tries (AADSTS50196). */
  #refused: Refusal | undefined

  constructor(context: GrantContext, endpoint: TokenEndpoint) {
    this.#context = context
    this.#endpoint = endpoint
    this.#binding = context.home ?? bindingOf(context.connection, context.settings)
    this.#turns = context.turns ?? new Turns()
  }

  reset(): void {
    this.#unstored = undefined
    this.#refused = undefined
  }

  async obtain(claims: string | undefined, signal: AbortSignal): Promise<HeldToken> {
    return this.#turns.take(async () => this.#obtain(claims, signal))
  }

  async #obtain(claims: string | undefined, signal: AbortSignal): Promise<HeldToken> {
    signal.throwIfAborted()
    let signIn = await this.#current()
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#renew(signIn, claims, signal)
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'signInRequired') throw error
        this.#refused = { refreshToken: signIn.refreshToken, problem: error }
        this.#unstored = undefined
        const next = await this.#current()
        if (next.refreshToken === signIn.refreshToken || tries >= MOST_TRIES) throw error
        signIn = next
      }
    }
  }

  async #current(): Promise<StoredSignIn> {
    const signIn = this.#unstored ?? (await this.#context.store.read(this.#binding))
    if (signIn === undefined) throw new Problem('signInRequired')
    return signIn
  }

  async #renew(signIn: StoredSignIn, claims: string | undefined, signal: AbortSignal): Promise<HeldToken> {
    const { refreshToken } = signIn
    if (this.#refused?.refreshToken === refreshToken) throw this.#refused.problem
    const purpose = purposeOf(this.#context.settings)
    const request = { grant: 'refresh', refreshToken } as const
    const answer = await requestToken(this.#endpoint, request, { purpose, claims, signal })
    // Another sign-in that came meanwhile must not be overwritten.
    signal.throwIfAborted()
    // simple-oauth2 loses the old one where the service sends no new one; it stays in use.
    const rotated = answer.refreshToken ?? refreshToken
    // Stored before the access token is used: after a crash the newer one must be there.
    if (rotated !== refreshToken) await this.#keep({ ...signIn, refreshToken: rotated }, signal)
    return heldToken(answer)
  }

  async #keep(signIn: StoredSignIn, signal: AbortSignal): Promise<void> {
    const { store } = this.#context
    try {
      await store.write(this.#binding, signIn)
      this.#unstored = undefined
      // Somebody signed out (or in anew) while it was written: what is not wanted any more must not stay.
      if (signal.aborted && (await store.read(this.#binding))?.refreshToken === signIn.refreshToken) {
        await store.remove(this.#binding)
      }
    } catch (error) {
      this.#unstored = signIn
      this.#context.warn(new Problem('signInNotStored', { reason: errorCode(error) }))
    }
  }
}
