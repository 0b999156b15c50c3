import { Problem } from '../../lib/problem.js'
import { visible } from '../../lib/odata/url-text.js'
import type { FieldEvaluator, TypedField } from '../field-types.js'
import type { Unknowns } from './unknowns.js'

/** Typed text that names an environment variable: what it holds is known to the runtime only. */
const VARIABLE = /^\$\{[^}]+\}$/u
const NUMBERS = new Set(['pageSize', 'limit'])

/** Evaluates the fields for the preview, as the runtime does for a message. */
export function shownEvaluator(unknowns: Unknowns): FieldEvaluator {
  return { evaluate: async (field, input) => shownValue(field, input, unknowns) }
}

/** What was typed in, or a stand-in for what only the running flow knows; undefined where the field is blank. */
export function shownValue(field: string, { value, type }: TypedField, unknowns: Unknowns): unknown {
  if (value === '') return undefined
  if (VARIABLE.test(value)) return standIn(field, value, unknowns)
  if (type === 'str') return value
  if (type === 'num') return Number(value)
  if (type === 'bool') return value === 'true'
  if (type === 'json') return parsed(field, value)
  return standIn(field, nameOf(value, type), unknowns)
}

function nameOf(value: string, type: string): string {
  if (type === 'jsonata') return 'JSONata'
  return type === 'env' ? `\${${value}}` : `${type}.${value}`
}

function standIn(field: string, name: string, unknowns: Unknowns): unknown {
  if (NUMBERS.has(field)) return unknowns.number(name)
  if (field === 'query') return { [unknowns.text(name)]: '' }
  // Headers hold no characters beyond Latin; there the name stands for itself.
  if (field === 'timeZone') return `(${name.replace(/[^\w .]/gu, '_')})`
  // A body is not shown; that of a flow is an object, most of the time.
  if (field === 'body') return {}
  if (field === 'ifMatch' || field.startsWith('headers ')) return `{${name.replace(/[^\x20-\x7e]/gu, '_')}}`
  return unknowns.text(name)
}

function parsed(field: string, value: string): unknown {
  try {
    return JSON.parse(value)
  } catch (error) {
    const reason = error instanceof Error ? error.message : ''
    throw new Problem('fieldInvalid', { field, value: visible(value), reason })
  }
}
