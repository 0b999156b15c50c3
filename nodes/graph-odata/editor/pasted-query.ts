import type { Properties } from './properties.js'

export interface PastedQuery {
  readonly properties: Properties
  /** What no field can hold stays text, behind the append URL. */
  readonly kept: string
}

const TEXT_FIELDS = new Set(['select', 'filter', 'expand', 'orderby'])
/** The fields of the dialog that a pasted address sets anew. */
const BLANK: Properties = {
  select: '',
  filter: '',
  expand: '',
  orderby: '',
  search: '',
  pageSize: '',
  limit: '0',
  count: false,
  query: '',
}

/** The options of a pasted address in the fields of the dialog. */
export function readPastedQuery(
  query: string,
  context: { readonly operation: string; readonly graph: boolean },
): PastedQuery {
  const options = splitOptions(query)
  if (options === undefined) {
    return { properties: BLANK, kept: query.replaceAll('{', '%7B').replaceAll('}', '%7D') }
  }
  const fields: Record<string, unknown> = {}
  const others: Record<string, string> = {}
  for (const [name, value] of options) {
    const own = name.startsWith('$') ? fieldOf(name.toLowerCase().slice(1), value, context) : undefined
    if (own === undefined) others[name] = value
    else Object.assign(fields, own)
  }
  if (Object.keys(others).length > 0) fields['query'] = JSON.stringify(others)
  return { properties: { ...BLANK, ...fields }, kept: '' }
}

/** Undefined where the option has no field that would give the very same. */
function fieldOf(
  name: string,
  value: string,
  { operation, graph }: { readonly operation: string; readonly graph: boolean },
): Properties | undefined {
  if (value === '') return undefined
  if (TEXT_FIELDS.has(name)) return { [name]: value }
  if (name === 'count') return value === 'true' ? { count: true } : undefined
  // Where there are no quotes the field would add them for Graph.
  if (name === 'search') return value.includes('"') || !graph ? { search: value } : undefined
  if (name !== 'top' || !graph || operation !== 'read' || !/^[1-9]\d*$/u.test(value)) return undefined
  // Somebody who asked for five rows wants five, not all of them by fives.
  return { pageSize: value, limit: value }
}

/** Undefined where the query is not made of options that each have a name of their own and a readable value. */
function splitOptions(query: string): [string, string][] | undefined {
  const options: [string, string][] = []
  const names = new Set<string>()
  for (const pair of query.split('&').filter((each) => each !== '')) {
    const at = pair.indexOf('=')
    const name = decoded(pair.slice(0, at))
    const value = decoded(pair.slice(at + 1))
    if (at < 1 || name === undefined || value === undefined) return undefined
    const key = name.toLowerCase().replace(/^\$/u, '')
    if (names.has(key)) return undefined
    names.add(key)
    options.push([name, value])
  }
  return options
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
