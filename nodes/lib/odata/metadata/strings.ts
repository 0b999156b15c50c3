/** What V8 copies in any case; a longer part of a text keeps the whole text alive. */
const ALWAYS_COPIED = 12

/**
 * Strings that outlive the text they were cut out of: copied, so that a document of megabytes does not stay in memory
 * for the sake of its names, and each one once, because most names come many times.
 */
export class Strings {
  readonly #kept = new Map<string, string>()

  keep(text: string): string {
    const kept = this.#kept.get(text)
    if (kept !== undefined) return kept
    const copy = this.copy(text)
    this.#kept.set(copy, copy)
    return copy
  }

  copy(text: string): string {
    return text.length <= ALWAYS_COPIED ? text : Buffer.from(text, 'utf8').toString('utf8')
  }
}
