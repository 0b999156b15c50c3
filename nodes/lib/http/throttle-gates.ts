import type { HttpResponse } from './http'
import { retryAfterSeconds } from './retry-after'
import { eventOf } from './retry-event'
import { ThrottleGate } from './throttle-gate'
import type { Workload } from './workload'

/** One part on its way, as the gates see it. */
export interface Passage {
  readonly workload: Workload
  readonly write: boolean
}

/** Parts in flight for one mailbox (Graph, "Outlook service limits"). */
const PARTS_PER_MAILBOX = 4

/** Milliseconds; two workloads that are throttled within it are throttled together. */
const TOGETHER = 10_000

/**
 * The gates of one tenant: for each workload one, for Outlook one for each mailbox, and one over all. A pause that
 * the service asks for closes the smallest that it can be meant for, so that one mailbox's five minutes do not stop
 * the directory.
 */
export class ThrottleGates {
  readonly #gates = new Map<string, ThrottleGate>()
  readonly #all = new ThrottleGate()
  #last: { readonly name: string; readonly at: number } | undefined
  /** No gate is closed for longer; it may be open again by then. */
  #closedUntil = 0

  room(passage: Passage, now: number): number {
    const { workload, write } = passage
    return Math.min(
      this.#seen(workload).room(now, write),
      this.#above(workload).room(now, write),
      this.#all.room(now, write),
    )
  }

  /** Milliseconds after which time alone makes room; undefined where answers must come first. */
  opensIn({ workload }: Passage, now: number): number | undefined {
    const waits = [this.#seen(workload), this.#above(workload), this.#all].flatMap(
      (gate) => gate.opensIn(now) ?? [],
    )
    return waits.length === 0 ? undefined : Math.max(...waits)
  }

  closedFor({ workload }: Passage, now: number): number {
    if (!this.anyClosed(now)) return 0
    return Math.max(
      this.#seen(workload).closedFor(now),
      this.#above(workload).closedFor(now),
      this.#all.closedFor(now),
    )
  }

  /** False where it is not worth asking for which. */
  anyClosed(now: number): boolean {
    return now < this.#closedUntil
  }

  sent(passage: Passage, now: number): void {
    this.#gate(passage.workload).sent(now)
  }

  /** @param response undefined where none came. */
  ended(passage: Passage, sentAt: number, response: HttpResponse | undefined, now: number): void {
    const gate = this.#gate(passage.workload)
    if (response === undefined) {
      gate.ended(now)
      return
    }
    const event = eventOf(response)
    if (event === 'busy' || event === 'overloaded') {
      const pause = retryAfterSeconds(response.headers.get('retry-after'), Date.now())
      gate.refused(now, sentAt, pause)
      if (pause !== undefined) this.#widen(passage.workload, response, pause, now)
    } else {
      gate.answered(now, sentAt, passage.write)
      hints(gate, response, now)
    }
    this.#closedUntil = Math.max(this.#closedUntil, now + gate.closedFor(now))
  }

  #widen({ name, mailbox }: Workload, response: HttpResponse, pause: number, now: number): void {
    const [scope = ''] = (response.headers.get('x-ms-throttle-scope') ?? '').toLowerCase().split('/')
    if (mailbox !== undefined && /tenant|application/u.test(scope) && !/user|mailbox|resource/u.test(scope)) {
      this.#gate({ name }).close(now, pause)
    }
    const other = this.#last !== undefined && this.#last.name !== name && now - this.#last.at < TOGETHER
    if (other) this.#all.close(now, pause)
    this.#last = { name, at: now }
  }

  /** As it is known by now; to ask is not to use it. */
  #seen({ name, mailbox }: Workload): ThrottleGate {
    if (mailbox === undefined) return this.#gates.get(name) ?? UNUSED
    return this.#gates.get(`${name}/${mailbox}`) ?? UNUSED_MAILBOX
  }

  /** Over all mailboxes. */
  #above({ name, mailbox }: Workload): ThrottleGate {
    return mailbox === undefined ? UNUSED : (this.#gates.get(name) ?? UNUSED)
  }

  #gate({ name, mailbox }: Workload): ThrottleGate {
    const key = mailbox === undefined ? name : `${name}/${mailbox}`
    const found = this.#gates.get(key)
    if (found !== undefined) return found
    if (this.#gates.size > MOST_GATES) this.#forgetIdle()
    const made = new ThrottleGate(mailbox === undefined ? Infinity : PARTS_PER_MAILBOX)
    this.#gates.set(key, made)
    return made
  }

  /** Mailboxes come and go; a gate that holds nothing back and has nobody in it is like a new one. */
  #forgetIdle(): void {
    const now = performance.now()
    for (const [key, gate] of this.#gates) if (gate.idle(now)) this.#gates.delete(key)
  }
}

/** What nobody has gone through; never written to. */
const UNUSED = new ThrottleGate()
const UNUSED_MAILBOX = new ThrottleGate(PARTS_PER_MAILBOX)

const MOST_GATES = 1000

/** What the service says of its limits before it refuses. */
function hints(gate: ThrottleGate, { headers }: HttpResponse, now: number): void {
  const share = Number(headers.get('x-ms-throttle-limit-percentage') ?? Number.NaN)
  if (share > 0) gate.used(now, share)
  const remaining = Number(headers.get('ratelimit-remaining') ?? Number.NaN)
  const reset = secondsUntil(Number(headers.get('ratelimit-reset') ?? Number.NaN))
  if (Number.isFinite(remaining) && reset > 0) gate.left(now, remaining, reset)
}

/** Seconds from now, as Graph says it; some services name the second itself, counted from 1970. */
function secondsUntil(reset: number): number {
  return reset > 1e9 ? reset - Date.now() / 1000 : reset
}
