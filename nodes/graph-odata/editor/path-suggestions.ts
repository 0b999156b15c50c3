import type { Translate } from '../../shared/editor/red.js'
import type { Suggestion } from '../../shared/editor/suggestions.js'
import type { MetadataOverview, OperationDetail, ResourceDetails, TypeDetails } from '../admin-api.js'

/** A segment to choose; `operation` where it is called rather than read. */
export interface Segment extends Suggestion {
  readonly operation?: OperationDetail
}

/** A path that is being typed: what is finished, and the segment at its end. */
export interface TypedPath {
  readonly before: string
  readonly segment: string
}

/** At the last slash that stands in no string. */
export function splitTyped(path: string): TypedPath {
  let at = -1
  let quoted = false
  for (let index = 0; index < path.length; index += 1) {
    if (path[index] === "'") quoted = !quoted
    else if (path[index] === '/' && !quoted) at = index
  }
  return { before: path.slice(0, Math.max(at, 0)), segment: path.slice(at + 1) }
}

/** What a path can begin with, by name: services list their sets and singletons apart. */
export function firstSegments(overview: MetadataOverview): Segment[] {
  return overview.resources
    .map(({ name, kind, type, description }) => ({
      value: name,
      detail: kind === 'set' && type !== undefined ? `${shortName(type)}[]` : shortName(type ?? kind),
      description,
    }))
    .toSorted((one, other) => one.value.localeCompare(other.value, 'en'))
}

/**
 * What can follow a path.
 *
 * @param calling whether an action is to be called; else only functions are offered, which read.
 */
export function nextSegments(
  { kind, type, collectionOperations }: ResourceDetails,
  calling: boolean,
): Segment[] {
  if (kind === 'collection') {
    return [
      ...operationSegments(collectionOperations, calling),
      { value: '$count', detail: 'Edm.Int32' },
      ...castSegments(type, '[]'),
    ]
  }
  if (type === undefined) return []
  return [
    ...navigationSegments(type),
    ...partSegments(type),
    ...operationSegments(type.operations, calling),
    ...castSegments(type, ''),
  ]
}

/** What belongs to one item of a collection: to be had once its key is given. */
export function itemSegments({ type }: ResourceDetails, calling: boolean): Segment[] {
  return type === undefined
    ? []
    : [...navigationSegments(type), ...partSegments(type), ...operationSegments(type.operations, calling)]
}

function navigationSegments({ navigation }: TypeDetails): Segment[] {
  return navigation.map(({ name, type, collection, description }) => ({
    value: name,
    detail: `${shortName(type)}${collection ? '[]' : ''}`,
    description,
  }))
}

/** Properties worth an address of their own: structures and streams. */
function partSegments({ properties, hasStream }: TypeDetails): Segment[] {
  const parts = properties.filter(
    ({ type, typeKind, collection }) => type === 'Edm.Stream' || (typeKind === 'complex' && !collection),
  )
  return [
    ...(hasStream ? [{ value: '$value', detail: 'Edm.Stream' }] : []),
    ...parts.map(({ name, type, description }) => ({
      value: name,
      detail: shortName(type),
      description,
    })),
  ]
}

function operationSegments(operations: readonly OperationDetail[], calling: boolean): Segment[] {
  return operations
    .filter(({ kind }) => calling || kind === 'function')
    .map((operation) => ({
      value: operation.kind === 'function' ? operation.segment : operation.name,
      detail:
        operation.returns === undefined
          ? operation.kind
          : `${shortName(operation.returns.type)}${operation.returns.collection ? '[]' : ''}`,
      description: operation.description,
      operation,
    }))
}

function castSegments(type: TypeDetails | undefined, suffix: string): Segment[] {
  return (type?.derivedTypes ?? []).map((name) => ({ value: name, detail: `${shortName(name)}${suffix}` }))
}

/** `microsoft.graph.user` is called `user`. */
export function shortName(type: string): string {
  return type.startsWith('Edm.') ? type : (type.split('.').at(-1) ?? type)
}

/** What an operation wants to be told: `Parameters: message (message), saveToSentItems (Edm.Boolean, optional)`. */
export function explainOperation({ kind, parameters }: OperationDetail, text: Translate): string {
  if (parameters.length === 0) return text('parameters.none')
  const names = parameters.map(({ name, type, collection, optional }) => {
    const shown = `${shortName(type)}${collection ? '[]' : ''}`
    return `${name} (${optional ? text('parameters.optional', { type: shown }) : shown})`
  })
  return text(`parameters.${kind}`, { names: names.join(', ') })
}

/** The names in `reminderView(startDateTime='{startDateTime}')`. */
export function placeholdersIn(segment: string): string[] {
  return [...segment.matchAll(/\{([^{}:]+)(?::path)?\}/gu)].map(([, name = '']) => name)
}
