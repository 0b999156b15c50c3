import { badRequest, noSegment, notImplemented } from './errors'
import { bindFunction } from './functions'
import type { ActionOverload, FunctionOverload, Model, Property } from './model'
import type { Parameters } from './rows'

export type Step =
  | { readonly kind: 'root'; readonly name: string; readonly type: string; readonly collection: boolean }
  /** Without a property the key itself, as `/users/{id}` and `/users('{id}')` are equal forms. */
  | { readonly kind: 'key'; readonly property: string | undefined; readonly value: string }
  | { readonly kind: 'navigation'; readonly property: Property }
  | { readonly kind: 'property'; readonly property: Property }
  | { readonly kind: 'cast'; readonly type: string }
  | { readonly kind: 'function'; readonly overload: FunctionOverload; readonly arguments: Parameters }
  | { readonly kind: 'action'; readonly overload: ActionOverload }
  /** `root:/a/b.txt:`: the item at a path below the one before. */
  | { readonly kind: 'path'; readonly names: readonly string[] }
  | { readonly kind: '$count' }
  | { readonly kind: '$ref' }
  | { readonly kind: '$value' }

export interface ResourcePath {
  readonly steps: readonly Step[]
  /** The declared type that the path ends at. */
  readonly type: string
  readonly collection: boolean
}

interface Position {
  /** Actions are called by POST; to a read they are segments like any other. */
  readonly posted: boolean
  steps: Step[]
  type: string
  collection: boolean
  /** A property, `$value` or `$count`: nothing comes after it but what `after` allows. */
  end: 'no' | 'property' | 'final'
}

/** Reads the path of a URL, still percent-encoded and without a leading slash, by the model alone. */
export function parsePath(model: Model, raw: string, method = 'GET'): ResourcePath {
  const segments = raw.split('/').filter((segment) => segment !== '')
  const [first = '', ...rest] = segments
  const { name, argument } = splitSegment(first.replace(/:$/, ''))
  const root = [...model.container].find(([known]) => known.toLowerCase() === name.toLowerCase())
  if (root === undefined) throw name === '$batch' ? notImplemented('$batch') : noSegment(name)
  const [rootName, target] = root
  const at: Position = {
    posted: method === 'POST',
    steps: [{ kind: 'root', name: rootName, ...target }],
    type: target.type,
    collection: target.collection,
    end: 'no',
  }
  if (argument !== undefined) addKey(at, argument)
  for (let index = 0; index < rest.length; index++) {
    const segment = rest[index] ?? ''
    // The colon that opens a path is literal; one inside an identifier stands within the segment.
    if (!segment.endsWith(':') || at.end !== 'no') {
      step(model, at, segment)
      continue
    }
    step(model, at, segment.slice(0, -1))
    const close = rest.findIndex((other, position) => position > index && other.endsWith(':'))
    const last = close === -1 ? rest.length - 1 : close
    const names = rest.slice(index + 1, last + 1).map((part) => decode(part.replace(/:$/, '')))
    at.steps.push({ kind: 'path', names })
    index = last
  }
  return { steps: at.steps, type: at.type, collection: at.collection }
}

function step(model: Model, at: Position, raw: string): void {
  const { name, argument } = splitSegment(raw)
  if (at.end === 'final') throw noSegment(name)
  if (addTail(at, name) || addCast(model, at, name) || addFunction(model, at, name, argument)) return
  if (addAction(model, at, name)) return
  if (at.collection && at.end === 'no') {
    // A key that starts with `$` is refused in this form; `/users('$x@contoso.com')` is taken.
    if (name.startsWith('$')) throw noSegment(name)
    at.steps.push({ kind: 'key', property: undefined, value: decode(raw) })
    at.collection = false
    return
  }
  const property = at.collection ? undefined : model.property(at.type, name)
  if (property === undefined) throw noSegment(name)
  at.type = property.type
  at.collection = property.collection
  at.steps.push({ kind: property.navigation ? 'navigation' : 'property', property })
  if (!property.navigation) at.end = 'property'
  else if (argument !== undefined) addKey(at, argument)
}

function addTail(at: Position, name: string): boolean {
  if (name !== '$count' && name !== '$ref' && name !== '$value') return false
  if (name !== '$value' && !at.collection && !(name === '$ref' && isReference(at.steps)))
    throw noSegment(name)
  at.steps.push({ kind: name })
  at.end = 'final'
  return true
}

/** `/members/microsoft.graph.user`: only to a type above or below the one at hand. */
function addCast(model: Model, at: Position, name: string): boolean {
  if (at.end !== 'no' || !name.includes('.') || model.type(name) === undefined) return false
  if (!model.is(name, at.type) && !model.is(at.type, name)) throw noSegment(name)
  at.steps.push({ kind: 'cast', type: name })
  at.type = name
  return true
}

function addFunction(model: Model, at: Position, name: string, argument: string | undefined): boolean {
  const call = at.end === 'no' ? bindFunction(model, at, name, argument) : undefined
  if (call === undefined) return false
  const { returns, composable } = call.overload
  at.steps.push({ kind: 'function', ...call })
  at.type = returns.type
  at.collection = returns.collection
  if (!composable || returns.type === 'Edm.Stream') at.end = 'property'
  return true
}

/** The binding parameter tells actions of one name apart. */
function addAction(model: Model, at: Position, qualified: string): boolean {
  if (!at.posted || at.end !== 'no') return false
  const name = qualified.slice(qualified.lastIndexOf('.') + 1)
  const overload = model.actions.find(
    (known) =>
      known.name === name &&
      known.binding.collection === at.collection &&
      model.is(at.type, known.binding.type) &&
      (qualified === name || qualified === `${known.namespace}.${name}`),
  )
  if (overload === undefined) return false
  at.steps.push({ kind: 'action', overload })
  at.end = 'final'
  return true
}

/** `manager/$ref`, `members/{id}/$ref`: what a relationship leads to, rather than an entity of a set. */
function isReference(steps: readonly Step[]): boolean {
  const [before, last] = steps.slice(-2)
  return last?.kind === 'navigation' || (last?.kind === 'key' && before?.kind === 'navigation')
}

/** `'id'`, `id` or `name='value'`: parentheses follow the set with no slash. */
function addKey(at: Position, argument: string): void {
  const alternate = /^(\w+)\s*=\s*(.*)$/s.exec(argument)
  const literal = alternate?.[2] ?? argument
  const quoted = /^'(.*)'$/s.exec(literal)
  if (argument === '' || !at.collection) throw noSegment(argument)
  const value = quoted === null ? literal : (quoted[1] ?? '').replaceAll("''", "'")
  at.steps.push({ kind: 'key', property: alternate?.[1], value })
  at.collection = false
}

/** `users('x')` -> users and 'x'. An identifier in parentheses is decoded after it was found. */
function splitSegment(raw: string): { name: string; argument: string | undefined } {
  const text = decode(raw)
  const match = /^([\w.]+)\((.*)\)$/s.exec(text)
  if (match === null) return { name: text, argument: undefined }
  return { name: match[1] ?? '', argument: match[2] ?? '' }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw badRequest('The request URL is not valid.')
  }
}
