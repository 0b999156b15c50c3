import type { NodeDef } from 'node-red'
import { wholeNumber } from '../lib/odata/query-options.js'
import { CALL_METHODS, WRITE_OPERATIONS, type CallMethod } from '../lib/odata/write-plan.js'
import { Problem } from '../lib/problem.js'
import type { Output } from './message.js'
import type { NamedField, TypedField } from './field-types.js'

/** The node's properties as flows hold them: each may be missing, numbers may be text. */
export interface GraphODataDef extends NodeDef {
  readonly [property: string]: unknown
}

type Properties = Readonly<Record<string, unknown>>

/** The properties with their defaults applied. */
export interface GraphODataConfig {
  /** The id of the graph-connection. */
  readonly connection: string
  readonly operation: Operation
  readonly entity: TypedField
  readonly key: TypedField
  readonly appendUrl: TypedField
  readonly params: readonly NamedField[]
  readonly select: TypedField
  readonly filter: TypedField
  readonly expand: TypedField
  readonly orderby: TypedField
  readonly search: TypedField
  readonly pageSize: TypedField
  readonly limit: TypedField
  readonly query: TypedField
  readonly headers: readonly NamedField[]
  readonly count: boolean
  readonly consistency: 'auto' | 'on' | 'off'
  readonly timeZone: TypedField
  readonly textBody: boolean
  readonly immutableIds: boolean
  /** Of what comes; `send` also writes those that a read has added. */
  readonly annotations: 'keep' | 'strip' | 'send'
  readonly followNested: boolean
  readonly output: Output
  readonly paging: 'all' | 'demand'
  /** Unfinished messages from which on the next page is held back; 0: never. */
  readonly inFlight: number
  readonly start: 'all' | 'now'
  /** Name of the context store; blank is the default one. */
  readonly store: string
  readonly checkpoint: 'emitted' | 'confirmed'
  readonly notFound: 'error' | 'empty'
  /** Of a call. */
  readonly method: CallMethod
  /** What a write sends, and an upload where no file is named. */
  readonly body: TypedField
  readonly ifMatch: TypedField
  readonly allowDelete: boolean
  /** Emit the request instead of sending it. */
  readonly dryRun: boolean
  readonly answer: 'default' | 'representation' | 'minimal'
  /** Follow work that takes longer than the answer. */
  readonly wait: boolean
  /** Path of the file that a download writes or an upload reads. */
  readonly file: TypedField
  /** What a download becomes. */
  readonly as: 'buffer' | 'text' | 'file'
  /** Bytes (the property is in MB); 0: as much as fits where it goes. */
  readonly maxSize: number
  readonly conflict: 'fail' | 'replace' | 'rename'
  /** Entity and append URL are blank: the message says what to read. */
  readonly drivenByMessage: boolean
}

/** What a message may name. */
export const NAMED_OPERATIONS = ['read', ...WRITE_OPERATIONS, 'changes', 'download', 'upload'] as const
export type NamedOperation = (typeof NAMED_OPERATIONS)[number]
/** `message`: taken from `msg.operation`. */
export type Operation = NamedOperation | 'message'
const IN_FLIGHT = 2000

export function readConfig(def: Properties): GraphODataConfig {
  const entity = typed(def, 'entity')
  const appendUrl = typed(def, 'appendUrl')
  const operation = oneOf(def, 'operation', [...NAMED_OPERATIONS, 'message'] as const, 'read')
  return {
    connection: text(def['connection']),
    operation,
    entity,
    key: typed(def, 'key'),
    appendUrl,
    params: rows(def, 'params'),
    select: typed(def, 'select'),
    filter: typed(def, 'filter'),
    expand: typed(def, 'expand'),
    orderby: typed(def, 'orderby'),
    search: typed(def, 'search'),
    pageSize: typed(def, 'pageSize'),
    limit: typed(def, 'limit'),
    query: typed(def, 'query', 'json'),
    headers: rows(def, 'headers'),
    count: flag(def, 'count'),
    consistency: oneOf(def, 'consistency', ['auto', 'on', 'off'] as const, 'auto'),
    timeZone: typed(def, 'timeZone'),
    textBody: flag(def, 'textBody'),
    immutableIds: flag(def, 'immutableIds'),
    annotations: oneOf(def, 'annotations', ['keep', 'strip', 'send'] as const, 'keep'),
    followNested: flag(def, 'followNested'),
    paging: oneOf(def, 'paging', ['all', 'demand'] as const, 'all'),
    inFlight: text(def['inFlight']) === '' ? IN_FLIGHT : wholeNumber('inFlight', text(def['inFlight']), 0),
    start: oneOf(def, 'start', ['all', 'now'] as const, 'all'),
    store: text(def['store']),
    checkpoint: oneOf(def, 'checkpoint', ['emitted', 'confirmed'] as const, 'emitted'),
    output: oneOf(def, 'output', ['array', 'page', 'item'] as const, 'array'),
    notFound: oneOf(def, 'notFound', ['error', 'empty'] as const, 'error'),
    method: oneOf(def, 'method', CALL_METHODS, 'POST'),
    body: def['body'] === undefined ? { value: 'payload', type: 'msg' } : typed(def, 'body', 'msg'),
    ifMatch: typed(def, 'ifMatch'),
    allowDelete: flag(def, 'allowDelete'),
    // A read's dialog does not offer it: what is left of another operation must not keep it from reading.
    dryRun: flag(def, 'dryRun') && operation !== 'read' && operation !== 'changes',
    answer: oneOf(def, 'answer', ['default', 'representation', 'minimal'] as const, 'default'),
    wait: flag(def, 'wait'),
    file: typed(def, 'file'),
    as: oneOf(def, 'as', ['buffer', 'text', 'file'] as const, 'buffer'),
    maxSize: text(def['maxSize']) === '' ? 0 : wholeNumber('maxSize', text(def['maxSize']), 0) * 1024 * 1024,
    conflict: oneOf(def, 'conflict', ['fail', 'replace', 'rename'] as const, 'fail'),
    drivenByMessage: entity.value === '' && appendUrl.value === '',
  }
}

function typed(def: Properties, name: string, defaultType = 'str'): TypedField {
  return { value: text(def[name]), type: text(def[`${name}Type`]) || defaultType }
}

function rows(def: Properties, name: string): NamedField[] {
  const list: unknown = def[name] ?? []
  if (!Array.isArray(list)) throw new Problem('propertyInvalid', { field: name, value: typeof list })
  return list.map((row: Record<string, unknown>) => ({
    name: text(row['name']),
    // Not trimmed: it is data.
    value: typeof row['value'] === 'string' ? row['value'] : text(row['value']),
    type: text(row['type']) || 'str',
  }))
}

function flag(def: Properties, name: string): boolean {
  return def[name] === true || def[name] === 'true'
}

function oneOf<T extends string>(def: Properties, name: string, allowed: readonly T[], fallback: T): T {
  const value = text(def[name]) || fallback
  const found = allowed.find((each) => each === value)
  if (found === undefined) throw new Problem('propertyInvalid', { field: name, value })
  return found
}

function text(value: unknown): string {
  if (typeof value === 'string') return value.trim()
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''
}
