import { json, noContent, type Answer } from './answer'
import { readEntityBody, readValue, type EntityBody } from './entity-body'
import { notImplemented } from './errors'
import type { ActionOverload, Parameter } from './model'
import { created } from './creation'
import { entityBody, shapeSetting } from './reader'
import { shaper } from './shape'
import { shortName, type Row, type Rows } from './rows'
import type { Target, Via } from './walk'
import { refuseBody, refuseProperty } from './write-errors'
import { checkLock, readJson, type WriteRequest, type WriteSetting } from './write-request'
import { workloadOf } from './workloads'

/** What an action is called with. */
export interface ActionCall {
  /** Empty where the action is bound to a collection. */
  readonly row: Row
  readonly rows: Rows
  readonly via: Via | undefined
  /** By their names in lower case; one of an entity type is a body as it was read. */
  readonly parameters: ReadonlyMap<string, unknown>
  readonly request: WriteRequest
  readonly setting: WriteSetting
}

/** What comes of it: nothing, an entity, several, or a value; or an answer of its own kind. */
export type ActionResult =
  | { readonly status: 200 | 202 | 204 }
  | { readonly row: Row; readonly status?: 200 | 201 }
  | { readonly list: readonly Row[] }
  | { readonly value: unknown; readonly status?: 200 | 201 }
  | { readonly answer: Answer }

export type Action = (call: ActionCall) => ActionResult

export function callAction(
  target: Target,
  overload: ActionOverload,
  request: WriteRequest,
  setting: WriteSetting,
): Answer {
  if (target.kind === 'value') throw notImplemented(overload.name)
  const run = setting.data.actions?.[`${shortName(overload.binding.type)}/${overload.name}`]
  if (run === undefined) throw notImplemented(overload.name)
  const [row, rows] = target.kind === 'row' ? [target.row, target.rows ?? []] : [{}, target.rows]
  if (changesItem(overload.name)) checkLock(row, setting)
  return callWith(overload, request, setting, (parameters) =>
    run({ row, rows, via: target.via, parameters, request, setting }),
  )
}

/** Reads the parameters, and answers what comes of them. */
export function callWith(
  overload: ActionOverload,
  request: WriteRequest,
  setting: WriteSetting,
  run: (parameters: ActionCall['parameters']) => ActionResult,
): Answer {
  const parameters = readParameters(overload, readJson(request) ?? {}, setting)
  return answer(run(parameters), overload, request, setting)
}

/** Names in any case, as the documentation writes them so; a parameter that may be null may be missing. */
function readParameters(
  { name, parameters, binding }: ActionOverload,
  body: unknown,
  { model }: WriteSetting,
): ReadonlyMap<string, unknown> {
  const workload = workloadOf(binding.type).name
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw refuseBody(workload, 'The request body must be a JSON object.')
  const given = new Map<string, unknown>()
  for (const [key, value] of Object.entries(body)) {
    if (key.includes('@')) continue
    const parameter = parameters.find((known) => known.name.toLowerCase() === key.toLowerCase())
    if (parameter === undefined)
      throw refuseBody(
        workload,
        `The parameter '${key}' in the request payload is not a valid parameter for the operation '${name}'.`,
      )
    given.set(key.toLowerCase(), valueOf(value, parameter))
  }
  const missing = parameters.find((known) => !known.nullable && !given.has(known.name.toLowerCase()))
  if (missing !== undefined) throw refuseProperty(workload, 'missing', missing.name, name)
  return given

  function valueOf(value: unknown, parameter: Parameter): unknown {
    const isEntity =
      !parameter.collection && model.type(parameter.type) !== undefined && isEntityType(parameter.type)
    if (isEntity && value !== null) return readEntityBody(model, parameter.type, value)
    return readValue(model, value, parameter, workload, parameter.name, name)
  }

  function isEntityType(type: string): boolean {
    return model.is(type, 'microsoft.graph.entity')
  }
}

function changesItem(name: string): boolean {
  return !/^(?:check|get|validate|create)/.test(name)
}

function answer(
  result: ActionResult,
  overload: ActionOverload,
  request: WriteRequest,
  setting: WriteSetting,
): Answer {
  if ('answer' in result) return result.answer
  if ('status' in result && !('row' in result || 'value' in result))
    return { ...noContent(), status: result.status }
  const { returns } = overload
  const type = returns?.type ?? ''
  const set = setting.model.setOf(type) ?? shortName(type)
  if ('row' in result) return rowAnswer(result, { type, context: set }, request, setting)
  const context = (name: string): object =>
    request.metadata ? { '@odata.context': `${request.base}/$metadata#${name}` } : {}
  if ('list' in result) {
    const shape = shaper(type, request.options, '', shapeSetting(request, setting), () => undefined)
    return json({ ...context(set), value: result.list.map(shape) }, request.metadata)
  }
  const { value, status = 200 } = result
  const name = returns?.collection === true ? `Collection(${type})` : type
  return { ...json({ ...context(name), ...asBody(value) }, request.metadata), status }
}

/** A complex value is a body of its own, any other one stands in `value`. */
function asBody(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { value }
}

/** A new entity stands beside the one that the action was called on. */
function rowAnswer(
  { row, status }: { readonly row: Row; readonly status?: 200 | 201 },
  about: { readonly type: string; readonly context: string },
  request: WriteRequest,
  setting: WriteSetting,
): Answer {
  const target = { ...about, row }
  if (status !== 201) return json(entityBody(target, request, setting, undefined), request.metadata)
  const address = request.address.replace(/\/[^/]+\/[^/]+$/, '')
  return created(target, { ...request, address }, setting)
}

export function parameterText(parameters: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const value = parameters.get(name)
  return typeof value === 'string' ? value : undefined
}

export function parameterBody(
  parameters: ReadonlyMap<string, unknown>,
  name: string,
): EntityBody | undefined {
  const value = parameters.get(name)
  return value === undefined || value === null ? undefined : (value as EntityBody)
}

export function texts(parameters: ReadonlyMap<string, unknown>, name: string): string[] {
  const value = parameters.get(name)
  return Array.isArray(value) ? value.map(String) : []
}
