import type { Model, TypeReference } from './model'
import { shortName, type Row } from './rows'
import { valueProblem } from './value-types'
import { refuseBody, refuseProperty } from './write-errors'
import { workloadOf, type WorkloadName } from './workloads'

/** A JSON body as the model understands it. */
export interface EntityBody {
  /** The type that the body says it is, else the declared one. */
  readonly type: string
  /** Structural properties under their declared names. */
  readonly values: Row
  /** `members@odata.bind`: the addresses by the name of the relationship. */
  readonly binds: ReadonlyMap<string, readonly string[]>
  /** Deep insert: the entities inside, by the name of their relationship. */
  readonly nested: ReadonlyMap<string, readonly EntityBody[]>
  /** `@microsoft.graph.conflictBehavior` and the like, by their names without the `@`. */
  readonly annotations: ReadonlyMap<string, unknown>
}

/**
 * Reads a body against the model: what it names must exist and have the right type. OData's own annotations
 * are left alone, as they come back from a client that sends what it has read.
 */
export function readEntityBody(model: Model, declared: string, body: unknown): EntityBody {
  const workload = workloadOf(declared).name
  if (!isObject(body)) throw refuseBody(workload, 'The request body must be a JSON object.')
  const type = typeIn(model, declared, body, workload)
  const values: Record<string, unknown> = {}
  const binds = new Map<string, readonly string[]>()
  const nested = new Map<string, readonly EntityBody[]>()
  const annotations = new Map<string, unknown>()
  for (const [key, value] of Object.entries(body)) {
    if (key.startsWith('@')) {
      if (!key.startsWith('@odata.')) annotations.set(key.slice(1), value)
      continue
    }
    const [name = '', annotation] = key.split('@')
    const property = propertyIn(model, type, name, workload)
    if (property === undefined) throw refuseProperty(workload, 'unknown', name, type)
    if (annotation === 'odata.bind') binds.set(property.name, bindings(value, property, workload, type))
    if (annotation !== undefined) continue
    if (property.navigation) {
      if (!property.contained) throw refuseProperty(workload, 'readOnly', property.name, type)
      const list = property.collection ? value : [value]
      if (!Array.isArray(list)) throw refuseProperty(workload, 'invalid', name, type, property.type)
      nested.set(
        property.name,
        list.map((item) => readEntityBody(model, property.type, item)),
      )
      continue
    }
    values[property.name] = readValue(model, value, property, workload, property.name, type)
  }
  return { type, values, binds, nested, annotations }
}

/** A value of a declared type, with the names and enum members in it as they are declared. */
export function readValue(
  model: Model,
  value: unknown,
  { type, collection, nullable = true }: TypeReference & { readonly nullable?: boolean },
  workload: WorkloadName,
  path: string,
  owner: string,
): unknown {
  const refuse = (): Error => refuseProperty(workload, 'invalid', path, owner, type)
  if (collection) {
    if (!Array.isArray(value)) throw refuse()
    return value.map((item: unknown) =>
      readValue(model, item, { type, collection: false }, workload, path, owner),
    )
  }
  if (value === null) {
    if (!nullable) throw refuse()
    return null
  }
  const members = model.enums.get(type)
  if (members !== undefined) return enumValue(value, members) ?? fail(refuse())
  if (model.type(type) === undefined) {
    if (valueProblem(type, value)) throw refuse()
    return value
  }
  return readComplex(model, value, type, workload, path, owner)
}

function readComplex(
  model: Model,
  value: unknown,
  declared: string,
  workload: WorkloadName,
  path: string,
  owner: string,
): Row {
  if (!isObject(value)) throw refuseProperty(workload, 'invalid', path, owner, declared)
  const type = typeIn(model, declared, value, workload)
  const read: Record<string, unknown> = {}
  for (const [name, inner] of Object.entries(value)) {
    // What the service itself has a name for is more than a remark on the data.
    if (name.startsWith('@microsoft.graph.')) read[name] = inner
    if (name.includes('@')) continue
    const property = propertyIn(model, type, name, workload)
    if (property === undefined && model.type(type)?.open !== true)
      throw refuseProperty(workload, 'unknown', name, type)
    const known = property?.name ?? name
    read[known] =
      property === undefined ? inner : readValue(model, inner, property, workload, `${path}/${known}`, owner)
  }
  return read
}

/** The type that a body declares for itself; an abstract one cannot be made. */
function typeIn(model: Model, declared: string, body: object, workload: WorkloadName): string {
  const given = (body as Record<string, unknown>)['@odata.type']
  if (given === undefined) {
    if (model.type(declared)?.abstract !== true) return declared
    throw refuseBody(workload, `The body must say with '@odata.type' which '${shortName(declared)}' it is.`)
  }
  const name = typeof given === 'string' ? given.replace(/^#/, '') : ''
  if (model.type(name) !== undefined && model.is(name, declared)) return name
  throw refuseBody(workload, `The type '${name}' is not a '${declared}'.`)
}

/** Outlook does not mind in which case a name is written. */
function propertyIn(model: Model, type: string, name: string, workload: WorkloadName) {
  const property = model.property(type, name)
  const exact = property?.name === name || workload === 'exchange'
  // Properties of derived types are found too, for `$select`; a body can only have those of its own type.
  return exact && property !== undefined && ownsProperty(model, type, property.name) ? property : undefined
}

function ownsProperty(model: Model, type: string, name: string): boolean {
  if (model.type(type)?.dynamic === true) return true
  for (let at = model.type(type); at !== undefined; at = model.type(at.base ?? ''))
    if (at.own.some((property) => property.name === name)) return true
  return false
}

function bindings(
  value: unknown,
  { name, navigation, collection }: { name: string; navigation: boolean; collection: boolean },
  workload: WorkloadName,
  type: string,
): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  const addresses = list.filter((item) => typeof item === 'string')
  if (!navigation || Array.isArray(value) !== collection || addresses.length < list.length)
    throw refuseProperty(workload, 'invalid', `${name}@odata.bind`, type, 'Edm.String')
  return addresses
}

/** Members are taken in any case, as the documentation writes them (`HTML` for `html`). */
function enumValue(value: unknown, members: readonly string[]): string | undefined {
  if (typeof value !== 'string') return undefined
  const parts = value.split(',').map((part) => part.trim().toLowerCase())
  const found = parts.map((part) => members.find((member) => member.toLowerCase() === part))
  return found.includes(undefined) ? undefined : found.join(',')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fail(error: Error): never {
  throw error
}
