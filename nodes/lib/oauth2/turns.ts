/** One after another, in the order of asking. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  async take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
