/**
 * What one workload of a service takes: closed while it asks for a pause, and at a learned pace where it has a limit.
 * Everything counts parts, not HTTP requests: a batch saves round trips, never units. Time is handed in.
 *
 * How the pace is learned: a limit is a bucket that fills at some rate. When the service refuses, the bucket is
 * empty; between two refusals it was filled by exactly what was accepted in between. From then on the bucket is
 * mirrored here, and nothing is sent that it does not hold.
 */
export class ThrottleGate {
  /** Parts in flight at the most, whatever is learned; Outlook takes four for a mailbox. */
  readonly #most: number
  readonly #recent: boolean[] = []
  #inFlight = 0
  #window = Infinity
  #writeWindow = FIRST_WRITES
  #closedUntil = 0
  /** Until when nothing is left, by the service's own count: that others are still accepted does not change it. */
  #usedUpUntil = 0
  /** When the service began to refuse the last time, and when the first that it refused had been sent. */
  #refusedAt = -Infinity
  #refusedSentAt = -Infinity
  #learned = false
  #pauses = 0
  /** When the bucket was empty the last time that this is known, and what was accepted since. */
  #emptyAt: number | undefined
  #accepted = 0
  /** Milliseconds since then in which nobody wanted anything: a bucket that overflows tells nothing of its rate. */
  #unused = 0
  #endedAt = -Infinity
  #bucket: Bucket | undefined
  /** Per second: the pace that was refused the last time, and how often a slower one was since then. */
  #refusedRate = 0
  #unexpected = 0
  /** What became of the requests that were sent no earlier than the first that was refused. */
  #sinceRefusal = { accepted: 0, refused: 0 }
  #heldUntil = 0

  constructor(most = Infinity) {
    this.#most = most
  }

