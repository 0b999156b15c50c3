/** Renewals in a row that helped nobody, after which another is not expected to help either. */
const FRUITLESS = 3
/**
 * Milliseconds until that is tried again: Entra ends the sign-in of who asks for token after token (AADSTS50196).
 */
const PAUSE = 30_000

/**
 * Says whether a refused token is worth replacing. A token that is refused may have been revoked, and then another
 * helps; or the address refuses every token (one for another audience, a workload without licence), and then it does
 * not. Only the outcome tells them apart: what a renewal did for those who were refused before it.
 */
export class RenewalLimit {
  #fruitless = 0
  #until = 0
  /** The newest token that helped nobody, and what the service had asked for. */
  #refused: { readonly token: string; readonly claims: string | undefined } | undefined
  #helpful: string | undefined

  allows(token: string, claims: string | undefined, now: number): boolean {
    const known = this.#refused?.token === token && this.#refused.claims === claims
    return !known || this.#fruitless < FRUITLESS || now >= this.#until
  }

  /** A request whose former token was refused got through with this one. */
  helped(token: string): void {
    this.#fruitless = 0
    this.#helpful = token
  }

  /** A request whose former token was refused was refused again. Counts once for each token, however many had it. */
  refused(token: string, claims: string | undefined, now: number): void {
    // It has helped others: it has been revoked since.
    if (token === this.#helpful || token === this.#refused?.token) return
    this.#refused = { token, claims }
    this.#fruitless += 1
    this.#until = now + PAUSE
  }
}
