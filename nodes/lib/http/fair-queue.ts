/** Requests that wait in one place; each is a message that somebody's memory holds. */
export const MOST_WAITING = 20_000

/** Work of many owners: each waits in a line of its own, and the lines are served in turn. */
export class FairQueue<Item> {
  readonly #lines = new Map<string, Set<Item>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(owner: string, item: Item): void {
    const line = this.#lines.get(owner)
    if (line === undefined) this.#lines.set(owner, new Set([item]))
    else line.add(item)
    this.#size += 1
  }

  /**
   * The first item that may go, of the owner whose turn it is: a line whose first may not go is looked through, because
   * what holds one up may have nothing to do with the next. Its owner comes last from then on.
   */
  take(mayGo: (item: Item) => boolean): Item | undefined {
    for (const [owner, line] of this.#lines) {
      for (const item of line) {
        if (!mayGo(item)) continue
        this.remove(owner, item)
        if (line.size > 0) {
          this.#lines.delete(owner)
          this.#lines.set(owner, line)
        }
        return item
      }
    }
    return undefined
  }

  /** Whether it was there. */
  remove(owner: string, item: Item): boolean {
    const line = this.#lines.get(owner)
    if (line?.delete(item) !== true) return false
    this.#size -= 1
    if (line.size === 0) this.#lines.delete(owner)
    return true
  }

  *[Symbol.iterator](): IterableIterator<Item> {
    for (const line of this.#lines.values()) yield* line
  }
}
