/** A window that is doubled stays so where the flow becomes faster by this factor. */
const GAIN = 1.2
/** Milliseconds that the flow's speed is measured for at least: timers and collections come and go. */
const MEASURED = 50
/** What is in flight is replaced so many times before another size is tried: after one that helped, and one that did not. */
const RESTING_ROUNDS = 64
const DOUBTING_ROUNDS = 16

/**
 * How many unfinished messages a flow is given: as few as keep it as fast as it can be. What waits in a flow occupies
 * memory for longer than V8's collector of short-lived objects comes round, which costs twice: a quarter more processor
 * time, and a heap that is let grow to a few times its size.
 *
 * It begins small and is doubled as long as the flow gets faster by it (one that waits for many answers at once does,
 * one that does its work message by message does not), or while the flow gets rid of nothing (one that collects
 * messages may wait for the next). Now and then half the size is tried. It only reckons; who sends the messages waits.
 */
export class FlowWindow {
  readonly #least: number
  readonly #most: number
  readonly #now: () => number
  #size: number
  /** Completions until the next step. */
  #left = 0
  #measured = 0
  #step: 'settling' | 'measuring' | 'resting' = 'settling'
  #began = 0
  /** A wait began during this step. Without one, or in the middle of a long one, its speed says nothing of the window. */
  #used = false
  /** Messages per millisecond at half the size. */
  #before: number | undefined

  /**
   * @param least what it begins with.
   * @param most what it never exceeds.
   * @param now milliseconds.
   */
  constructor(least: number, most: number, now = (): number => performance.now()) {
    this.#least = Math.min(least, most)
    this.#most = most
    this.#now = now
    this.#size = this.#least
    this.#settle()
  }

  get size(): number {
    return this.#size
  }

  /** There is nothing left for it to hold back. */
  get isWide(): boolean {
    return this.#size >= this.#most
  }

  /** Messages wait for room. */
  used(): void {
    this.#used = true
  }

  /** Messages wait for room, and there is none. */
  stalled(): void {
    this.#resize(this.#size * 2)
    this.#before = undefined
    this.#settle()
  }

  /** The flow has finished one. */
  completed(): void {
    this.#left -= 1
    if (this.#left > 0) return
    if (this.#step === 'settling') this.#begin()
    else if (this.#step === 'measuring') this.#judge()
    else this.#retry()
  }

  /** What was sent before is let through first, until the window is all that holds messages back. */
  #settle(): void {
    this.#step = 'settling'
    this.#left = this.#size
    this.#used = false
  }

  #begin(): void {
    if (!this.#used) {
      this.#settle()
      return
    }
    this.#step = 'measuring'
    this.#left = this.#size
    this.#measured = 0
    this.#used = false
    this.#began = this.#now()
  }

  #judge(): void {
    const elapsed = this.#now() - this.#began
    this.#measured += this.#size
    this.#left = this.#size
    if (elapsed < MEASURED) return
    const rate = this.#measured / elapsed
    const helped = this.#before === undefined || rate >= this.#before * GAIN
    if (!this.#used) this.#settle()
    else if (helped && !this.isWide) {
      this.#before = rate
      this.#resize(this.#size * 2)
      this.#settle()
    } else this.#rest(helped)
  }

  #rest(helped: boolean): void {
    if (!helped) this.#resize(this.#size / 2)
    this.#before = undefined
    this.#step = 'resting'
    this.#left = this.#size * (helped ? RESTING_ROUNDS : DOUBTING_ROUNDS)
  }

  #retry(): void {
    this.#resize(this.#size / 2)
    this.#settle()
  }

  #resize(size: number): void {
    this.#size = Math.min(this.#most, Math.max(this.#least, Math.round(size)))
  }
}
