/** Renewals in a row that helped nobody, after which another is not expected to help either: at one path, and at all. */
const FRUITLESS_AT_PATH = 3
const FRUITLESS = 9
/**
 * Milliseconds until that is tried again: Entra ends the sign-in of who asks for token after token (AADSTS50196).
 */
const PAUSE = 30_000
/** After so long nothing is remembered of it. */
const FORGOTTEN = 10 * PAUSE
const MOST_PATHS = 1000

interface Refusals {
  readonly fruitless: number
  readonly last: number
  /** A claims challenge was answered although there is a pause: the service says what would help. */
  readonly excepted: boolean
}

const NONE: Refusals = { fruitless: 0, last: -Infinity, excepted: false }

/**
 * Says whether a refused token is worth replacing. A token that is refused may have been revoked, and then another
 * helps; or a path, or the whole service, refuses every token (one for another audience, a workload without licence),
 * and then it does not. Only the outcome tells them apart: what a renewal did for those who were refused before it.
 */
export class RenewalLimit {
  readonly #paths = new Map<string, Refusals>()
  #everywhere = NONE
  #helpful: string | undefined
  #counted: string | undefined

  /** Asked of the token in use; who was refused with an older one need not ask. */
  allows(path: string, claims: string | undefined, now: number): boolean {
    const here = this.#at(path, now)
    if (!isPaused(here, FRUITLESS_AT_PATH, now) && !isPaused(this.#everywhere, FRUITLESS, now)) return true
    if (claims === undefined || here.excepted) return false
    this.#note(path, { ...here, last: now, excepted: true })
    return true
  }

  /** A request whose former token was refused got through with this one. */
  helped(path: string, token: string): void {
    this.#helpful = token
    this.#everywhere = NONE
    this.#paths.delete(path)
  }

  /**
   * A request whose former token was refused was refused again, with the token in use. Counts once for each token,
   * however many had it; one that has helped others has been revoked since.
   */
  refused(path: string, token: string, now: number): void {
    if (token === this.#helpful || token === this.#counted) return
    this.#counted = token
    this.#note(path, again(this.#at(path, now), now))
    this.#everywhere = again(this.#everywhere, now)
  }

  #note(path: string, refusals: Refusals): void {
    this.#paths.delete(path)
    this.#paths.set(path, refusals)
    const [oldest] = this.#paths.keys()
    if (this.#paths.size > MOST_PATHS && oldest !== undefined) this.#paths.delete(oldest)
  }

  #at(path: string, now: number): Refusals {
    const here = this.#paths.get(path)
    return here === undefined || now - here.last > FORGOTTEN ? NONE : here
  }
}

function isPaused({ fruitless, last }: Refusals, most: number, now: number): boolean {
  return fruitless >= most && now - last < PAUSE
}

function again({ fruitless, last, excepted }: Refusals, now: number): Refusals {
  return {
    fruitless: now - last > FORGOTTEN ? 1 : fruitless + 1,
    last: now,
    excepted: excepted && now - last < PAUSE,
  }
}
