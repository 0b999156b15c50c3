import { setImmediate as nextTurn } from 'node:timers/promises'

/** Milliseconds of work after which the event loop gets its turn: two such slices may fall into one turn. */
const SLICE = 4

/** Long work in short pieces, so that everything else in the process goes on. */
export class TimeSlice {
  #ends = performance.now() + SLICE

  isOver(): boolean {
    return performance.now() >= this.#ends
  }

  /** Lets the event loop do what has come up, and begins the next slice. */
  async pause(): Promise<void> {
    await nextTurn()
    this.#ends = performance.now() + SLICE
  }
}
