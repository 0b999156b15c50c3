/** One line of a list to choose from. */
export interface Suggestion {
  /** What is chosen, and what one types to find it. */
  readonly value: string
  /** What is shown instead of the value. */
  readonly title?: string | undefined
  /** A word at the line's end: a type, a kind. */
  readonly detail?: string | undefined
  readonly description?: string | undefined
  /** Chosen already, in a list of which several can be chosen. */
  readonly chosen?: boolean | undefined
}

/**
 * The suggestions that match what was typed: first the one itself, then those that begin with it, then those with
 * a word of the name that begins with it (`messages` in `chatMessages`), then those that hold it anywhere; each in
 * the order given.
 */
export function matching<Each extends Suggestion>(suggestions: readonly Each[], typed: string): Each[] {
  const text = typed.trim().toLowerCase()
  if (text === '') return [...suggestions]
  const ranked: [Each[], Each[], Each[], Each[]] = [[], [], [], []]
  for (const suggestion of suggestions) {
    const rank = rankOf(suggestion.value, text) ?? rankOf(suggestion.title ?? '', text)
    if (rank !== undefined) ranked[rank].push(suggestion)
  }
  return ranked.flat()
}

function rankOf(name: string, text: string): 0 | 1 | 2 | 3 | undefined {
  const at = name.toLowerCase().indexOf(text)
  if (at < 0) return undefined
  if (at === 0) return name.length === text.length ? 0 : 1
  return beginsWord(name, text) ? 2 : 3
}

function beginsWord(name: string, text: string): boolean {
  const lower = name.toLowerCase()
  for (let at = lower.indexOf(text); at >= 0; at = lower.indexOf(text, at + 1)) {
    const pair = name.slice(Math.max(at - 1, 0), at + 1)
    if (at === 0 || /^[^A-Za-z0-9]|^[a-z0-9][A-Z]/u.test(pair)) return true
  }
  return false
}
