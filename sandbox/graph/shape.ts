import { badRequest, noProperty } from './errors'
import type { Model } from './model'
import { applyPreferences, type Preferences } from './preferences'
import type { Expansion, QueryOptions } from './query-options'
import { isRows, textOf, typeOf, type DataSource, type Row, type Rows } from './rows'
import { follow } from './walk'
import { defaultSelection, workloadOf, type WorkloadName } from './workloads'

export interface ShapeSetting {
  readonly model: Model
  readonly data: DataSource
  readonly preferences: Preferences
  /** `odata.metadata=none` leaves the control information out. */
  readonly metadata: boolean
  /** The absolute address of the service, with version. */
  readonly base: string
  /** Annotations that a row gets from outside its data, such as a download URL. */
  readonly annotate: (row: Row, type: string) => Readonly<Record<string, unknown>> | undefined
  /** The first page of an expanded collection under its own options, and the link to the rest. */
  readonly nested: (
    rows: Rows,
    type: string,
    item: Expansion,
    address: string | undefined,
  ) => { readonly shown: readonly Row[]; readonly link: string | undefined }
}

export type Shape = (row: Row) => Record<string, unknown>

const selectFailed = 'Parsing OData Select and Expand failed: '

/** The URL that one row can be read at; undefined if there is none. */
type AddressOf = (row: Row) => string | undefined

/** Prepares what rows of a declared type look like under `$select` and `$expand`. */
export function shaper(
  declared: string,
  options: QueryOptions,
  context: string,
  setting: ShapeSetting,
  addressOf: AddressOf,
): Shape {
  const { model } = setting
  const select = selection(declared, options, model)
  const expansions = options.expand.map((item) => expander(declared, item, context, setting, addressOf))
  const names = new Map<string, readonly string[]>()
  const namesOf = (type: string): readonly string[] => {
    const known = names.get(type)
    if (known !== undefined) return known
    const made = select ?? defaultSelection(type) ?? structural(type, model)
    names.set(type, made)
    return made
  }
  const { name: workload } = workloadOf(declared)
  // Under `$select` a download URL comes only where it is asked for by its name.
  const annotated = options.select?.filter((name) => name.startsWith('@'))
  const annotate = (row: Row, type: string, shown: Record<string, unknown>): void => {
    for (const [name, value] of Object.entries(setting.annotate(row, type) ?? {}))
      if (annotated === undefined || annotated.includes(name)) shown[name] = value
  }
  return (stored) => {
    const row = workload === 'exchange' ? applyPreferences(stored, setting.preferences) : stored
    const type = typeOf(row, declared)
    const shown: Record<string, unknown> = {}
    if (setting.metadata) {
      if (type !== declared) shown['@odata.type'] = `#${type}`
      if (row['@odata.etag'] !== undefined) shown['@odata.etag'] = row['@odata.etag']
      annotate(stored, type, shown)
    }
    // Outlook adds the id to whatever is selected; the directory and OneDrive do not.
    if (select !== undefined && workload === 'exchange') shown['id'] = row['id']
    copy(row, namesOf(type), shown, select !== undefined && keepsNull(workload))
    if (select === undefined && model.type(type)?.dynamic === true)
      copy(
        row,
        Object.keys(row).filter((name) => !name.startsWith('@')),
        shown,
        false,
      )
    for (const expand of expansions) expand(stored, shown)
    return shown
  }
}

function copy(row: Row, names: readonly string[], into: Record<string, unknown>, nulls: boolean): void {
  for (const name of names) {
    const value = row[name]
    if (value !== undefined) into[name] = value
    else if (nulls) into[name] = null
  }
}

/** A drive item has no `folder` if it is a file; other resources show an empty property as null. */
function keepsNull(workload: WorkloadName): boolean {
  return workload !== 'files'
}

/** The selected properties under their declared names; undefined for all. */
function selection(declared: string, options: QueryOptions, model: Model): readonly string[] | undefined {
  if (options.select === undefined || options.select.includes('*')) return undefined
  const names = options.select.filter((name) => !name.startsWith('@'))
  const properties = names.map((path) => {
    const [name = ''] = path.split('/')
    const property = model.property(declared, name)
    if (property === undefined) throw noProperty(name, declared, selectFailed)
    return property
  })
  return properties.filter(({ navigation }) => !navigation).map(({ name }) => name)
}

function structural(type: string, model: Model): readonly string[] {
  const properties = [...model.properties(type).values()]
  return properties.filter((p) => !p.navigation && p.type !== 'Edm.Stream').map(({ name }) => name)
}

type Expander = (row: Row, shown: Record<string, unknown>) => void

function expander(
  declared: string,
  item: Expansion,
  context: string,
  setting: ShapeSetting,
  addressOf: AddressOf,
): Expander {
  const { model, data } = setting
  const property = model.property(declared, item.name)
  if (property === undefined) throw noProperty(item.name, declared, selectFailed)
  if (!property.navigation)
    throw badRequest(
      `${selectFailed}Property '${item.name}' on type '${declared}' is not a navigation property.`,
    )
  const { name, type } = property
  const [key = 'id'] = model.keys(type)
  // Where the collection of the row at hand is: the rows in it are shaped before the next row's.
  let address: string | undefined
  const shape = shaper(type, item.options, '', setting, (inner) =>
    address === undefined || !property.collection
      ? address
      : `${address}/${encodeURIComponent(textOf(inner, key))}`,
  )
  return (row, shown) => {
    const found = follow(data, row, declared, name, item.options.parameters)
    const own = addressOf(row)
    address = own && `${own}/${name}`
    if (setting.metadata && property.contained)
      shown[`${name}@odata.context`] =
        `${setting.base}/$metadata#${context}('${encodeURIComponent(textOf(row, 'id'))}')/${name}${property.collection ? '' : '/$entity'}`
    if (!property.collection) {
      shown[name] = found === undefined || isRows(found) ? null : shape(found)
      return
    }
    const page = setting.nested(isRows(found) ? found : [], type, item, address)
    shown[name] = page.shown.map(shape)
    if (page.link !== undefined) shown[`${name}@odata.nextLink`] = page.link
  }
}
