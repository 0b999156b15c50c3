import type { Shelf, Slot } from './sealed-token-store'

/** For read-only settings: what is in memory ends with the process, and whoever writes to it is told. */
export class MemoryShelf implements Shelf {
  readonly #onWrite: () => void
  readonly #slots = new Map<string, { readonly slot: Slot; readonly text: string }>()

  constructor(onWrite: () => void) {
    this.#onWrite = onWrite
  }

  async read(slot: Slot): Promise<string | undefined> {
    return this.#slots.get(keyOf(slot))?.text
  }

  async write(slot: Slot, text: string): Promise<void> {
    this.#onWrite()
    this.#slots.set(keyOf(slot), { slot, text })
  }

  async remove(slot: Slot): Promise<void> {
    this.#slots.delete(keyOf(slot))
  }

  async move(from: Slot, to: Slot): Promise<boolean> {
    const found = this.#slots.get(keyOf(from))
    if (found === undefined) return false
    this.#slots.delete(keyOf(from))
    this.#slots.set(keyOf(to), { slot: to, text: found.text })
    return true
  }

  async slots(): Promise<readonly Slot[]> {
    return [...this.#slots.values()].map(({ slot }) => slot)
  }

  nameOf(connection: string): string {
    return connection
  }
}

function keyOf({ connection, part = '' }: Slot): string {
  return `${part}:${connection}`
}
