import { badRequest, noSegment } from './errors'
import type { FunctionOverload, Model } from './model'

/** `name='value'` pairs between the parentheses of a call; a quote within a text is doubled. */
const pair = /\s*(\w+)\s*=\s*('(?:[^']|'')*'|[^,'\s]+)\s*(?:,|$)/y

/** A call of a function that is bound to what the path leads to so far; undefined if it has none of that name. */
export function bindFunction(
  model: Model,
  binding: { readonly type: string; readonly collection: boolean },
  qualified: string,
  text: string | undefined,
): { overload: FunctionOverload; arguments: ReadonlyMap<string, string> } | undefined {
  const name = qualified.slice(qualified.lastIndexOf('.') + 1)
  const overloads = model.functions.filter(
    (known) =>
      known.name === name &&
      known.binding.collection === binding.collection &&
      model.is(binding.type, known.binding.type) &&
      (qualified === name || qualified === `${known.namespace}.${name}`),
  )
  if (overloads.length === 0) return undefined
  const literals = readPairs(text ?? '')
  // Overloads differ in the names of their parameters only.
  const overload = overloads.find(
    ({ parameters }) =>
      parameters.length === literals.size && parameters.every((one) => literals.has(one.name.toLowerCase())),
  )
  if (overload === undefined) throw noSegment(text === undefined ? qualified : `${qualified}(${text})`)
  const values = overload.parameters.map((parameter) => {
    const key = parameter.name.toLowerCase()
    return [key, valueOf(literals.get(key) ?? '', parameter, model)] as const
  })
  return { overload, arguments: new Map(values) }
}

function readPairs(text: string): ReadonlyMap<string, string> {
  const literals = new Map<string, string>()
  pair.lastIndex = 0
  while (pair.lastIndex < text.length) {
    const match = pair.exec(text)
    if (match === null) throw badRequest('Bad Request - Error in query syntax.')
    literals.set((match[1] ?? '').toLowerCase(), match[2] ?? '')
  }
  return literals
}

const patterns: Readonly<Record<string, RegExp>> = {
  'Edm.Boolean': /^(?:true|false)$/,
  'Edm.Int32': /^-?\d+$/,
  'Edm.Date': /^\d{4}-\d\d-\d\d$/,
  'Edm.DateTimeOffset': /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?$/i,
}

/** Texts and the members of enums are quoted; dates are written both ways in Graph's own pages. */
function valueOf(
  literal: string,
  { name, type }: FunctionOverload['parameters'][number],
  model: Model,
): string {
  const quoted = /^'(.*)'$/s.exec(literal)?.[1]?.replaceAll("''", "'")
  const members = model.enums.get(type)
  const pattern = patterns[type]
  const valid =
    members !== undefined
      ? quoted !== undefined && members.includes(quoted)
      : pattern === undefined
        ? quoted !== undefined
        : pattern.test(quoted !== undefined && type.startsWith('Edm.Date') ? quoted : literal)
  if (!valid) throw badRequest(`The value ${literal} of parameter '${name}' is not of type '${type}'.`)
  return quoted ?? literal
}
