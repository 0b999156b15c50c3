import { noSegment, notFound, notImplemented } from './errors'
import type { Model, Property } from './model'
import type { ResourcePath, Step } from './path'
import {
  isRows,
  shortName,
  textOf,
  typeOf,
  type DataSource,
  type Parameters,
  type Row,
  type Rows,
} from './rows'
import { workloadOf } from './workloads'

/** The relationship by which a path has come to where it is. */
export interface Via {
  readonly owner: Row
  readonly type: string
  readonly name: string
  /** The collection that the owner was found in. */
  readonly rows?: Rows | undefined
}

/** What a path leads to, with the path that `@odata.context` names it by. */
export type Target =
  | {
      readonly kind: 'rows'
      readonly rows: Rows
      readonly type: string
      readonly context: string
      readonly via?: Via
    }
  | {
      readonly kind: 'row'
      readonly row: Row
      readonly type: string
      readonly context: string
      /** The collection that the row was found in. */
      readonly rows?: Rows
      readonly via?: Via
    }
  | {
      readonly kind: 'value'
      readonly value: unknown
      readonly type: string
      readonly context: string
      readonly owner: Row
    }

export interface Walk {
  readonly target: Target
  /** `$count`, `$ref` or `$value` at the end of the path. */
  readonly tail: '$count' | '$ref' | '$value' | undefined
}

export interface WalkSetting {
  readonly model: Model
  readonly data: DataSource
  /** The key of the singleton `me`. */
  readonly userId: string | undefined
  readonly parameters: Parameters
}

export function walk(path: ResourcePath, setting: WalkSetting): Walk {
  let target: Target | undefined
  for (const step of path.steps) {
    // What an action is called on is where the path leads to without it.
    if (step.kind === 'action') break
    if (step.kind === '$count' || step.kind === '$ref' || step.kind === '$value')
      return { target: known(target), tail: step.kind }
    target = step.kind === 'root' ? root(step, setting) : next(known(target), step, setting)
  }
  return { target: known(target), tail: undefined }
}

function known(target: Target | undefined): Target {
  if (target === undefined) throw noSegment('')
  return target
}

function root(step: Step & { kind: 'root' }, { data, model, userId }: WalkSetting): Target {
  const { type } = step
  const set = step.collection ? step.name : (model.setOf(type) ?? step.name)
  const rows = data.set(set) ?? []
  if (step.collection) return { kind: 'rows', rows, type, context: set }
  // `me` is one of a set; a singleton of a type that has no set is a row of its own.
  const row = set === step.name ? rows.at(0) : rows.byKey?.(userId ?? '')
  if (row === undefined) throw notFound(workloadOf(type).name, userId ?? '')
  return { kind: 'row', row, type, context: set, rows }
}

type InnerStep = Exclude<Step, { kind: 'root' | '$count' | '$ref' | '$value' | 'action' }>

function next(target: Target, step: InnerStep, setting: WalkSetting): Target {
  switch (step.kind) {
    case 'key':
      if (target.kind !== 'rows') throw noSegment(step.value)
      return { ...target, kind: 'row', row: findRow(target.rows, target.type, step, setting.model) }
    case 'cast':
      return cast(target, step.type, setting.model)
    case 'navigation':
      if (target.kind !== 'row') throw noSegment(step.property.name)
      return navigate(target, step, setting)
    case 'path': {
      if (target.kind !== 'row') throw noSegment(step.names.join('/'))
      const row = setting.data.atPath(target.row, step.names)
      if (row === undefined) throw notFound(workloadOf(target.type).name, step.names.join('/'))
      return { kind: 'row', row, type: target.type, context: target.context }
    }
    case 'function':
      return call(target, step, setting)
    case 'property':
      return property(target, step.property, setting.model)
  }
}

function property(target: Target, { name, type }: Property, model: Model): Target {
  if (target.kind === 'rows') throw noSegment(name)
  const [owner, holder, context] =
    target.kind === 'row'
      ? [target.row, target.row, self(target, model)]
      : [target.owner, target.value as Row | null, target.context]
  return { kind: 'value', value: holder?.[name] ?? null, type, context: `${context}/${name}`, owner }
}

