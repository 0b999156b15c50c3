/** As many as go into one batch; each takes a fraction of a millisecond to plan. */
const MOST = 20

/**
 * Lets so many through in one turn of the event loop, in the order in which they come. Node-RED hands a thousand
 * messages over in one turn: if all of them were begun in it, the answers to the first ones would wait until the last
 * one is under way.
 */
export class Turnstile {
  readonly #most: number
  readonly #waiting: (() => void)[] = []
  #through = 0
  #turning = false

  constructor(most = MOST) {
    this.#most = most
  }

  /** Undefined where one need not wait. */
  pass(): Promise<void> | undefined {
    this.#awaitTurn()
    if (this.#waiting.length > 0 || this.#through >= this.#most) {
      return new Promise((resolve) => this.#waiting.push(resolve))
    }
    this.#through += 1
    return undefined
  }

  #awaitTurn(): void {
    if (this.#turning) return
    this.#turning = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#turning = false
    const next = this.#waiting.splice(0, this.#most)
    this.#through = next.length
    if (next.length > 0) this.#awaitTurn()
    for (const go of next) go()
  }
}
