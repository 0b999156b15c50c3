/** A list of names as it is typed: `id,displayName`, `manager($select=id),photo`. */

/** At each comma outside of parentheses and strings. */
export function tokensOf(text: string): string[] {
  const tokens: string[] = []
  let depth = 0
  let quoted = false
  let token = ''
  for (const character of text) {
    if (character === "'") quoted = !quoted
    else if (!quoted && character === '(') depth += 1
    else if (!quoted && character === ')') depth -= 1
    if (character === ',' && depth === 0 && !quoted) {
      tokens.push(token.trim())
      token = ''
    } else token += character
  }
  return [...tokens, token.trim()].filter((each, index, all) => each !== '' || index === all.length - 1)
}

/** The name without what follows it: `displayName` of `displayName desc`, `manager` of `manager($select=id)`. */
export function nameOf(token: string): string {
  return /^[^\s(]*/u.exec(token)?.[0] ?? ''
}

/**
 * The text with a choice taken: one that stands there already is taken out, any other one takes the place of what was
 * being typed, or follows.
 *
 * @param known tells a finished name from one that is being typed.
 */
export function withChoice(text: string, choice: string, known: (name: string) => boolean): string {
  const tokens = tokensOf(text).filter((token) => token !== '')
  if (tokens.includes(choice)) return tokens.filter((token) => token !== choice).join(',')
  const same = tokens.findIndex((token) => nameOf(token) === nameOf(choice))
  if (same >= 0) return tokens.with(same, choice).join(',')
  const last = tokens.at(-1)
  const unfinished =
    last !== undefined && !known(nameOf(last)) && nameOf(choice).toLowerCase().includes(last.toLowerCase())
  return [...(unfinished ? tokens.slice(0, -1) : tokens), choice].join(',')
}
