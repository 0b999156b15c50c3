import { composePath } from '../../lib/odata/resource-url.js'
import type { PlaceholderValue } from '../../lib/odata/placeholders.js'
import type { TypedField } from '../field-types.js'
import { shownValue } from './shown-values.js'
import { textOfPieces, Unknowns, type Piece } from './unknowns.js'

/** The fields that say what a request is aimed at, as the dialog holds them. */
export interface AddressFields {
  readonly entity: TypedField
  readonly key: TypedField
  readonly appendUrl: TypedField
  readonly params: readonly (TypedField & { readonly name: string })[]
}

/** Both blank: the message says what to ask for. */
function isDrivenByMessage({ entity, appendUrl }: AddressFields): boolean {
  return entity.value.trim() === '' && appendUrl.value.trim() === ''
}

/**
 * The path of the request, below the service URL; nothing where the message decides.
 * @throws Problem that names the field, as the runtime would.
 */
export function shownPath(fields: AddressFields, itemConvention: string): Piece[] {
  if (isDrivenByMessage(fields)) return []
  const unknowns = new Unknowns()
  const value = (field: string, { value, type }: TypedField): PlaceholderValue =>
    primitive(shownValue(field, { value: value.trim(), type }, unknowns))
  const params = fields.params
    .filter(({ name }) => name.trim() !== '')
    .map((row): [string, PlaceholderValue] => [row.name.trim(), value(`params ${row.name}`, row)])
  const path = composePath({
    entity: String(value('entity', fields.entity)),
    key: value('key', fields.key),
    appendUrl: String(value('appendUrl', fields.appendUrl)),
    params: new Map(params.filter(([, filled]) => filled !== '')),
    itemConvention,
  })
  return unknowns.pieces(path)
}

/** The path as one line of text, e.g. for the label of the node; '' where there is none (yet). */
export function pathText(fields: AddressFields, itemConvention: string): string {
  try {
    return textOfPieces(shownPath(fields, itemConvention))
  } catch {
    return ''
  }
}

function primitive(value: unknown): PlaceholderValue {
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? value : ''
}
