/** Reproducible choices: the same seed gives the same company on every machine and on every start. */
export class Random {
  #state: number

  constructor(seed: string | number) {
    this.#state = typeof seed === 'number' ? seed : hash(seed)
  }

  /** From 0 up to, and without, a limit (mulberry32). */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * limit)
  }

  /** One of the items, of which there is at least one. */
  pick<Item>(items: readonly [Item, ...(readonly Item[])]): Item {
    return items[this.below(items.length)] ?? items[0]
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  /** Base64 in the alphabet that Outlook writes its identifiers in. */
  base64(characters: number): string {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return Array.from({ length: characters }, () => alphabet.charAt(this.below(64))).join('')
  }

  hex(characters: number): string {
    return Array.from({ length: characters }, () => this.below(16).toString(16)).join('')
  }

  guid(): string {
    return [this.hex(8), this.hex(4), `4${this.hex(3)}`, `9${this.hex(3)}`, this.hex(12)].join('-')
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return value
}

/** The day the demo data ends at: nothing in it depends on when it is looked at. */
export const today = Date.UTC(2026, 5, 30, 12)

/** A time so many minutes before that day, as Graph writes it. */
export function minutesAgo(minutes: number): string {
  return new Date(today - minutes * 60_000).toISOString().replace('.000Z', 'Z')
}

/** The time of what is written: unlike the demo data, it is the clock's. */
export function now(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`
}
