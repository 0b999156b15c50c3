import { Problem } from '../problem.js'
import { refuseMustache } from './placeholders.js'

/**
 * A JavaScript value as an OData literal (OData v4.01 ABNF, "primitiveLiteral"): a string is quoted with its
 * quotes doubled. Whatever has no literal is refused, so that data from a message can never become part of the
 * expression.
 */
export function literal(name: string, value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  if (typeof value === 'number') return numberLiteral(value)
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  throw new Problem('notALiteral', { field: 'filter', name, value: kindOf(value) })
}

function numberLiteral(value: number): string {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? 'INF' : '-INF'
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (ArrayBuffer.isView(value)) return 'Buffer'
  return value instanceof Date ? 'invalid date' : typeof value
}

/**
 * A filter with each `{name}` replaced by the literal of its value; a list becomes `('a','b')`, as `in`
 * wants it. Text between single quotes is left alone: `{` is an ordinary character there, and a literal
 * inside a literal would be wrong.
 */
export function fillFilter(filter: string, values: ReadonlyMap<string, unknown>): string {
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
    if (!Array.isArray(value)) return literal(name, value)
    if (value.length === 0) throw new Problem('listEmpty', { field: 'filter', name })
    return `(${value.map((each) => literal(name, each)).join(',')})`
  })
}

/** An expression with its texts emptied: they are data, `displayName eq 'do not reply'` holds no operator `not`. */
export function withoutTexts(expression: string): string {
  return expression.replace(/'(?:[^']|'')*'/gu, "''")
}
