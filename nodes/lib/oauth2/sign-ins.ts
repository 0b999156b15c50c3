import { randomBytes } from 'node:crypto'
import { errorName } from '../error-code'
import { Problem } from '../problem'
import { pollDeviceCode, requestDeviceCode, type DeviceCode } from './device-sign-in'
import {
  beginSignIn,
  finishSignIn,
  isOtherAccount,
  isSameBrowser,
  type AuthorizeAnswer,
  type BrowserPlan,
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
  readonly plan: SignInPlan
  /** What the browser's answer has to match; undefined for a device code. */
  readonly pending: PendingSignIn | undefined
  /** Epoch milliseconds. */
  readonly ends: number
  /** Ends the work that goes on for it. */
  readonly stop: AbortController
  /** Whether an answer of the browser is still waited for. */
  open: boolean
  state: SignInState
  waiting: FinishedSignIn | undefined
}

/** The attempts that run at present: in memory, few, and each for ten minutes. */
export class SignIns {
  readonly #options: SignInsOptions
  readonly #attempts = new Map<string, Attempt>()

  constructor(options: SignInsOptions) {
    this.#options = options
  }

  begin(plan: BrowserPlan): { attempt: string; cookie: string; authorizeUrl: string } {
    const { pending, cookie, authorizeUrl } = beginSignIn(plan)
    const { id } = this.#add(plan, pending, this.#now() + SIGN_IN_LIFE, new AbortController())
    return { attempt: id, cookie, authorizeUrl }
  }

  /** The service gives out a code; somebody enters it in any browser while we ask for the outcome. */
  async beginDevice(plan: SignInPlan): Promise<{ attempt: string; code: DeviceCode }> {
    const stop = new AbortController()
    const code = await requestDeviceCode(plan, stop.signal)
    // The outcome stays to be asked for a while after the code has ended.
    const attempt = this.#add(plan, undefined, code.expiresAt + SIGN_IN_LIFE, stop)
    void this.#settle(attempt, async () =>
      this.#welcome(attempt, await pollDeviceCode(plan, code, stop.signal)),
    )
    return { attempt: attempt.id, code }
  }

  /** The dialog has given up. False where there is no such attempt. */
  cancel(connection: string, id: string): boolean {
    const attempt = this.#attempt(connection, id)
    if (attempt === undefined) return false
    this.#drop(attempt)
    return true
  }

  /** Undefined for an attempt that is unknown, too old or another connection's. */
  state(connection: string, id: string): SignInState | undefined {
    return this.#attempt(connection, id)?.state
  }

  /** The attempt that a `state` belongs to, as long as it has not been used. */
  find(state: string): { readonly attempt: string; readonly returnsHere: boolean } | undefined {
    const attempt = this.#byState(state)
    if (attempt?.pending === undefined) return undefined
    return { attempt: attempt.id, returnsHere: attempt.pending.returnsHere }
  }

  /**
   * The browser has come back. The state is used up by the first who shows it, whatever comes of it; the code is
   * redeemed only for the browser that began, else a link could sign its reader in to someone else's flow.
   */
  async answer(state: string, cookie: string | undefined, answer: AuthorizeAnswer): Promise<SignInState> {
    const attempt = this.#byState(state)
    if (attempt?.pending === undefined) return { kind: 'failed', problem: new Problem('signInUnknown') }
    return this.#finish(attempt, attempt.pending, cookie, answer)
  }

  /** The code, or the whole address, that a person copied because the redirect leads elsewhere. */
  async paste(
    connection: string,
    id: string,
    cookie: string | undefined,
    text: string,
  ): Promise<SignInState> {
    const attempt = this.#attempt(connection, id)
    if (attempt?.pending === undefined || !attempt.open) throw new Problem('signInUnknown')
    const { pending } = attempt
    const { state, ...answer } = readPasted(text)
    if (state !== undefined && state !== pending.state) throw new Problem('pastedElsewhere')
    return this.#finish(attempt, pending, cookie, answer)
  }

  /** Somebody has confirmed that the other account is meant. */
  async accept(connection: string, id: string): Promise<SignInState> {
    const attempt = this.#attempt(connection, id)
    const finished = attempt?.waiting
    if (attempt === undefined || finished === undefined) throw new Problem('signInUnknown')
    attempt.waiting = undefined
    return this.#settle(attempt, async () => this.#keep(attempt, finished))
  }

  /** The connection is gone: nobody waits for its sign-ins any more. */
  forget(connection: string): void {
    for (const attempt of this.#attempts.values())
      if (attempt.plan.connection === connection) this.#drop(attempt)
  }

  close(): void {
    for (const attempt of this.#attempts.values()) this.#drop(attempt)
  }

  #add(plan: SignInPlan, pending: PendingSignIn | undefined, ends: number, stop: AbortController): Attempt {
    const id = randomBytes(16).toString('base64url')
    const attempt: Attempt = {
      id,
      plan,
      pending,
      ends,
      stop,
      open: pending !== undefined,
      state: { kind: 'pending' },
      waiting: undefined,
    }
    this.#attempts.set(id, attempt)
    this.#forgetOld()
    return attempt
  }

  #drop(attempt: Attempt): void {
    attempt.stop.abort()
    this.#attempts.delete(attempt.id)
  }

  async #finish(
    attempt: Attempt,
    pending: PendingSignIn,
    cookie: string | undefined,
    answer: AuthorizeAnswer,
  ): Promise<SignInState> {
    attempt.open = false
    return this.#settle(attempt, async () => {
      if (!isSameBrowser(pending, cookie)) throw new Problem('signInOtherBrowser')
      return this.#welcome(attempt, await finishSignIn(pending, answer, attempt.stop.signal))
    })
  }

  async #welcome(attempt: Attempt, finished: FinishedSignIn): Promise<SignInState> {
    const before = await this.#options.known(attempt.plan)
    const { account } = finished.signIn
    if (before === undefined || !isOtherAccount(before, account)) return this.#keep(attempt, finished)
    attempt.waiting = finished
    return { kind: 'otherAccount', account, before }
  }

  async #keep({ plan, stop }: Attempt, finished: FinishedSignIn): Promise<SignInState> {
    // Given up meanwhile: then nothing is stored.
    stop.signal.throwIfAborted()
    await this.#options.keep(plan, finished)
    return { kind: 'done', account: finished.signIn.account }
  }

  async #settle(attempt: Attempt, work: () => Promise<SignInState>): Promise<SignInState> {
    try {
      attempt.state = await work()
    } catch (error) {
      const problem =
        error instanceof Problem ? error : new Problem('signInNotKept', { reason: errorName(error) })
      attempt.state = { kind: 'failed', problem }
    }
    return attempt.state
  }

  #attempt(connection: string, id: string): Attempt | undefined {
    this.#forgetOld()
    const attempt = this.#attempts.get(id)
    return attempt?.plan.connection === connection ? attempt : undefined
  }

  #byState(state: string): Attempt | undefined {
    this.#forgetOld()
    return [...this.#attempts.values()].find((attempt) => attempt.open && attempt.pending?.state === state)
  }

  #forgetOld(): void {
    const now = this.#now()
    for (const attempt of this.#attempts.values()) {
      if (attempt.ends < now || this.#attempts.size > MOST_ATTEMPTS) this.#drop(attempt)
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
