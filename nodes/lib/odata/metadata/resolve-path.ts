import { withoutTexts } from '../literal'
import type { ResourceDetails } from './details'
import {
  qualified,
  typeReference,
  lineage,
  type Model,
  type ModelOperation,
  type TypeReference,
} from './model'
import { pathSegments, type PathSegment } from './path-segments'
import { boundOperations, operationDetail, targetType, typeDetails, unboundOperations } from './type-details'

/** Where a path has got to. */
type Place =
  | { readonly at: 'service' }
  /** Entities, or values of another type, which have no keys. */
  | { readonly at: 'collection'; readonly type: string; readonly keyed: boolean }
  | { readonly at: 'item'; readonly type: string }
  | { readonly at: 'property'; readonly type: string; readonly collection: boolean }
  | { readonly at: 'operation' }
  | { readonly at: 'raw' }

interface Step {
  readonly place: Place
  /** What the segment is: a name of the model, a key, or a type. */
  readonly role: 'name' | 'key' | 'cast'
  readonly operation?: ModelOperation
  readonly description?: string | undefined
}

/**
 * Follows a path through the metadata: sets and singletons, keys, navigation, properties, casts, operations. Ids and
 * placeholders are taken for what may stand in their place.
 *
 * @param path below the service URL, e.g. `users/{id}/messages`, `groups('x')/members/microsoft.graph.user`.
 */
export function resolvePath(model: Model, path: string): ResourceDetails {
  const segments = pathSegments(path)
  const steps = resolveSteps(model, segments)
  const unknown = segments[steps.length]
  if (unknown !== undefined) {
    return { path, kind: 'unknown', unknownSegment: unknown.text, collectionOperations: [] }
  }
  return detailsOf(model, path, steps.at(-1) ?? { place: { at: 'service' }, role: 'name' })
}

/** One step for each segment, up to the first that the metadata does not know. */
export function resolveSteps(model: Model, segments: readonly PathSegment[]): Step[] {
  const steps: Step[] = []
  for (const segment of segments) {
    const next = follow(model, steps.at(-1)?.place ?? { at: 'service' }, segment)
    if (next === undefined) break
    steps.push(next)
  }
  return steps
}

function detailsOf(model: Model, path: string, { place, operation, description }: Step): ResourceDetails {
  const type = 'type' in place ? typeDetails(model, place.type) : undefined
  const bound =
    place.at === 'collection' ? boundOperations(model, { name: place.type, collection: true }) : []
  return {
    path,
    kind: place.at === 'collection' && !place.keyed ? 'property' : place.at,
    ...(operation === undefined ? {} : { operation: operationDetail(model, operation) }),
    ...(description === undefined ? {} : { description }),
    ...(type === undefined ? {} : { type }),
    collectionOperations: bound.map((each) => operationDetail(model, each)),
  }
}

function follow(model: Model, place: Place, segment: PathSegment): Step | undefined {
  if (segment.name.startsWith('$')) return system(place, segment)
  switch (place.at) {
    case 'service':
      return fromService(model, segment)
    case 'collection':
      return inCollection(model, place, segment)
    case 'item':
      return inItem(model, place.type, segment)
    case 'property':
      return place.collection ? undefined : inItem(model, place.type, segment)
    case 'operation':
    case 'raw':
      return undefined
  }
}

/** `$count`, `$value`, `$ref`; a key may begin with a `$` only in quotes. */
function system(place: Place, { name }: PathSegment): Step | undefined {
  const known = ['$count', '$value', '$ref'].includes(name)
  return known && place.at !== 'service' ? { place: { at: 'raw' }, role: 'name' } : undefined
}

function fromService(model: Model, segment: PathSegment): Step | undefined {
  const resource = named(model.resources, segment.name)
  if (resource === undefined) return undefined
  const target = targetType(model, resource)
  const { description } = resource
  if (resource.kind === 'set' || resource.kind === 'singleton') {
    return target === undefined ? undefined : { ...arrive(model, target, segment), description }
  }
  const operation = overload(unboundOperations(model, resource.target), segment)
  return operation === undefined ? undefined : answerOf(model, operation)
}

