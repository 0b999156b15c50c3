import { badRequest, GraphError, notFound } from './errors'
import { textOf, typeOf, shortName, type DataSource, type Row, type Rows } from './rows'
import type { Kept } from './table'
import type { WorkloadName } from './workloads'

/** Where a write goes to: rows as a path leads to them, and the service that words its refusals. */
export interface Place {
  readonly rows: Rows
  readonly workload: WorkloadName
}

/** A new row; 409 where its id or one of its names is taken. */
export function createRow(place: Place, values: Row): Row {
  const { table, given } = keptIn(place)
  const own = table.idOf(values)
  const names = [own === '' ? undefined : own, ...(table.setting.names?.(values) ?? [])]
  if (names.some((name) => typeof name === 'string' && table.byKey(name) !== undefined))
    throw place.workload === 'files'
      ? new GraphError(409, 'nameAlreadyExists', 'An item with the same name already exists.')
      : new GraphError(409, 'Request_MultipleObjectsWithSameKeyValue', 'The key is already in use.')
  return table.create({ ...given, ...values })
}

/** Sets properties of a row; 404 and 412 as the case may be. */
export function updateRow(place: Place, key: string, values: Row, ifMatch?: string): Row {
  return keptIn(place).table.update(matching(place, key, ifMatch), values)
}

/** Deletes a row: in the directory to where it can be restored from, unless for good. */
export function deleteRow(place: Place, key: string, forGood = false, ifMatch?: string): void {
  const restorable = place.workload === 'directory' && !forGood
  keptIn(place).table.delete(matching(place, key, ifMatch), restorable)
}

/** Adds or removes a reference (`members/$ref`): 400 for one that is there already, 404 for one that is not. */
export function linkRow(data: DataSource, owner: Row, name: string, row: Row, present: boolean): void {
  const links = data.links?.[`${shortName(typeOf(owner, ''))}/${name}`]
  if (links === undefined) throw badRequest(`The relationship '${name}' cannot be written.`)
  if (links.has(owner, textOf(row, 'id')) === present) {
    if (!present) throw notFound('directory', textOf(row, 'id'))
    throw badRequest(
      "One or more added object references already exist for the following modified properties: 'members'.",
      'Request_BadRequest',
    )
  }
  links.set(owner, row, present)
}

function keptIn({ rows, workload }: Place): Kept {
  if (rows.kept !== undefined) return rows.kept
  throw workload === 'directory'
    ? new GraphError(
        405,
        'Request_BadRequest',
        'Specified HTTP method is not allowed for the request target.',
      )
    : new GraphError(405, 'notAllowed', 'The action is not allowed.')
}

function matching({ rows, workload }: Place, key: string, ifMatch: string | undefined): Row {
  const row = rows.byKey?.(key)
  if (row === undefined) throw notFound(workload, key)
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== row['@odata.etag'])
    throw new GraphError(
      412,
      workload === 'files' ? 'resourceModified' : 'ErrorIrresolvableConflict',
      'The ETag value in the If-Match header does not match the current ETag value.',
    )
  return row
}
