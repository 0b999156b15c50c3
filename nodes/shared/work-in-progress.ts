import { setTimeout as delay } from 'node:timers/promises'

/** Milliseconds; Node-RED itself waits 15 seconds for a node to close. */
const PATIENCE = 10_000

const settled = (): void => {}

/** What has been begun and is still to end, so that who closes can wait for it. */
export class WorkInProgress {
  readonly #works = new Set<Promise<unknown>>()

  /** How it ends is somebody else's concern. */
  add(work: Promise<unknown>): void {
    const ended = work.then(settled, settled)
    this.#works.add(ended)
    void ended.then(() => this.#works.delete(ended))
  }

  /** Resolves when all of it has ended, or when that takes too long. */
  async ended(patience = PATIENCE): Promise<void> {
    if (this.#works.size === 0) return
    const giveUp = new AbortController()
    const tooLong = delay(patience, undefined, { signal: giveUp.signal }).catch(() => {})
    await Promise.race([Promise.all(this.#works), tooLong])
    giveUp.abort()
  }
}
