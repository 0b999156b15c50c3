import { textOf } from '../../shared/editor/red.js'
import type { Row } from '../../shared/editor/rows.js'
import type { AddressFields } from './address.js'
import { defaultType } from './typed-fields.js'

/** A node's properties by their names: those of a node on the canvas, or of the dialog while it is open. */
export type Properties = Readonly<Record<string, unknown>>

/** A field as text, without blanks around it. */
export function read(properties: Properties, property: string): string {
  return textOf(properties[property]).trim()
}

export function typeOf(properties: Properties, property: string): string {
  return textOf(properties[`${property}Type`]) || defaultType(property)
}

export function addressFields(properties: Properties): AddressFields {
  const typed = (property: string) => ({
    value: read(properties, property),
    type: typeOf(properties, property),
  })
  return {
    entity: typed('entity'),
    key: typed('key'),
    appendUrl: typed('appendUrl'),
    params: rowsOf(properties['params']),
  }
}

export function rowsOf(value: unknown): Row[] {
  if (!Array.isArray(value)) return []
  return value.map((row: Record<string, unknown>) => ({
    name: textOf(row['name']),
    value: textOf(row['value']),
    type: textOf(row['type']) || 'str',
  }))
}
