import { noContent, type Answer } from './answer'
import type { EntityBody } from './entity-body'
import { badRequest, GraphError, notFound } from './errors'
import { parsePath } from './path'
import { shortName, textOf, type DataSource, type Row } from './rows'
import { walk, type Target, type Via } from './walk'
import { methodNotAllowed, refuseBody } from './write-errors'
import { mandatoryJson, type WriteRequest, type WriteSetting } from './write-request'
import { linkRow } from './writes'
import { workloadOf } from './workloads'

/** So many references can be given with one request, for each relationship. */
const mostBindings = 20

/** POST, PUT and DELETE of `$ref`. */
export function writeReference(target: Target, request: WriteRequest, setting: WriteSetting): Answer {
  const { method } = request
  const { data } = setting
  const workload = workloadOf(target.type).name
  if (target.kind === 'value' || target.via === undefined) throw methodNotAllowed(workload)
  const { owner, name } = target.via
  if (method === 'POST' && target.kind === 'rows') {
    linkRow(data, owner, name, referenced(request, setting), true)
    return noContent()
  }
  if (method === 'DELETE' && target.kind === 'row') {
    linkRow(data, owner, name, target.row, false)
    return noContent()
  }
  throw methodNotAllowed(workload)
}

/** PUT of a relationship to one object: whatever it led to before is replaced. */
export function setReference(via: Via, request: WriteRequest, setting: WriteSetting): Answer {
  replaceLink(setting.data, via, referenced(request, setting))
  return noContent()
}

function replaceLink(data: DataSource, { owner, type, name }: Via, row: Row): void {
  const key = `${shortName(type)}/${name}`
  const links = data.links?.[key]
  if (links === undefined) throw badRequest(`The relationship '${name}' cannot be written.`)
  const old = data.relations[key]?.(owner, new Map())
  if (old !== undefined && 'id' in old) links.set(owner, old, false)
  links.set(owner, row, true)
}

function referenced(request: WriteRequest, setting: WriteSetting): Row {
  const body = mandatoryJson(request, 'directory') as Readonly<Record<string, unknown>> | null
  const address = body?.['@odata.id']
  if (typeof address !== 'string')
    throw refuseBody('directory', "The body of a reference must have the property '@odata.id'.")
  return resolve(address, request, setting)
}

/** The row that an absolute or relative address names. */
export function resolve(address: string, request: WriteRequest, { model, data }: WriteSetting): Row {
  const path = address.replace(/^https?:\/\/[^/]+\/(?:v1\.0|beta)\//i, '').replace(/^\//, '')
  if (/^https?:/i.test(path)) throw refuseBody('directory', `Invalid URL format specified: '${address}'.`)
  const { target } = walk(parsePath(model, path), {
    model,
    data,
    userId: request.userId,
    parameters: new Map(),
  })
  if (target.kind !== 'row') throw refuseBody('directory', `Invalid URL format specified: '${address}'.`)
  return target.row
}

export type References = ReadonlyMap<string, readonly Row[]>

/** What `...@odata.bind` names: all of it must be there before anything is written. */
export function findReferences(
  { binds, type }: EntityBody,
  request: WriteRequest,
  setting: WriteSetting,
): References {
  const found = new Map<string, readonly Row[]>()
  for (const [name, addresses] of binds) {
    if (addresses.length > mostBindings)
      throw refuseBody(
        workloadOf(type).name,
        `The number of references for '${name}@odata.bind' exceeds the limit of ${mostBindings}.`,
      )
    found.set(
      name,
      addresses.map((address) => resolve(address, request, setting)),
    )
  }
  return found
}

/** Adds all references or, if one of them is there already, none. */
export function bindReferences(owner: Row, type: string, references: References, data: DataSource): void {
  for (const [name, rows] of references) {
    const key = `${shortName(type)}/${name}`
    const links = data.links?.[key]
    if (links === undefined)
      throw new GraphError(400, 'BadRequest', `The relationship '${name}' cannot be written.`)
    if (links.single) {
      const [row] = rows
      if (row === undefined) throw notFound('directory', name)
      replaceLink(data, { owner, type, name }, row)
      continue
    }
    for (const row of rows) if (links.has(owner, textOf(row, 'id'))) linkRow(data, owner, name, row, true)
    for (const row of rows) links.set(owner, row, true)
  }
}
