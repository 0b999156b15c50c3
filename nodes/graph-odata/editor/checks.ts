import { Problem } from '../../lib/problem.js'
import { fillFilter } from '../../lib/odata/literal.js'
import { explainProblem } from '../../shared/explain-problem.js'
import type { Translate } from '../../shared/editor/red.js'
import type { Row } from '../../shared/editor/rows.js'
import { shownPath } from './address.js'
import { contextStores } from './context-stores.js'
import { addressFields, read, rowsOf, typeOf, type Properties } from './properties.js'
import { shownValue } from './shown-values.js'
import { TYPED_FIELDS } from './typed-fields.js'
import { Unknowns } from './unknowns.js'

const ENV = /^\$\{[^}]+\}$/u
const ADDRESS = new Set(['entity', 'key', 'appendUrl'])

/** As Node-RED's validators answer: true, or what is wrong in words. */
export function validateProperty(
  property: string,
  properties: Properties,
  itemConvention: string,
  text: Translate,
): true | string {
  if (property === 'params' || property === 'headers') return checkRows(rowsOf(properties[property]), text)
  const wrongType = checkTyped(property, properties)
  if (wrongType !== true) return wrongType
  if (ADDRESS.has(property)) return checkAddress(property, properties, itemConvention)
  if (property === 'filter') return checkFilter(properties)
  if (property in LEAST) return checkCount(property, properties, text)
  if (property === 'file') return checkFile(properties, text)
  if (property === 'allowDelete') return checkDelete(properties, text)
  if (property === 'store') return checkStore(read(properties, 'store'), text)
  return true
}

function checkTyped(property: string, properties: Properties): true | string {
  const value = read(properties, property)
  if (TYPED_FIELDS[property] === undefined || value === '') return true
  // The editor's types do not know this function of Node-RED 3 and later.
  const validate: unknown = Reflect.get(RED.utils, 'validateTypedProperty')
  const answer: unknown =
    typeof validate === 'function'
      ? Reflect.apply(validate, RED.utils, [value, typeOf(properties, property), {}])
      : true
  return typeof answer === 'string' ? answer : true
}

/** A problem is shown at the field that can put it right. */
function checkAddress(property: string, properties: Properties, itemConvention: string): true | string {
  return wording(
    () => shownPath(addressFields(properties), itemConvention),
    ({ values }) => values['field'] === property,
  )
}

function checkFilter(properties: Properties): true | string {
  const filter = read(properties, 'filter')
  if (filter === '' || typeOf(properties, 'filter') !== 'str') return true
  const unknowns = new Unknowns()
  const values = rowsOf(properties['params']).map((row): [string, unknown] => [
    row.name.trim(),
    shownValue(`params ${row.name}`, row, unknowns),
  ])
  return wording(() => fillFilter(filter, new Map(values)))
}

function wording(
  attempt: () => unknown,
  concerns: (problem: Problem) => boolean = () => true,
): true | string {
  try {
    attempt()
    return true
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return concerns(error) ? explainProblem(RED, error) : true
  }
}

/** Numbers, and the least that each may be. */
const LEAST: Readonly<Record<string, number>> = { pageSize: 1, limit: 0, inFlight: 0, maxSize: 0 }
/** Of these, those without a type of their own. */
const PLAIN = new Set(['inFlight', 'maxSize'])

function checkCount(property: string, properties: Properties, text: Translate): true | string {
  const value = read(properties, property)
  if (value === '' || ENV.test(value)) return true
  if (!PLAIN.has(property) && typeOf(properties, property) !== 'num') return true
  const number = Number(value)
  return Number.isInteger(number) && number >= (LEAST[property] ?? 0) ? true : text(`check.${property}`)
}

function checkFile(properties: Properties, text: Translate): true | string {
  const wanted = read(properties, 'operation') === 'download' && read(properties, 'as') === 'file'
  return wanted && read(properties, 'file') === '' ? text('check.file') : true
}

/** It would refuse every message: better said before the flow runs. */
function checkDelete(properties: Properties, text: Translate): true | string {
  const isAllowed = properties['allowDelete'] === true
  return read(properties, 'operation') !== 'delete' || isAllowed ? true : text('check.allowDelete')
}

function checkStore(store: string, text: Translate): true | string {
  return store === '' || ENV.test(store) || contextStores().stores.includes(store)
    ? true
    : text('check.store')
}

function checkRows(rows: readonly Row[], text: Translate): true | string {
  if (rows.some(({ name }) => name === '')) return text('check.rowName')
  const blank = rows.find(({ value }) => value === '')
  return blank === undefined ? true : text('check.rowValue', { name: blank.name })
}
