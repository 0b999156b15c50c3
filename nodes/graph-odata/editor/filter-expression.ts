import { literal, withoutTexts } from '../../lib/odata/literal.js'

/** What the filter builder needs to know of a property. */
export interface FilterProperty {
  readonly name: string
  /** `Edm.String`, or the qualified name of an enum. */
  readonly type: string
  readonly collection: boolean
  /** Of an enum. */
  readonly members?: readonly string[] | undefined
}

export type Operator =
  | 'eq'
  | 'ne'
  | 'startsWith'
  | 'endsWith'
  | 'contains'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
  | 'in'
  | 'null'
  | 'notNull'
  | 'empty'
  | 'notEmpty'

const TEXT: readonly Operator[] = ['eq', 'ne', 'startsWith', 'endsWith', 'contains', 'in', 'null', 'notNull']
const ORDERED: readonly Operator[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'null', 'notNull']
const EQUAL: readonly Operator[] = ['eq', 'ne', 'in', 'null', 'notNull']

/** Written bare: numbers, dates, ids. Everything else is a string in quotes. */
const NUMBERS = new Set(
  'Edm.Byte Edm.SByte Edm.Int16 Edm.Int32 Edm.Int64 Edm.Decimal Edm.Double Edm.Single'.split(' '),
)
const BARE = new Set([
  ...NUMBERS,
  'Edm.DateTimeOffset',
  'Edm.Date',
  'Edm.TimeOfDay',
  'Edm.Guid',
  'Edm.Boolean',
])

/** The comparisons that a property's type allows (OData v4.01 URL Conventions, 5.1.1.1). */
export function operatorsFor({ type, collection, members }: FilterProperty): readonly Operator[] {
  if (collection) return ['eq', 'startsWith', 'empty', 'notEmpty']
  if (type === 'Edm.Boolean') return ['eq', 'ne', 'null', 'notNull']
  if (NUMBERS.has(type) || /^Edm\.(?:Date|DateTimeOffset|TimeOfDay|Duration)$/u.test(type)) return ORDERED
  if (members !== undefined || type === 'Edm.Guid') return EQUAL
  return TEXT
}

/** Whether an operator compares with a value. */
export function takesValue(operator: Operator): boolean {
  return !['null', 'notNull', 'empty', 'notEmpty'].includes(operator)
}

/** One condition: the value quoted as its type wants it, `{name}` left to be filled by the value of that name. */
export function condition(property: FilterProperty, operator: Operator, value: string): string {
  const { name, collection } = property
  if (operator === 'empty') return `not ${name}/any()`
  if (operator === 'notEmpty') return `${name}/any()`
  if (collection) return `${name}/any(x:${compare('x', property, operator, value)})`
  return compare(name, property, operator, value)
}

function compare(name: string, property: FilterProperty, operator: Operator, value: string): string {
  if (operator === 'null') return `${name} eq null`
  if (operator === 'notNull') return `${name} ne null`
  if (operator === 'in') return `${name} in ${list(property, value)}`
  const written = valueLiteral(property, value)
  return operator === 'startsWith' || operator === 'endsWith' || operator === 'contains'
    ? `${operator}(${name},${written})`
    : `${name} ${operator} ${written}`
}

function list(property: FilterProperty, value: string): string {
  if (isPlaceholder(value)) return value.trim()
  const values = value.split(',').map((each) => each.trim())
  return `(${values.map((each) => valueLiteral(property, each)).join(',')})`
}

function valueLiteral({ type }: FilterProperty, value: string): string {
  const trimmed = value.trim()
  if (isPlaceholder(trimmed)) return trimmed
  return BARE.has(type) ? trimmed : literal('value', type === 'Edm.String' ? value : trimmed)
}

function isPlaceholder(value: string): boolean {
  return /^\{[^{}]+\}$/u.test(value.trim())
}

/** Whether a value can be one of the property's type, so that the service will understand it. */
export function fits({ type, members }: FilterProperty, operator: Operator, value: string): boolean {
  const values = operator === 'in' ? value.split(',') : [value]
  return values
    .map((each) => each.trim())
    .every((each) => isPlaceholder(each) || fitsOne(type, members, each))
}

function fitsOne(type: string, members: readonly string[] | undefined, value: string): boolean {
  if (members !== undefined) return members.includes(value)
  const pattern = PATTERNS.get(NUMBERS.has(type) ? 'number' : type)
  return pattern === undefined || pattern.test(value)
}

const PATTERNS = new Map([
  ['number', /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/iu],
  ['Edm.Boolean', /^(?:true|false)$/u],
  ['Edm.Date', /^\d{4}-\d\d-\d\d$/u],
  ['Edm.DateTimeOffset', /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/u],
  ['Edm.TimeOfDay', /^\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/u],
  ['Edm.Guid', /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu],
])

/** The condition behind what there is; what holds an `or` is put in parentheses before an `and`. */
export function joined(filter: string, conjunction: 'and' | 'or', added: string): string {
  const before = filter.trim()
  if (before === '') return added
  const outside = withoutTexts(before).replace(/\([^()]*\)/gu, '')
  return conjunction === 'and' && /\bor\b/u.test(outside)
    ? `(${before}) and ${added}`
    : `${before} ${conjunction} ${added}`
}
