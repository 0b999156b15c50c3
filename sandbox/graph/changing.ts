import { json, noContent, type Answer } from './answer'
import { created, insert } from './creation'
import { readEntityBody } from './entity-body'
import { GraphError } from './errors'
import type { ResourcePath } from './path'
import { bindReferences, findReferences } from './references'
import { applied, entityBody, etagHeader } from './reader'
import { shortName, textOf, type Row } from './rows'
import { walk, type Target } from './walk'
import { checkChange, checkNew, needsEtag } from './write-rules'
import { methodNotAllowed } from './write-errors'
import {
  checkEtag,
  checkLock,
  mandatoryJson,
  tableOf,
  walkSetting,
  type WriteRequest,
  type WriteSetting,
} from './write-request'
import { workloadOf } from './workloads'

type RowTarget = Target & { kind: 'row' }

/** PATCH: what the body names is set, everything else stays. */
export function update(target: RowTarget, request: WriteRequest, setting: WriteSetting): Answer {
  const { type, via } = target
  const store = storeOf(target, setting)
  const row = guarded(target, request, setting)
  const body = readEntityBody(setting.model, row.type, mandatoryJson(request, workloadOf(type).name))
  checkChange(body, target.row)
  const references = findReferences(body, request, setting)
  const values =
    setting.data.rules?.[shortName(row.type)]?.update?.({ row: target.row, body, via }) ?? body.values
  const after = Object.keys(values).length === 0 ? target.row : store(values)
  bindReferences(after, row.type, references, setting.data)
  setting.data.rules?.[shortName(row.type)]?.updated?.(after)
  return changed({ ...target, row: after }, request, setting)
}

/** PUT: properties that the body does not name go back to nothing. Graph has it for few types. */
export function replace(target: RowTarget, request: WriteRequest, setting: WriteSetting): Answer {
  const { type, row } = target
  const workload = workloadOf(type).name
  if (workload !== 'open' && shortName(type) !== 'openTypeExtension') throw methodNotAllowed(workload)
  const table = tableOf(target, setting)
  guarded(target, request, setting)
  const body = readEntityBody(setting.model, type, mandatoryJson(request, workload))
  checkChange(body, row)
  const keys = new Set([...setting.model.keys(type), 'extensionName'])
  const names = Object.keys(row).filter(
    (name) => !keys.has(name) && !name.startsWith('@') && setting.model.property(type, name) !== undefined,
  )
  const cleared = Object.fromEntries(names.map((name) => [name, null]))
  return changed({ ...target, row: table.update(row, { ...cleared, ...body.values }) }, request, setting)
}

/** Where a change goes: to a row's own table, or into the row that it is a part of (the fields of a list item). */
function storeOf({ row, type, rows, via }: RowTarget, setting: WriteSetting): (values: Row) => Row {
  const holder = via?.rows?.kept?.table
  if (via !== undefined && holder !== undefined && via.owner[via.name] === row)
    return (values) => holder.update(via.owner, { [via.name]: values })[via.name] as Row
  const table = tableOf({ kind: 'row', row, type, context: '', ...(rows && { rows }) }, setting)
  return (values) => table.update(row, values)
}

export function remove(target: RowTarget, request: WriteRequest, setting: WriteSetting): Answer {
  const { row, type } = target
  const table = tableOf(target, setting)
  guarded(target, request, setting)
  setting.data.rules?.[shortName(type)]?.remove?.(row)
  if (target.via?.name === 'deletedItems') table.purge(textOf(row, 'id'))
  else table.delete(row, workloadOf(type).name === 'directory')
  return noContent()
}

/** The row's own type, after lock and entity tag have let the request pass. */
function guarded(target: RowTarget, request: WriteRequest, setting: WriteSetting): { type: string } {
  const { row, type } = target
  checkLock(row, setting)
  checkEtag(row, type, request, needsEtag(type))
  const own = row['@odata.type']
  return { type: typeof own === 'string' ? own.slice(1) : type }
}

/** The directory and Planner answer 204 unless the client wants to see the result, the others 200. */
function changed(target: RowTarget, request: WriteRequest, setting: WriteSetting): Answer {
  const { preferences } = request
  const workload = workloadOf(target.type).name
  const silent = workload === 'directory' || workload === 'planner' || workload === 'open'
  const preferred = preferences.minimal
    ? { 'Preference-Applied': 'return=minimal' }
    : preferences.representation
      ? { 'Preference-Applied': 'return=representation' }
      : {}
  if (preferences.minimal || (silent && !preferences.representation))
    return { ...noContent(), headers: { ...etagHeader(target.row), ...preferred } }
  return json(entityBody(target, request, setting), request.metadata, {
    ...etagHeader(target.row),
    ...applied(target.type, request),
    ...preferred,
  })
}

/**
 * PATCH of what an alternate key names and what is not there: made if the client wants it so, else 404.
 * Undefined where there is such a row.
 */
export function upsert(path: ResourcePath, request: WriteRequest, setting: WriteSetting): Answer | undefined {
  const last = path.steps.at(-1)
  if (last?.kind !== 'key' || last.property !== 'uniqueName' || !request.preferences.createIfMissing)
    return undefined
  try {
    walk(path, walkSetting(request, setting))
    return undefined
  } catch (error) {
    if (!(error instanceof GraphError) || error.status !== 404) throw error
  }
  const { target } = walk({ ...path, steps: path.steps.slice(0, -1) }, walkSetting(request, setting))
  if (target.kind !== 'rows') throw methodNotAllowed(workloadOf(path.type).name)
  const workload = workloadOf(target.type).name
  const body = readEntityBody(setting.model, target.type, mandatoryJson(request, workload))
  const named = { ...body, values: { ...body.values, [last.property]: last.value } }
  checkNew(named)
  const row: Row = insert(named, target.rows, target.via, request, setting)
  const address = request.address.slice(0, request.address.lastIndexOf('('))
  return created({ row, type: target.type, context: target.context }, { ...request, address }, setting)
}
