import type { Problem } from '../lib/problem.js'

export const CATALOGUE = 'node-red-contrib-graph-odata/graph-connection'

/** Node-RED's catalogue, in the runtime as in the editor. */
export interface Texts {
  _(key: string, values?: Record<string, string | number>): string
}

/** A problem in the user's language and with what to do about it. */
export function explainProblem(texts: Texts, { code, values }: Problem): string {
  return lookUp(texts, `problems.${code}`, values) ?? texts._(`${CATALOGUE}:problems.unknown`, { code })
}

/** Undefined where the catalogue has no such text: i18next then hands the key back. */
function lookUp(texts: Texts, key: string, values: Problem['values']): string | undefined {
  const field = values['field']
  const named = field === undefined ? {} : { field: labelOf(texts, String(field)) }
  const text = texts._(`${CATALOGUE}:${key}`, { detail: '', ...values, ...named })
  return text === key || text.endsWith(`:${key}`) ? undefined : withNumber(text.trim(), values['aadsts'])
}

/** What people look up and Entra's support asks for; the texts themselves say it in words. */
function withNumber(text: string, number: Problem['values'][string] | undefined): string {
  return number === undefined ? text : `${text} (${number})`
}

/** What the dialog calls a property, or one of its rows: `params folder`. */
function labelOf(texts: Texts, field: string): string {
  const blank = field.indexOf(' ')
  if (blank < 0) return propertyLabel(texts, field)
  const values = { field: propertyLabel(texts, field.slice(0, blank)), name: field.slice(blank + 1) }
  return texts._(`${CATALOGUE}:namedRow`, values)
}

function propertyLabel(texts: Texts, field: string): string {
  for (const type of ['graph-connection', 'graph-odata']) {
    const key = `label.${field}`
    const text = texts._(`node-red-contrib-graph-odata/${type}:${key}`)
    if (text !== key && !text.endsWith(`:${key}`)) return text
  }
  return field
}
