import { FilterSyntaxError, tokenize, type Token } from './filter-lexer'

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le'

export type LiteralKind = 'string' | 'guid' | 'date' | 'number' | 'boolean' | 'null' | 'enum'

export interface Literal {
  readonly kind: 'literal'
  readonly type: LiteralKind
  readonly value: string | number | boolean | null
}

export type Expression =
  | Literal
  | { readonly kind: 'path'; readonly names: readonly string[] }
  | {
      readonly kind: 'compare'
      readonly operator: Comparison
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly kind: 'has'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'in'; readonly left: Expression; readonly list: readonly Expression[] }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly values: readonly Expression[] }
  | {
      readonly kind: 'any' | 'all'
      readonly names: readonly string[]
      readonly variable: string
      readonly body: Expression | undefined
    }

const comparisons: readonly string[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] satisfies Comparison[]

/** OData's filter grammar by recursive descent: or < and < not < comparison < primary. */
export function parseFilter(text: string): Expression {
  const parser = new Parser(text)
  const expression = parser.or()
  parser.expect('end')
  return expression
}

class Parser {
  readonly #tokens: readonly Token[]
  #index = 0

  constructor(readonly text: string) {
    this.#tokens = tokenize(text)
  }

  get #token(): Token {
    return this.#tokens[this.#index] ?? { kind: 'end', text: '', position: this.text.length }
  }

  #take(): Token {
    const token = this.#token
    this.#index++
    return token
  }

  #isWord(word: string): boolean {
    return this.#token.kind === 'word' && this.#token.text.toLowerCase() === word
  }

  #isNext(mark: string): boolean {
    return this.#token.kind === 'punctuation' && this.#token.text === mark
  }

  #accept(mark: string): boolean {
    if (!this.#isNext(mark)) return false
    this.#index++
    return true
  }

  #fail(): never {
    throw new FilterSyntaxError(this.#token.position, this.text)
  }

  expect(kind: Token['kind'], mark?: string): Token {
    if (this.#token.kind !== kind || (mark !== undefined && this.#token.text !== mark)) this.#fail()
    return this.#take()
  }

  or(): Expression {
    let left = this.#and()
    while (this.#isWord('or')) {
      this.#take()
      left = { kind: 'or', left, right: this.#and() }
    }
    return left
  }

  #and(): Expression {
    let left = this.#not()
    while (this.#isWord('and')) {
      this.#take()
      left = { kind: 'and', left, right: this.#not() }
    }
    return left
  }

  #not(): Expression {
    if (!this.#isWord('not')) return this.#comparison()
    this.#take()
    return { kind: 'not', operand: this.#not() }
  }

  #comparison(): Expression {
    const left = this.#primary()
    if (this.#token.kind !== 'word') return left
    const operator = this.#token.text.toLowerCase()
    if (comparisons.includes(operator)) {
      this.#take()
      return { kind: 'compare', operator: operator as Comparison, left, right: this.#primary() }
    }
    if (operator === 'has') {
      this.#take()
      return { kind: 'has', left, right: this.#primary() }
    }
    if (operator !== 'in') return left
    this.#take()
    this.expect('punctuation', '(')
    return { kind: 'in', left, list: this.#list() }
  }

  #list(): Expression[] {
    const values: Expression[] = []
    if (this.#accept(')')) return values
    do values.push(this.or())
    while (this.#accept(','))
    this.expect('punctuation', ')')
    return values
  }

  #primary(): Expression {
    if (this.#accept('(')) {
      const inner = this.or()
      this.expect('punctuation', ')')
      return inner
    }
    const { kind, text } = this.#token
    switch (kind) {
      case 'string':
        this.#take()
        return { kind: 'literal', type: 'string', value: text.slice(1, -1).replaceAll("''", "'") }
      case 'number':
        this.#take()
        return { kind: 'literal', type: 'number', value: Number(text) }
      case 'guid':
      case 'date':
        this.#take()
        return { kind: 'literal', type: kind, value: text }
      case 'word':
        this.#take()
        return this.#word(text)
      case 'punctuation':
      case 'end':
        return this.#fail()
    }
  }

  #word(text: string): Expression {
    const lower = text.toLowerCase()
    if (lower === 'true' || lower === 'false')
      return { kind: 'literal', type: 'boolean', value: lower === 'true' }
    if (lower === 'null') return { kind: 'literal', type: 'null', value: null }
    if (this.#token.kind === 'string' && text.includes('.')) {
      // microsoft.graph.importance'high'
      return { kind: 'literal', type: 'enum', value: this.#take().text.slice(1, -1) }
    }
    if (this.#accept('(')) return { kind: 'call', name: lower, values: this.#list() }
    return this.#path(text)
  }

  #path(first: string): Expression {
    const names = [first]
    while (this.#accept('/')) {
      const { text } = this.expect('word')
      const lambda = text.toLowerCase()
      if ((lambda === 'any' || lambda === 'all') && this.#accept('(')) return this.#lambda(lambda, names)
      names.push(text)
    }
    return { kind: 'path', names }
  }

  #lambda(kind: 'any' | 'all', names: readonly string[]): Expression {
    if (this.#accept(')')) return { kind, names, variable: '', body: undefined }
    const variable = this.expect('word').text
    this.expect('punctuation', ':')
    const body = this.or()
    this.expect('punctuation', ')')
    return { kind, names, variable, body }
  }
}