/** What is not the name of something else is a key. */
function inCollection(
  model: Model,
  { type, keyed }: Place & { at: 'collection' },
  segment: PathSegment,
): Step | undefined {
  const cast = castTo(model, type, segment)
  if (cast !== undefined) {
    const closed = segment.inParentheses !== undefined
    return {
      place: closed ? { at: 'item', type: cast } : { at: 'collection', type: cast, keyed },
      role: 'cast',
    }
  }
  const operation = called(model, { name: type, collection: true }, segment)
  if (operation !== undefined) return answerOf(model, operation)
  return keyed ? { place: { at: 'item', type }, role: 'key' } : undefined
}

function inItem(model: Model, type: string, segment: PathSegment): Step | undefined {
  const cast = castTo(model, type, segment)
  if (cast !== undefined) return { place: { at: 'item', type: cast }, role: 'cast' }
  const line = lineage(model, type)
  const navigation = named(
    line.flatMap((each) => each.navigation),
    segment.name,
  )
  if (navigation !== undefined) {
    const { description } = navigation
    return { ...arrive(model, typeReference(model, navigation.type), segment), description }
  }
  const property = named(
    line.flatMap((each) => each.properties),
    segment.name,
  )
  if (property !== undefined) return toProperty(model, property.type, property.description)
  const operation = called(model, { name: type, collection: false }, segment)
  return operation === undefined ? undefined : answerOf(model, operation)
}

function toProperty(model: Model, written: string, description: string | undefined): Step {
  const { name, collection } = typeReference(model, written)
  if (name === 'Edm.Stream') return { place: { at: 'raw' }, role: 'name', description }
  return { place: { at: 'property', type: name, collection }, role: 'name', description }
}

/** A set with its key in parentheses is an item at once. */
function arrive(model: Model, target: TypeReference, segment: PathSegment): Step {
  const { name: type, collection } = target
  if (!collection || segment.inParentheses !== undefined) return { place: { at: 'item', type }, role: 'name' }
  return { place: { at: 'collection', type, keyed: isEntity(model, type) }, role: 'name' }
}

function answerOf(model: Model, operation: ModelOperation): Step {
  const { returns, description } = operation
  const target = returns === undefined ? undefined : typeReference(model, returns)
  if (target === undefined || !model.types.has(target.name)) {
    return { place: { at: 'operation' }, role: 'name', operation, description }
  }
  const { name: type, collection } = target
  const place: Place = collection
    ? { at: 'collection', type, keyed: isEntity(model, type) }
    : { at: 'item', type }
  return { place, role: 'name', operation, description }
}

function isEntity(model: Model, type: string): boolean {
  return model.types.get(type)?.kind !== 'complex'
}

/** A segment that is the name of the type itself or of one derived from it. */
function castTo(model: Model, type: string, { name }: PathSegment): string | undefined {
  if (!name.includes('.')) return undefined
  const target = qualified(model, name)
  const found = model.types.has(target) ? target : undefined
  return found !== undefined && lineage(model, found).some((base) => base.name === type) ? found : undefined
}

function called(model: Model, binding: TypeReference, segment: PathSegment): ModelOperation | undefined {
  const short = segment.name.slice(segment.name.lastIndexOf('.') + 1)
  const overloads = boundOperations(model, binding).filter(({ name, namespace }) => {
    if (!segment.name.includes('.')) return same(name, segment.name)
    return same(name, short) && same(`${namespace}.${name}`, qualified(model, segment.name))
  })
  return overload(overloads, segment)
}

/** The overload whose parameters are given; the first one where none is quite so. */
function overload(
  overloads: readonly ModelOperation[],
  { inParentheses }: PathSegment,
): ModelOperation | undefined {
  const given = argumentNames(inParentheses ?? '')
  const fits = ({ parameters, bound }: ModelOperation): boolean => {
    const own = parameters.slice(bound ? 1 : 0)
    const required = own.filter(({ optional }) => optional !== true)
    return (
      given.every((name) => own.some((parameter) => same(parameter.name, name))) &&
      required.every((parameter) => given.some((name) => same(parameter.name, name)))
    )
  }
  return overloads.find(fits) ?? overloads[0]
}

function argumentNames(list: string): string[] {
  return [...withoutTexts(list).matchAll(/([^=,\s]+)\s*=/gu)].map(([, name = '']) => name)
}

/** Exactly, else without regard to case. */
function named<T extends { readonly name: string }>(candidates: readonly T[], name: string): T | undefined {
  return candidates.find((each) => each.name === name) ?? candidates.find((each) => same(each.name, name))
}

function same(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
