import { Problem } from '../problem'
import { refuseMustache, type PlaceholderValue } from './placeholders'

/**
 * A JavaScript value as an OData literal (OData v4.01 ABNF, "primitiveLiteral"): a string is quoted with its
 * quotes doubled, so that data from a message can never become part of the expression.
 */
export function literal(value: PlaceholderValue | Date | null): string {
  if (value === null) return 'null'
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  if (typeof value === 'number' && !Number.isFinite(value)) {
    if (Number.isNaN(value)) return 'NaN'
    return value > 0 ? 'INF' : '-INF'
  }
  return String(value)
}

export type LiteralValue = PlaceholderValue | Date | null | readonly (PlaceholderValue | Date | null)[]

/**
 * A filter with each `{name}` replaced by the literal of its value; a list becomes `('a','b')`, as `in`
 * wants it. Text between single quotes is left alone: `{` is an ordinary character there, and a literal
 * inside a literal would be wrong.
 */
export function fillFilter(filter: string, values: ReadonlyMap<string, LiteralValue>): string {
  refuseMustache('filter', filter)
  return filter.replace(/'(?:[^']|'')*'|\{([^{}]*)\}/gu, (match: string, name: string | undefined) => {
    if (name === undefined) {
      const inside = /\{([^{}]*)\}/u.exec(match)
      if (inside !== null && values.has(inside[1] ?? '')) {
        throw new Problem('placeholderInQuotes', { field: 'filter', value: inside[0] })
      }
      return match
    }
    const value = values.get(name)
    if (value === undefined) throw new Problem('placeholderUnfilled', { field: 'filter', value: match })
    return Array.isArray(value) ? `(${value.map(literal).join(',')})` : literal(value as PlaceholderValue)
  })
}
