/**
 * How the path of a request is put together, for the dialog. Typed text is shown as the runtime will send it;
 * what only the running flow knows (`msg.topic`) is shown by its name. The rules are those of
 * `lib/odata/resource-url.ts`, which the tests hold this module to.
 */

export interface TypedValue {
  readonly value: string
  readonly type: string
}

export interface PathParts {
  readonly entity: TypedValue
  readonly key: TypedValue
  readonly appendUrl: TypedValue
  readonly params: readonly (TypedValue & { readonly name: string })[]
  readonly itemConvention: string
}

/** A stretch of the path; `known` is false where only the running flow knows the text. */
export interface PathPiece {
  readonly text: string
  readonly known: boolean
}

export type PathProblem = 'mustache' | 'unfilled' | 'entityWithoutPlace' | 'keyWithoutEntity' | 'unsafe'

export type PathPreview =
  | { readonly kind: 'path'; readonly pieces: readonly PathPiece[] }
  /** Entity and append URL are blank: the message says it all. */
  | { readonly kind: 'message' }
  | {
      readonly kind: 'problem'
      readonly problem: PathProblem
      readonly value: string
      readonly field: string
    }

const PLACEHOLDER = /\{([^{}]*)\}/gu
const NOT_URL_TEXT = /%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%\u{e000}-\u{f8ff}]/gu
const NOT_SEGMENT = /[^A-Za-z0-9\-._~!$&'()*+,;=:@\u{e000}-\u{f8ff}]/gu
const NOT_QUERY_VALUE = /[^A-Za-z0-9\-._~!$'()*,:@/?\u{e000}-\u{f8ff}]/gu
const UNSAFE = /\\|(?:^|\/)(?:\.|%2e){1,2}(?=$|[/?#])/iu

export function previewPath(parts: PathParts): PathPreview {
  if (isBlank(parts.entity) && isBlank(parts.appendUrl)) return { kind: 'message' }
  try {
    return new PathComposer(parts).compose()
  } catch (error) {
    if (error instanceof Refused) return error.preview
    throw error
  }
}

/** The path as one line of text, e.g. for the label of the node. */
export function pathText(preview: PathPreview): string {
  return preview.kind === 'path' ? preview.pieces.map(({ text }) => text).join('') : ''
}

class Refused extends Error {
  readonly preview: PathPreview

  constructor(problem: PathProblem, field: string, value: string) {
    super(problem)
    this.preview = { kind: 'problem', problem, field, value }
  }
}

/** Unknown texts travel as private-use characters, which no URL that was typed can hold. */
class PathComposer {
  readonly #parts: PathParts
  readonly #unknown: string[] = []
  readonly #values = new Map<string, string>()

  constructor(parts: PathParts) {
    this.#parts = parts
    for (const { name, ...param } of parts.params) {
      if (name.trim() !== '') this.#values.set(name.trim(), this.#text(param))
    }
    if (!isBlank(parts.key)) this.#values.set('key', this.#text(parts.key))
  }

  compose(): PathPreview {
    const path = this.#path(this.#text(this.#parts.entity), this.#text(this.#parts.appendUrl))
    return { kind: 'path', pieces: this.#pieces(path) }
  }

  #path(entity: string, appendUrl: string): string {
    refuseUnsafe('entity', entity)
    refuseUnsafe('appendUrl', appendUrl)
    if (holds(appendUrl, 'key')) {
      if (entity !== '' && !holds(appendUrl, 'entity'))
        throw this.#refuse('entityWithoutPlace', 'entity', entity)
      return this.#fillAround('appendUrl', appendUrl, this.#fill('entity', entity))
    }
    const item = this.#item(entity)
    if (holds(appendUrl, 'entity')) return this.#fillAround('appendUrl', appendUrl, item)
    const key = this.#values.get('key')
    if (key !== undefined && entity === '') throw this.#refuse('keyWithoutEntity', 'key', key)
    return join(item, this.#fill('appendUrl', appendUrl))
  }

  #item(entity: string): string {
    const key = this.#values.get('key')
    const filled = this.#fill('entity', entity)
    if (key === undefined || entity === '' || holds(entity, 'key')) return filled
    const convention = this.#parts.itemConvention || '{entity}/{key}'
    const system = convention === '{entity}/{key}' && key.startsWith('$')
    return this.#fillAround('key', system ? "{entity}('{key}')" : convention, filled)
  }

  #fillAround(field: string, template: string, entity: string): string {
    if (entity === '' && holds(template, 'entity')) throw this.#refuse('unfilled', 'entity', '{entity}')
    const mark = '\u{e000}'
    return trim(this.#fill(field, template.replaceAll('{entity}', mark)).replaceAll(mark, trim(entity)))
  }

  #fill(field: string, template: string): string {
    if (/\{\{.*\}\}/u.test(template)) throw this.#refuse('mustache', field, template)
    let filled = ''
    let end = 0
    for (const match of template.matchAll(PLACEHOLDER)) {
      const before = template.slice(end, match.index)
      filled +=
        encode(before, NOT_URL_TEXT) + this.#value(field, match[1] ?? '', template.slice(0, match.index))
      end = match.index + match[0].length
    }
    return filled + encode(template.slice(end), NOT_URL_TEXT)
  }

  #value(field: string, placeholder: string, before: string): string {
    const value = this.#values.get(placeholder.replace(/:path$/u, ''))
    if (value === undefined || value === '') throw this.#refuse('unfilled', field, `{${placeholder}}`)
    const quoted = isQuoted(before) ? value.replaceAll("'", "''") : value
    if (before.includes('?')) return encode(quoted, NOT_QUERY_VALUE)
    if (!placeholder.endsWith(':path')) return encode(quoted, NOT_SEGMENT)
    return quoted
      .split('/')
      .map((segment) => encode(segment, NOT_SEGMENT))
      .join('/')
  }

  /** Typed text as it is, anything else as one private-use character that stands for its name. */
  #text({ value, type }: TypedValue): string {
    const trimmed = value.trim()
    if (trimmed === '' || type === 'str' || type === 'num' || type === 'bool') return trimmed
    this.#unknown.push(type === 'jsonata' ? 'jsonata' : `${type}.${trimmed}`)
    return String.fromCodePoint(0xe000 + this.#unknown.length)
  }

  #pieces(path: string): PathPiece[] {
    const pieces: PathPiece[] = []
    for (const text of path.split(/([\u{e001}-\u{f8ff}])/u)) {
      const name = this.#unknown[(text.codePointAt(0) ?? 0) - 0xe001]
      if (name !== undefined) pieces.push({ text: `{${name}}`, known: false })
      else if (text !== '') pieces.push({ text, known: true })
    }
    return pieces
  }

  #refuse(problem: PathProblem, field: string, value: string): Refused {
    const text = this.#pieces(value)
      .map((piece) => piece.text)
      .join('')
    return new Refused(problem, field, text)
  }
}

function isBlank({ value }: TypedValue): boolean {
  return value.trim() === ''
}

function holds(text: string, name: string): boolean {
  return text.includes(`{${name}}`) || text.includes(`{${name}:path}`)
}

function refuseUnsafe(field: string, text: string): void {
  if (UNSAFE.test(text)) throw new Refused('unsafe', field, text)
}

function encode(text: string, forbidden: RegExp): string {
  return text.replace(forbidden, encodeURIComponent)
}

/** Whether the text so far leaves a quote open in its last segment or query option. */
function isQuoted(before: string): boolean {
  const last = before.split(before.includes('?') ? '&' : '/').at(-1) ?? ''
  return (last.match(/'/gu)?.length ?? 0) % 2 === 1
}

function join(left: string, right: string): string {
  if (left === '') return trim(right)
  if (right === '') return trim(left)
  return /^[?(:]/u.test(right) ? trim(left) + right : `${trim(left)}/${trim(right)}`
}

function trim(path: string): string {
  return path.replace(/^\/+/u, '')
}
