import { badRequest, unsupportedQuery } from './errors'
import type { Parameters } from './rows'

export interface OrderBy {
  readonly path: string
  readonly descending: boolean
}

export interface Expansion {
  readonly name: string
  readonly options: QueryOptions
  /** The options as the query of a URL: that of the expanded collection itself. */
  readonly query: string
}

export interface QueryOptions {
  readonly select: readonly string[] | undefined
  readonly expand: readonly Expansion[]
  readonly filter: string | undefined
  readonly orderby: readonly OrderBy[]
  readonly search: string | undefined
  readonly top: number | undefined
  readonly skip: number | undefined
  readonly count: boolean
  readonly skiptoken: string | undefined
  readonly deltatoken: string | undefined
  /** Query parameters without `$`, such as `startDateTime`; names in lower case. */
  readonly parameters: Parameters
}

const known = new Set(
  'count deltatoken expand filter format orderby search select skip skiptoken top'.split(' '),
)

/** SharePoint and OneDrive take `expand=fields(select=Title)` as well; elsewhere the `$` is needed. */
export function parseQuery(raw: string, dollarOptional: boolean): QueryOptions {
  const pairs = raw.split('&').filter((pair) => pair !== '')
  return readOptions(
    pairs.map((pair) => {
      const equals = pair.indexOf('=')
      return equals === -1
        ? ([decode(pair), ''] as const)
        : ([decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))] as const)
    }),
    dollarOptional,
  )
}

function readOptions(pairs: readonly (readonly [string, string])[], dollarOptional: boolean): QueryOptions {
  const options = new Map<string, string>()
  const parameters = new Map<string, string>()
  for (const [name, value] of pairs) {
    const bare = name.toLowerCase().replace(/^\$/, '')
    if (!name.startsWith('$') && !(dollarOptional && known.has(bare))) {
      parameters.set(bare, value)
      continue
    }
    if (!known.has(bare)) throw badRequest(`The query parameter '${name}' is not supported.`)
    if (options.has(bare))
      throw badRequest(
        `Query option '${name}' was specified more than once, but it must be specified at most once.`,
      )
    options.set(bare, value)
  }
  return {
    select: options.has('select') ? splitOutside(options.get('select') ?? '', ',') : undefined,
    expand: splitOutside(options.get('expand') ?? '', ',').map((item) => expansion(item, dollarOptional)),
    filter: options.get('filter'),
    orderby: splitOutside(options.get('orderby') ?? '', ',').map(orderBy),
    search: options.get('search'),
    top: number('$top', options.get('top')),
    skip: number('$skip', options.get('skip')),
    count: boolean(options.get('count')),
    skiptoken: options.get('skiptoken'),
    deltatoken: options.get('deltatoken'),
    parameters,
  }
}

function expansion(text: string, dollarOptional: boolean): Expansion {
  const match = /^([\w.]+)(?:\((.*)\))?$/s.exec(text)
  if (match === null)
    throw badRequest(
      `Parsing OData Select and Expand failed: Term '${text}' is not valid in a $select or $expand expression.`,
    )
  const pairs = splitOutside(match[2] ?? '', ';').map((pair) => {
    const equals = pair.indexOf('=')
    return [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()] as const
  })
  const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return { name: match[1] ?? '', options: readOptions(pairs, dollarOptional), query }
}

function orderBy(text: string): OrderBy {
  const match = /^([\w/]+)(?:\s+(asc|desc))?$/i.exec(text)
  if (match === null) throw badRequest(`Syntax error at position ${text.length} in '${text}'.`)
  return { path: match[1] ?? '', descending: match[2]?.toLowerCase() === 'desc' }
}

/** Splits at a separator that is neither in parentheses nor in quotes. */
function splitOutside(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = []
  let depth = 0
  let quoted = false
  let part = ''
  for (const character of text) {
    if (character === "'") quoted = !quoted
    else if (!quoted && character === '(') depth++
    else if (!quoted && character === ')') depth--
    if (character === separator && depth === 0 && !quoted) {
      parts.push(part.trim())
      part = ''
    } else part += character
  }
  if (depth !== 0)
    throw badRequest('Parsing OData Select and Expand failed: Found an unbalanced bracket expression.')
  parts.push(part.trim())
  return parts.filter((piece) => piece !== '')
}

function number(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text))
    throw badRequest(
      `Invalid value '${text}' for ${name} query option found. The ${name} query option requires a non-negative integer value.`,
    )
  return Number(text)
}

function boolean(text: string | undefined): boolean {
  if (text === undefined || text.toLowerCase() === 'false') return false
  if (text.toLowerCase() === 'true') return true
  throw unsupportedQuery(
    `Invalid value '${text}' for $count query option found. Valid values are 'true' and 'false'.`,
  )
}

function decode(text: string): string {
  try {
    // In a query a plus sign is a blank: Graph's own pages write both forms.
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw badRequest('The request URL is not valid.')
  }
}
