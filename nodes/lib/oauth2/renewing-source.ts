import { Problem } from '../problem'
import { isDue, isOver, type HeldToken } from './token-life'
import type { AccessToken, TokenSource } from './token-source'

/** Gets another token, whatever the grant. */
export interface Obtainer {
  /** `claims` is a challenge that the token has to answer (Entra, "Claims challenges"). */
  obtain(claims: string | undefined, signal: AbortSignal): Promise<HeldToken>
  /** Somebody has signed in or out: what was remembered of the sign-in before is void. */
  reset(): void
}

/**
 * Called whenever what stands between the connection and a token changes: `signInRequired` and its like when
 * only a person can help, undefined when that is over. Called at once where something already stands in the way.
 */
export type StateListener = (problem: Problem | undefined) => void

/** After an early renewal failed, the token at hand serves on for a while before it is tried again. */
const EARLY_AGAIN = 30_000
/** Milliseconds: no service keeps us waiting for longer. */
const LONGEST_PAUSE = 60 * 60_000

/**
 * Holds a connection's access token. Renewal happens on demand and once for all who wait; nothing runs while
 * nobody asks.
 */
export class RenewingSource implements TokenSource {
  readonly #obtainer: Obtainer
  readonly #listeners = new Set<StateListener>()
  #renewal = new AbortController()
  #closed = false
  #held: HeldToken | undefined
  #pending: Promise<HeldToken> | undefined
  #claims: string | undefined
  #problem: Problem | undefined
  #failure: Problem | undefined
  #notBefore = 0
  /** The service has named a time before which it does not want to be asked, and why. */
  #pause: { readonly until: number; readonly problem: Problem } | undefined

  constructor(obtainer: Obtainer) {
    this.#obtainer = obtainer
  }

  /** The token at hand, without asking for another. */
  get held(): HeldToken | undefined {
    return this.#held
  }

  /** What the service demands of the next token (a claims challenge that no token has answered yet). */
  get claims(): string | undefined {
    return this.#claims
  }

  /** Why the last renewal failed, while the token at hand serves on. */
  get failure(): Problem | undefined {
    return this.#failure
  }

  async get(signal: AbortSignal): Promise<AccessToken> {
    signal.throwIfAborted()
    const now = Date.now()
    const held = this.#held
    if (held !== undefined && !isDue(held, now)) return held
    if (held !== undefined && !isOver(held, now) && now < this.#notBefore) return held
    if (this.#pause !== undefined && now < this.#pause.until) throw this.#pause.problem
    return untilAborted(this.#shared(), signal)
  }

  reject(token: AccessToken, claims?: string): void {
    if (this.#held?.value !== token.value) return
    this.#held = undefined
    this.#claims = claims
  }

  /** Somebody has signed in or out: what was known before is void, and who waits gets the new account's token. */
  restart(problem?: Problem): void {
    this.#held = undefined
    this.#pending = undefined
    this.#claims = undefined
    this.#failure = undefined
    this.#pause = undefined
    this.#obtainer.reset()
    this.#renewal.abort()
    this.#renewal = new AbortController()
    // Also where nothing was wrong here: a node may have been told by its own request, for another tenant's token.
    this.#announce(problem)
  }

  /** What is known before anybody has asked for a token, such as that nobody has signed in. */
  presume(problem: Problem): void {
    if (this.#held === undefined && this.#pending === undefined) this.#tell(problem)
  }

  /** A token that came another way, such as with the sign-in itself. */
  adopt(token: HeldToken): void {
    this.restart()
    this.#held = token
  }

  /** Tells of what stands between the connection and a token; at once, if something does. */
  onStateChange(listener: StateListener): () => void {
    // A wrapper of its own for each call: whoever subscribes the same function twice ends them one by one.
    const own: StateListener = (problem) => {
      listener(problem)
    }
    this.#listeners.add(own)
    if (this.#problem !== undefined) own(this.#problem)
    return () => {
      this.#listeners.delete(own)
    }
  }

  close(): void {
    this.#closed = true
    this.#pending = undefined
    this.#listeners.clear()
    this.#held = undefined
    this.#renewal.abort()
  }

  async #shared(): Promise<HeldToken> {
    const pending = (this.#pending ??= this.#renew())
    try {
      return await pending
    } finally {
      if (this.#pending === pending) this.#pending = undefined
    }
  }

  async #renew(): Promise<HeldToken> {
    if (this.#closed) throw new Problem('connectionClosed')
    const before = this.#held
    const claims = this.#claims
    const { signal } = this.#renewal
    try {
      const token = await this.#obtainer.obtain(claims, signal)
      signal.throwIfAborted()
      if (this.#claims === claims) this.#claims = undefined
      this.#held = token
      this.#failure = undefined
      this.#tell(undefined)
      return token
    } catch (error) {
      return signal.aborted ? (this.#held ?? this.#shared()) : this.#withoutNew(error, before)
    }
  }

  /** A service that is down for a moment is no reason to fail while the old token is good. */
  #withoutNew(error: unknown, before: HeldToken | undefined): HeldToken {
    const signInRequired = error instanceof Problem && error.code === 'signInRequired'
    const now = Date.now()
    const pause = pauseOf(error)
    if (error instanceof Problem && pause > 0) this.#pause = { until: now + pause, problem: error }
    if (!signInRequired && before !== undefined && this.#held === before && !isOver(before, now)) {
      this.#notBefore = now + Math.max(EARLY_AGAIN, pause)
      this.#failure = error instanceof Problem ? error : undefined
      return before
    }
    if (error instanceof Problem) {
      const claims = error.values['claims']
      if (signInRequired && typeof claims === 'string') this.#claims = claims
      this.#tell(error)
    }
    throw error
  }

  #tell(problem: Problem | undefined): void {
    if (this.#problem?.message !== problem?.message) this.#announce(problem)
  }

  #announce(problem: Problem | undefined): void {
    this.#problem = problem
    for (const listener of this.#listeners) listener(problem)
  }
}

/** Milliseconds. */
function pauseOf(error: unknown): number {
  const seconds = error instanceof Problem ? error.values['retryAfter'] : undefined
  return typeof seconds === 'number' ? Math.min(seconds * 1000, LONGEST_PAUSE) : 0
}

/** One caller's abort ends that caller's waiting, not the work that others wait for. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    }
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
