import { json, type Answer } from './answer'
import { readEntityBody, type EntityBody } from './entity-body'
import { bindReferences, findReferences } from './references'
import { entityBody, etagHeader } from './reader'
import { isRows, shortName, textOf, type Row, type Rows } from './rows'
import { follow, type Target, type Via } from './walk'
import { checkNew } from './write-rules'
import { methodNotAllowed } from './write-errors'
import { checkLock, mandatoryJson, type WriteRequest, type WriteSetting } from './write-request'
import { createRow } from './writes'
import { workloadOf } from './workloads'

/** POST to a collection. */
export function create(
  target: Target & { kind: 'rows' },
  request: WriteRequest,
  setting: WriteSetting,
): Answer {
  const { name: workload } = workloadOf(target.type)
  const rule = setting.data.rules?.[shortName(target.type)]
  if (target.rows.kept === undefined && rule?.begin === undefined) throw methodNotAllowed(workload)
  if (target.via !== undefined) checkLock(target.via.owner, setting)
  const body = readEntityBody(setting.model, target.type, mandatoryJson(request, workload))
  checkNew(body)
  if (rule?.begin !== undefined) return rule.begin(body, findReferences(body, request, setting), setting)
  const row = insert(body, target.rows, target.via, request, setting)
  return created({ row, type: target.type, context: target.context }, request, setting)
}

/** 201 with the entity and where it is, or 204 for `return=minimal`. */
export function created(
  target: { readonly row: Row; readonly type: string; readonly context: string },
  request: WriteRequest,
  setting: WriteSetting,
): Answer {
  const [key = 'id'] = setting.model.keys(target.type)
  const value = target.row[key]
  const literal =
    typeof value === 'number' ? String(value) : `'${encodeURIComponent(textOf(target.row, key))}'`
  const location = `${request.address}(${literal})`
  const headers = { Location: location, ...etagHeader(target.row) }
  if (request.preferences.minimal)
    return {
      status: 204,
      headers: { ...headers, 'OData-EntityId': location, 'Preference-Applied': 'return=minimal' },
      body: '',
    }
  const address = `${request.address}/${encodeURIComponent(textOf(target.row, key))}`
  const body = entityBody(target, request, setting, address)
  return { ...json(body, request.metadata, headers), status: 201 }
}

/** Makes a row and what is inside it. Whatever can be refused is refused before anything is stored. */
export function insert(
  body: EntityBody,
  rows: Rows,
  via: Via | undefined,
  request: WriteRequest,
  setting: WriteSetting,
): Row {
  const { data } = setting
  const workload = workloadOf(body.type).name
  const references = findReferences(body, request, setting)
  const draft = { body, rows, via, userId: request.userId }
  const rule = data.rules?.[shortName(body.type)]
  const decided = rule?.create?.(draft) ?? { values: body.values }
  if ('existing' in decided) return decided.existing
  const typed = mixed.has(shortName(body.type)) ? { '@odata.type': `#${body.type}` } : {}
  const row = createRow({ rows, workload }, { ...typed, ...decided.values })
  bindReferences(row, body.type, references, data)
  insertInside(row, body, request, setting)
  rule?.created?.(row, draft)
  return rows.kept?.table.current(row) ?? row
}

function insertInside(row: Row, body: EntityBody, request: WriteRequest, setting: WriteSetting): void {
  for (const [name, inside] of body.nested) {
    const found = follow(setting.data, row, body.type, name, new Map())
    // What a rule has taken into the row itself needs no row of its own.
    if (!isRows(found) || found.kept === undefined) continue
    for (const inner of inside) insert(inner, found, { owner: row, type: body.type, name }, request, setting)
  }
}

/** The types of collections that hold several: their rows say what they are. */
const mixed = new Set(['fileAttachment', 'itemAttachment', 'referenceAttachment', 'openTypeExtension'])
