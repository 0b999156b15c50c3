import { randomBytes } from 'node:crypto'
import { Problem } from '../problem'
import {
  beginSignIn,
  finishSignIn,
  isOtherAccount,
  isSameBrowser,
  type AuthorizeAnswer,
  type FinishedSignIn,
  type PendingSignIn,
  type SignInPlan,
} from './sign-in'
import type { Account } from './token-store'

/** As long as a code lives at Entra, and as the cookie does. */
export const SIGN_IN_LIFE = 10 * 60_000
const MOST_ATTEMPTS = 100

export type SignInState =
  | { readonly kind: 'pending' }
  | { readonly kind: 'done'; readonly account: Account }
  | { readonly kind: 'failed'; readonly problem: Problem }
  /** Waits until somebody confirms that another account than before is meant. */
  | { readonly kind: 'otherAccount'; readonly account: Account; readonly before: Account }

export interface SignInsOptions {
  /** Who the connection is signed in as so far. */
  readonly known: (plan: SignInPlan) => Promise<Account | undefined>
  /** Stores the sign-in and lets the connection use it. */
  readonly keep: (plan: SignInPlan, finished: FinishedSignIn) => Promise<void>
  readonly now?: () => number
}

interface Attempt {
  readonly id: string
  readonly pending: PendingSignIn
  readonly begun: number
  /** Undefined once the state has been seen. */
  open: boolean
  state: SignInState
  waiting: FinishedSignIn | undefined
}

/** The attempts that run at present: in memory, few, and each for ten minutes. */
export class SignIns {
  readonly #options: SignInsOptions
  readonly #attempts = new Map<string, Attempt>()
  readonly #closed = new AbortController()

  constructor(options: SignInsOptions) {
    this.#options = options
  }

  begin(plan: SignInPlan): { attempt: string; cookie: string; authorizeUrl: string } {
    const { pending, cookie, authorizeUrl } = beginSignIn(plan)
    const id = randomBytes(16).toString('base64url')
    this.#attempts.set(id, {
      id,
      pending,
      begun: this.#now(),
      open: true,
      state: { kind: 'pending' },
      waiting: undefined,
    })
    this.#forgetOld()
    return { attempt: id, cookie, authorizeUrl }
  }

  /** Undefined for an attempt that is unknown, too old or another connection's. */
  state(connection: string, id: string): SignInState | undefined {
    return this.#attempt(connection, id)?.state
  }

  /** The attempt that a `state` belongs to, as long as it has not been used. */
  find(state: string): { readonly attempt: string; readonly returnsHere: boolean } | undefined {
    const attempt = this.#byState(state)
    return attempt === undefined
      ? undefined
      : { attempt: attempt.id, returnsHere: attempt.pending.returnsHere }
  }

  /**
   * The browser has come back. The state is used up by the first who shows it, whatever comes of it; the code is
   * redeemed only for the browser that began, else a link could sign its reader in to someone else's flow.
   */
  async answer(state: string, cookie: string | undefined, answer: AuthorizeAnswer): Promise<SignInState> {
    const attempt = this.#byState(state)
    if (attempt === undefined) return { kind: 'failed', problem: new Problem('signInUnknown') }
    return this.#finish(attempt, cookie, answer)
  }

  /** The code, or the whole address, that a person copied because the redirect leads elsewhere. */
  async paste(
    connection: string,
    id: string,
    cookie: string | undefined,
    text: string,
  ): Promise<SignInState> {
    const attempt = this.#attempt(connection, id)
    if (attempt === undefined || !attempt.open) throw new Problem('signInUnknown')
    const { state, ...answer } = readPasted(text)
    if (state !== undefined && state !== attempt.pending.state) throw new Problem('pastedElsewhere')
    return this.#finish(attempt, cookie, answer)
  }

  /** Somebody has confirmed that the other account is meant. */
  async accept(connection: string, id: string): Promise<SignInState> {
    const attempt = this.#attempt(connection, id)
    const finished = attempt?.waiting
    if (attempt === undefined || finished === undefined) throw new Problem('signInUnknown')
    attempt.waiting = undefined
    return this.#settle(attempt, async () => this.#keep(attempt, finished))
  }

  close(): void {
    this.#closed.abort()
    this.#attempts.clear()
  }

  async #finish(attempt: Attempt, cookie: string | undefined, answer: AuthorizeAnswer): Promise<SignInState> {
    attempt.open = false
    return this.#settle(attempt, async () => {
      const { pending } = attempt
      if (!isSameBrowser(pending, cookie)) throw new Problem('signInOtherBrowser')
      const finished = await finishSignIn(pending, answer, this.#closed.signal)
      const before = await this.#options.known(pending)
      const { account } = finished.signIn
      if (before === undefined || !isOtherAccount(before, account)) return this.#keep(attempt, finished)
      attempt.waiting = finished
      return { kind: 'otherAccount', account, before }
    })
  }

  async #keep({ pending }: Attempt, finished: FinishedSignIn): Promise<SignInState> {
    await this.#options.keep(pending, finished)
    return { kind: 'done', account: finished.signIn.account }
  }

  async #settle(attempt: Attempt, work: () => Promise<SignInState>): Promise<SignInState> {
    try {
      attempt.state = await work()
    } catch (error) {
      const problem =
        error instanceof Problem ? error : new Problem('signInNotStored', { reason: nameOf(error) })
      attempt.state = { kind: 'failed', problem }
    }
    return attempt.state
  }

  #attempt(connection: string, id: string): Attempt | undefined {
    this.#forgetOld()
    const attempt = this.#attempts.get(id)
    return attempt?.pending.connection === connection ? attempt : undefined
  }

  #byState(state: string): Attempt | undefined {
    this.#forgetOld()
    return [...this.#attempts.values()].find((attempt) => attempt.open && attempt.pending.state === state)
  }

  #forgetOld(): void {
    const oldest = this.#now() - SIGN_IN_LIFE
    for (const [id, { begun }] of this.#attempts) {
      if (begun < oldest || this.#attempts.size > MOST_ATTEMPTS) this.#attempts.delete(id)
    }
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now()
  }
}

function readPasted(text: string): AuthorizeAnswer & { readonly state: string | undefined } {
  const pasted = text.trim()
  const query = URL.canParse(pasted) ? new URL(pasted).searchParams : new URLSearchParams(pasted)
  const value = (name: string): string | undefined => query.get(name) ?? undefined
  const known = query.has('code') || query.has('error')
  return {
    code: known ? value('code') : pasted,
    error: value('error'),
    errorDescription: value('error_description'),
    issuer: value('iss'),
    state: value('state'),
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? ('code' in error ? String(error.code) : error.name) : 'unknown'
}
