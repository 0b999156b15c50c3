import { setImmediate as nextTurn } from 'node:timers/promises'

/** Milliseconds of work after which the event loop gets its turn: two such slices may fall into one turn. */
const SLICE = 4

/** Changes each element where it stands. */
export async function replaceEach<T>(list: T[], change: (element: T) => T): Promise<void> {
  const slice = new TimeSlice()
  for (const [index, element] of list.entries()) {
    list[index] = change(element)
    if (slice.isOver()) await slice.pause()
  }
}

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