function call(target: Target, step: InnerStep & { kind: 'function' }, setting: WalkSetting): Target {
  const { name, binding, returns } = step.overload
  if (target.kind === 'value') throw noSegment(name)
  const run = setting.data.functions?.[`${shortName(binding.type)}/${name}`]
  // What has changed of some rows is a question about these rows; of a drive item, about those of its drive.
  if (run === undefined && name === 'delta' && target.kind === 'rows') return target
  if (run === undefined) throw notImplemented(name)
  const [row, rows] = target.kind === 'row' ? [target.row, []] : [{}, target.rows]
  const { type } = returns
  const found = run({ row, rows, arguments: step.arguments, userId: setting.userId })
  const context = returns.collection ? `Collection(${shortName(type)})` : (setting.model.setOf(type) ?? name)
  if (returns.collection) return { kind: 'rows', rows: isRows(found) ? found : [], type, context }
  if (found === undefined || isRows(found)) throw notFound(workloadOf(type).name, name)
  return type === 'Edm.Stream'
    ? { kind: 'value', value: null, type, context, owner: found }
    : { kind: 'row', row: found, type, context }
}

/** The row with a key; the directory ignores the case of its identifiers, Outlook does not. */
export function findRow(
  rows: Rows,
  type: string,
  key: { readonly property: string | undefined; readonly value: string },
  model: Model,
): Row {
  const { name: workload } = workloadOf(type)
  const [keyName = 'id'] = model.keys(type)
  const property = key.property ?? keyName
  if (key.property !== undefined && key.property !== keyName) {
    if (model.type(type)?.alternateKeys.includes(key.property) !== true) throw noSegment(key.property)
  } else if (rows.byKey !== undefined) {
    const row = rows.byKey(key.value)
    if (row === undefined) throw notFound(workload, key.value)
    return row
  }
  const fold = (text: string): string => (workload === 'directory' ? text.toLowerCase() : text)
  for (let index = 0; index < rows.length; index++) {
    const row = rows.at(index)
    if (row !== undefined && fold(String(row[property])) === fold(key.value)) return row
  }
  throw notFound(workload, key.value)
}

function cast(target: Target, type: string, model: Model): Target {
  const context = model.setOf(type) ?? target.context
  if (target.kind === 'value') throw noSegment(type)
  if (target.kind === 'row') {
    if (!model.is(typeOf(target.row, target.type), type))
      throw notFound('directory', textOf(target.row, 'id'))
    return { ...target, type, context }
  }
  const rows: Row[] = []
  for (let index = 0; index < target.rows.length; index++) {
    const row = target.rows.at(index)
    if (row !== undefined && model.is(typeOf(row, target.type), type)) rows.push(row)
  }
  return { kind: 'rows', rows, type, context }
}

function navigate(
  target: Target & { kind: 'row' },
  step: InnerStep & { kind: 'navigation' },
  setting: WalkSetting,
): Target {
  const { property } = step
  const { type } = property
  const found = follow(setting.data, target.row, target.type, property.name, setting.parameters)
  const here = `${self(target, setting.model)}/${property.name}`
  const context = property.contained ? here : (setting.model.setOf(type) ?? here)
  const via = {
    owner: target.row,
    type: typeOf(target.row, target.type),
    name: property.name,
    rows: target.rows,
  }
  if (property.collection) return { kind: 'rows', rows: isRows(found) ? found : [], type, context, via }
  if (found === undefined || isRows(found)) throw notFound(workloadOf(type).name, property.name)
  return { kind: 'row', row: found, type, context, via }
}

/** What a navigation property of a row leads to. */
export function follow(
  data: DataSource,
  row: Row,
  declared: string,
  name: string,
  parameters: Parameters,
): Rows | Row | undefined {
  const relation = data.relations[`${shortName(typeOf(row, declared))}/${name}`]
  return relation?.(row, parameters)
}

/** `users('id')`: how a context URL names one entity. */
function self(target: Target & { kind: 'row' }, model: Model): string {
  const [key = 'id'] = model.keys(target.type)
  const value = target.row[key]
  if (value === undefined) return target.context
  const literal = typeof value === 'number' ? value : `'${encodeURIComponent(textOf(target.row, key))}'`
  return `${target.context}(${literal})`
}
