/** The text is not an expression; the position becomes part of Graph's message. */
export class FilterSyntaxError extends Error {
  constructor(
    readonly position: number,
    text: string,
  ) {
    super(`Syntax error at position ${position} in '${text}'.`)
    this.name = 'FilterSyntaxError'
  }
}

export interface Token {
  readonly kind: 'string' | 'guid' | 'date' | 'number' | 'word' | 'punctuation' | 'end'
  readonly text: string
  readonly position: number
}

// Tried in this order: a guid and a date begin as a number or a word does.
const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['string', /'(?:[^']|'')*'/y],
  ['guid', /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/iy],
  ['date', /\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?/iy],
  ['number', /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/iy],
  ['word', /[a-z_@$][\w.@$]*/iy],
  ['punctuation', /[(),/:]/y],
]

export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let position = 0
  while (position < text.length) {
    if (/\s/.test(text.charAt(position))) {
      position++
      continue
    }
    const token = match(text, position)
    if (token === undefined) throw new FilterSyntaxError(position, text)
    tokens.push(token)
    position += token.text.length
  }
  tokens.push({ kind: 'end', text: '', position: text.length })
  return tokens
}

function match(text: string, position: number): Token | undefined {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = position
    const found = pattern.exec(text)?.[0]
    if (found !== undefined) return { kind, text: found, position }
  }
  return undefined
}
