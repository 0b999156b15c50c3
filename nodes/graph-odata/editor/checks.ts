import type { Translate } from '../../shared/editor/red.js'
import type { Row } from '../../shared/editor/rows.js'
import { contextStores } from './context-stores.js'
import { previewPath, type PathParts, type PathPreview } from './path-preview.js'
import { TYPED_FIELDS, defaultType } from './typed-fields.js'

const ENV = /^\$\{[^}]+\}$/u

/** Reads the node, or the dialog while it is open. */
export interface Source {
  read(property: string): string
  rows(property: string): readonly Row[]
  itemConvention(): string
}

export function pathPartsOf(source: Source): PathParts {
  const typed = (property: string) => ({
    value: source.read(property),
    type: source.read(`${property}Type`) || defaultType(property),
  })
  return {
    entity: typed('entity'),
    key: typed('key'),
    appendUrl: typed('appendUrl'),
    params: source.rows('params'),
    itemConvention: source.itemConvention(),
  }
}

/** As Node-RED's validators answer: true, or what is wrong in words. */
export function validateProperty(property: string, source: Source, text: Translate): true | string {
  if (property === 'params' || property === 'headers') return validateRows(source.rows(property), text)
  const wrongType = validateTyped(property, source)
  if (wrongType !== true) return wrongType
  if (property === 'entity' || property === 'key' || property === 'appendUrl')
    return validatePath(property, source, text)
  if (property in LEAST) return validateCount(property, source, text)
  if (property === 'store') return validateStore(source, text)
  return true
}

/** The problem in the user's language, with the remedy. */
export function problemText(preview: PathPreview, text: Translate): string {
  return preview.kind === 'problem' ? text(`path.${preview.problem}`, { value: preview.value }) : ''
}

function validateTyped(property: string, source: Source): true | string {
  const value = source.read(property)
  if (TYPED_FIELDS[property] === undefined || value.trim() === '') return true
  const type = source.read(`${property}Type`) || defaultType(property)
  // The editor's types do not know this function of Node-RED 3 and later.
  const validate: unknown = Reflect.get(RED.utils, 'validateTypedProperty')
  const answer: unknown =
    typeof validate === 'function' ? Reflect.apply(validate, RED.utils, [value, type, {}]) : true
  return typeof answer === 'string' ? answer : true
}

function validatePath(property: string, source: Source, text: Translate): true | string {
  const preview = previewPath(pathPartsOf(source))
  return preview.kind === 'problem' && preview.field === property ? problemText(preview, text) : true
}

/** Numbers, and the least that each may be. */
const LEAST: Readonly<Record<string, number>> = { pageSize: 1, limit: 0, inFlight: 0 }

function validateCount(property: string, source: Source, text: Translate): true | string {
  const value = source.read(property).trim()
  if (value === '' || (source.read(`${property}Type`) || 'num') !== 'num' || ENV.test(value)) return true
  const number = Number(value)
  return Number.isInteger(number) && number >= (LEAST[property] ?? 0) ? true : text(`check.${property}`)
}

function validateStore(source: Source, text: Translate): true | string {
  const store = source.read('store')
  return store === '' || ENV.test(store) || contextStores().stores.includes(store)
    ? true
    : text('check.store')
}

function validateRows(rows: readonly Row[], text: Translate): true | string {
  if (rows.some(({ name }) => name === '')) return text('check.rowName')
  const blank = rows.find(({ value }) => value === '')
  return blank === undefined ? true : text('check.rowValue', { name: blank.name })
}
