import { setTimeout as delay } from 'node:timers/promises'
import { Problem } from '../problem'
import { repeatOf, WORTH_TELLING, type HttpRequest, type HttpResponse, type Policy, type Send } from './http'
import { retryAfterSeconds } from './retry-after'
import { eventOf } from './retry-event'
import { decide, mayBeApplied, type Decision, type RetryEvent } from './retry-table'
import { stopped, TransportFailure } from './transport-failure'

export interface RetryOptions {
  readonly maxRetries: number
  /** Throws a Problem for a 2xx answer that is not what it says. A request's own `check` comes first. */
  readonly check: (response: HttpResponse, request: HttpRequest) => Promise<unknown>
  /** From 0 to 1. */
  readonly random?: () => number
}

/** Repeats what may be repeated (the retry table), and says of the rest whether it is known to be undone. */
export function retry(options: RetryOptions): Policy {
  return {
    name: 'retry',
    send: async (request, next) => new Attempts(request, next, options).run(),
  }
}

interface Outcome {
  readonly event: RetryEvent
  readonly response?: HttpResponse
  readonly error?: Problem
}

class Attempts {
  readonly #request: HttpRequest
  readonly #next: Send
  readonly #options: RetryOptions
  readonly #repeatsFor = new Map<RetryEvent, number>()
  #repeats = 0
  /** Milliseconds between tries. The time in a queue does not count: it says nothing of the service. */
  #paused = 0
  #lost = false
  /** The consumer of the body has been called: what it did cannot be undone here. */
  #streaming = false

  constructor(request: HttpRequest, next: Send, options: RetryOptions) {
    this.#request = this.#watched(request)
    this.#next = next
    this.#options = options
  }

  async run(): Promise<HttpResponse> {
    let request = this.#request
    for (;;) {
      const outcome = await this.#once(request)
      const decision = this.#decide(outcome)
      if (decision.act !== 'repeat' || this.#streaming) return this.#end(outcome, decision)
      this.#note(outcome.event)
      await this.#pause(decision.after)
      const { fresh: _, ...again } = request
      request = {
        ...again,
        ...(decision.fresh ? { fresh: true as const } : {}),
        ...(outcome.error instanceof TransportFailure && outcome.error.solo ? { solo: true as const } : {}),
      }
    }
  }

  async #once(request: HttpRequest): Promise<Outcome> {
    let response: HttpResponse | undefined
    try {
      response = await this.#next(request)
      if (response.status >= 200 && response.status < 300 && request.into === undefined) {
        await (request.check?.(response) ?? this.#options.check(response, request))
      }
      return { event: eventOf(response), response }
    } catch (error) {
      if (error instanceof TransportFailure) return { event: error.kind, error }
      const broken = error instanceof Problem ? BROKEN.get(error.code) : undefined
      if (broken === undefined) throw this.#givenUp(error)
      return { event: broken, error: error as Problem, ...(response === undefined ? {} : { response }) }
    }
  }

  #decide({ event, response }: Outcome): Decision {
    return decide({
      event,
      repeat: repeatOf(this.#request),
      method: this.#request.method,
      repeats: this.#repeats,
      repeatsForEvent: this.#repeatsFor.get(event) ?? 0,
      lost: this.#lost,
      retryAfter: retryAfterSeconds(response?.headers.get('retry-after'), Date.now()),
      elapsed: this.#paused,
      maxRetries: this.#options.maxRetries,
      random: (this.#options.random ?? Math.random)(),
    })
  }

  async #pause(milliseconds: number): Promise<void> {
    const { signal, onWait } = this.#request
    this.#paused += milliseconds
    if (milliseconds >= WORTH_TELLING) onWait?.(milliseconds / 1000)
    try {
      await delay(milliseconds, undefined, { signal })
    } catch {
      throw this.#givenUp(signal.reason)
    }
  }

  /** What ended the tries says nothing of an earlier one that may have been applied. The error may be others', too. */
  #givenUp(error: unknown): unknown {
    if (!this.#lost || repeatOf(this.#request) === 'safe') return error
    const problem = error instanceof Problem ? new Problem(error.code, error.values) : stopped(this.#request)
    return problem instanceof Problem ? Object.assign(problem, { outcomeUnknown: true }) : problem
  }

  #note(event: RetryEvent): void {
    this.#repeats += 1
    this.#repeatsFor.set(event, (this.#repeatsFor.get(event) ?? 0) + 1)
    this.#lost ||= mayBeApplied(event)
  }

  #end({ response, error }: Outcome, decision: Decision): HttpResponse {
    const marks = {
      ...(this.#lost ? { lostTry: true as const } : {}),
      ...(this.#repeats > 0 ? { repeated: true as const } : {}),
    }
    if (decision.act === 'success') return { ...this.#applied(response, error), ...marks }
    const unknown = decision.act === 'unknown'
    if (error !== undefined) {
      error.outcomeUnknown = unknown
      throw error
    }
    if (response === undefined) throw new Problem('internalError', { reason: 'retry' })
    return { ...response, ...marks, ...(unknown ? { outcomeUnknown: true } : {}) }
  }

  /** It was done: by this try, whose answer broke, or by an earlier one, whose answer never came. */
  #applied(response: HttpResponse | undefined, error: Problem | undefined): HttpResponse {
    const head = error instanceof TransportFailure ? error.head : undefined
    const { url } = this.#request
    const { status, headers } = head ?? response ?? NOTHING
    return { status: status < 300 ? status : 204, headers, url, body: Buffer.alloc(0), bodyLost: true }
  }

  #watched(request: HttpRequest): HttpRequest {
    const { into } = request
    if (into === undefined) return request
    return {
      ...request,
      into: async (head, chunks) => {
        this.#streaming = true
        return into(head, chunks)
      },
    }
  }
}

const NOTHING = { status: 204, headers: new Map<string, string>() }

/** What a check says of a 2xx answer, as a row of the table. */
const BROKEN: ReadonlyMap<string, RetryEvent> = new Map([
  ['notJson', 'cut'],
  ['htmlAnswer', 'html'],
  ['responseTooLarge', 'tooLarge'],
])