  /** How many parts may leave now. */
  room(now: number, write: boolean): number {
    if (now < this.#closedUntil) return 0
    const window = Math.min(this.#most, this.#window, write ? this.#writeWindow : Infinity)
    const inBucket = this.#bucket === undefined ? Infinity : this.#bucket.level(now) - MARGIN
    return Math.max(0, Math.floor(Math.min(window - this.#inFlight, inBucket)))
  }

  /** Milliseconds after which time alone makes room; undefined where answers must come first. */
  opensIn(now: number): number | undefined {
    if (now < this.#closedUntil) return this.#closedUntil - now
    const missing = this.#bucket?.timeTo(1 + MARGIN, now) ?? 0
    return missing > 0 ? missing : undefined
  }

  /** Milliseconds that the service has asked for and that are not over. */
  closedFor(now: number): number {
    return Math.max(0, this.#closedUntil - now)
  }

  sent(now: number, parts = 1): void {
    if (this.#inFlight === 0) {
      const since = Math.max(this.#endedAt, this.#closedUntil, this.#emptyAt ?? now)
      this.#unused += Math.max(0, now - since)
    }
    this.#inFlight += parts
    this.#bucket?.take(parts, now)
  }

  /** It will never be answered, or what became of it says nothing of limits. */
  ended(now: number): void {
    this.#leave(now)
  }

  answered(now: number, sentAt: number, write: boolean): void {
    this.#leave(now)
    this.#note(false)
    this.#pauses = 0
    if (sentAt >= this.#refusedSentAt) this.#sinceRefusal.accepted += 1
    if (this.#emptyAt === undefined || sentAt >= this.#emptyAt) this.#accepted += 1
    // One refusal among many that were accepted says nothing of the others: only its own request waits.
    if (sentAt >= this.#refusedSentAt && !this.#confirmed())
      this.#closedUntil = Math.min(this.#closedUntil, Math.max(now, this.#usedUpUntil))
    if (now < this.#heldUntil) return
    if (this.#window !== Infinity) this.#window += 1 / (4 * this.#window)
    if (write && this.#writeWindow !== Infinity) this.#writeWindow += 1 / (4 * this.#writeWindow)
  }

  /** @param retryAfter seconds; undefined where the service did not say. */
  refused(now: number, sentAt: number, retryAfter: number | undefined): void {
    const alone = this.#inFlight === 1
    this.#leave(now)
    this.#note(true)
    // What had been sent before the first refusal came is refused for the same reason.
    if (sentAt >= this.#refusedAt) {
      this.#refusedAt = now
      this.#refusedSentAt = sentAt
      this.#learned = false
      this.#pauses += 1
      this.#sinceRefusal = { accepted: 0, refused: 0 }
      this.#slowDown(now)
    }
    if (sentAt >= this.#refusedSentAt) this.#sinceRefusal.refused += 1
    this.close(now, retryAfter ?? Math.min(LONGEST_PAUSE, 2 ** (this.#pauses - 1)))
    if (this.#learned || !(alone || this.#confirmed())) return
    // The pace is known; only a limit that is far below it is a new one.
    if (this.#bucket !== undefined && this.#refusals() < OVERWHELMING) return
    this.#learned = true
    this.close(now, SHORTEST_PAUSE)
    this.#learn(this.#refusedAt)
  }

  /** Nothing in flight, and nothing learned that could still matter. */
  idle(now: number): boolean {
    return this.#inFlight === 0 && this.#bucket === undefined && now >= this.#closedUntil
  }

  close(now: number, seconds: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, now + Math.min(LONGEST_CLOSED, seconds) * 1000)
  }

  /** The service says how much is left (`RateLimit-Remaining`, `-Reset`): that is spread over the time until it is more. */
  left(now: number, remaining: number, resetSeconds: number): void {
    const until = now + Math.min(LONGEST_CLOSED, resetSeconds) * 1000
    if (remaining < 1) {
      this.close(now, resetSeconds)
      this.#usedUpUntil = until
      return
    }
    if (resetSeconds <= 0) return
    // Each answer says so anew: what is in the mirror stays there.
    const level = this.#bucket?.level(now) ?? 1 + MARGIN
    this.#bucket = new Bucket(remaining / resetSeconds, now, { until, level: Math.min(level, remaining) })
  }

  /** How much of the limit is used (`x-ms-throttle-limit-percentage`, from 0.8 on). */
  used(now: number, share: number): void {
    if (share >= 1 && now >= this.#heldUntil)
      this.#window = Math.max(LEAST, Math.min(this.#window, this.#inFlight) * 0.7)
    if (share >= 0.8) this.#heldUntil = now + 1000
  }

  /**
   * The pace had gone up too far. Where slower ones are refused as well, it is not the pace: a service that fails by
   * chance would else be asked ever more slowly.
   */
  #slowDown(now: number): void {
    if (this.#bucket === undefined) return
    const rate = this.#bucket.rate(now)
    if (rate >= this.#refusedRate * EXPECTED) {
      this.#refusedRate = rate
      this.#unexpected = 0
    } else this.#unexpected += 1
    if (this.#unexpected < MOST_UNEXPECTED) {
      this.#bucket = this.#bucket.slower(now)
      return
    }
    this.#bucket = undefined
    this.#unexpected = 0
    this.#emptyAt = undefined
  }

  #learn(now: number): void {
    this.#window = Math.max(LEAST, Math.min(AFTER_REFUSAL, Math.ceil(this.#window / 2)))
    const seconds = this.#emptyAt === undefined ? 0 : (now - this.#emptyAt) / 1000
    const enough = seconds >= LEARNING_SECONDS && this.#accepted >= LEARNING_PARTS
    if (this.#emptyAt !== undefined && !enough) return
    if (enough && this.#unused <= seconds * 1000 * MOST_UNUSED) {
      // From here on the pace is the limit.
      this.#refusedRate = this.#accepted / seconds
      this.#unexpected = 0
      this.#bucket = new Bucket(this.#refusedRate * UNDER, now)
      this.#window = Infinity
      this.#writeWindow = Infinity
    }
    this.#emptyAt = now
    this.#accepted = 0
    this.#unused = 0
  }

  #leave(now: number): void {
    this.#inFlight -= 1
    this.#endedAt = now
  }

  #note(refused: boolean): void {
    this.#recent.push(refused)
    if (this.#recent.length > REMEMBERED) this.#recent.shift()
  }

  #confirmed(): boolean {
    const { accepted, refused } = this.#sinceRefusal
    return (refused >= IN_A_ROW && refused > accepted) || this.#refusals() >= CONFIRMING
  }

  #refusals(): number {
    return this.#recent.filter(Boolean).length
  }
}

/** The service's bucket, mirrored: empty when it refused, filled since then. */
class Bucket {
  readonly #rate: number
  readonly #begun: number
  readonly #until: number
  #level = 0
  #at: number

  constructor(perSecond: number, now: number, { until = Infinity, level = 0 } = {}) {
    this.#rate = perSecond
    this.#begun = now
    this.#at = now
    this.#until = until
    this.#level = level
  }

  /** Per second. A limit that was taken for too low, or was raised, is found by going up slowly, then faster. */
  rate(now: number): number {
    if (now >= this.#until) return Infinity
    return this.#rate * (1 + GROWTH * ((now - this.#begun) / 1000) ** 2)
  }

  /** Undefined where it held for some time only, which is over. */
  slower(now: number): Bucket | undefined {
    return now >= this.#until ? undefined : new Bucket(this.rate(now) * SLOWER, now, { until: this.#until })
  }

  level(now: number): number {
    this.#fill(now)
    return this.#level
  }

  take(parts: number, now: number): void {
    this.#fill(now)
    this.#level -= parts
  }

  timeTo(level: number, now: number): number {
    this.#fill(now)
    // However slow it is said to fill: when its time is over it holds nothing back any more.
    return Math.max(0, Math.min(this.#until - now, ((level - this.#level) / this.rate(now)) * 1000))
  }

  #fill(now: number): void {
    if (now >= this.#until) this.#level = Infinity
    // What is not used within some seconds is not saved: how much the bucket holds was never seen.
    else
      this.#level = Math.min(
        Math.max(this.#rate * SAVED_SECONDS, FULL_AT_LEAST),
        this.#level + (this.rate(now) * (now - this.#at)) / 1000,
      )
    this.#at = now
  }
}

/** Writes in flight at first: what may be refused before a limit is known. One more for each four that were answered. */
const FIRST_WRITES = 12
/** Parts in flight right after a refusal. */
const AFTER_REFUSAL = 8
const LEAST = 2
/** So many answers are looked back at, and so many refusals among them mean the service and not one request. */
const REMEMBERED = 16
const CONFIRMING = 3
const OVERWHELMING = 8
/** So many of what was sent together. */
const IN_A_ROW = 3
/** A pace that is refused again is expected to be no slower than that share of the one before. */
const EXPECTED = 0.975
const MOST_UNEXPECTED = 3
/** Just under the limit. */
const UNDER = 0.985
const SLOWER = 0.96
/** Empty to empty; less says little. */
const LEARNING_SECONDS = 1
const LEARNING_PARTS = 10
/** The share of that time that may have gone by without demand. */
const MOST_UNUSED = 0.1
/** Seconds that a service's refusal counts for at least, so that something is there again when it is over. */
const SHORTEST_PAUSE = 0.5
/** Parts that are left in the mirrored bucket: the mirror is not exact. */
const MARGIN = 1
/** However slow it fills, there is room for one in the end. */
const FULL_AT_LEAST = 1 + MARGIN
const GROWTH = 0.0005
const SAVED_SECONDS = 5
/** Seconds; after that one request may ask again, whatever the service said. */
const LONGEST_CLOSED = 900
/** Seconds, where the service does not say how long. */
const LONGEST_PAUSE = 30
