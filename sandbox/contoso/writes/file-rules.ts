import type { EntityBody } from '../../graph/entity-body'
import { notFound } from '../../graph/errors'
import { conflictNamed } from '../../graph/files'
import { isRows, textOf, type Row, type Rows } from '../../graph/rows'
import { nameTaken, refuseBody, refuseProperty } from '../../graph/write-errors'
import type { WriteRule } from '../../graph/write-rules'
import { parentOf } from '../files'
import type { Store } from '../store'

/** What OneDrive and SharePoint ask of names and fields. */
export function fileRules(store: Store): Record<string, WriteRule> {
  return {
    driveItem: {
      create: ({ body, via }) => {
        if (via?.name !== 'children') throw refuseBody('files', 'An item is made in a folder.')
        return newItem(body, store.children(via.owner))
      },
      created: (_, { via }) => countChildren(via?.owner, store),
      update: ({ row, body }) => changedItem(row, body, store),
      updated: (row) => store.refreshPaths(row),
      remove: (row) => {
        if (row['root'] !== undefined) throw refuseBody('files', 'The root of a drive cannot be deleted.')
        const drive = store.driveOfItem(row)
        const folder = drive?.items.byKey(parentOf(row).id ?? '')
        if (folder !== undefined) setCount(folder, store, -1)
      },
    },
    list: {
      create: ({ body: { values } }) => ({ values: { name: values['displayName'], ...values } }),
      created: (row, { body: { nested } }) => {
        const { columns } = store.list(row)
        for (const column of nested.get('columns') ?? [])
          if (columns.byKey(textOf(column.values, 'name')) === undefined) columns.create(column.values)
      },
    },
    listItem: {
      create: ({ body: { values, nested }, via }) => {
        const [fields] = nested.get('fields') ?? []
        const checked = checkFields(fields?.values ?? {}, via?.owner, store)
        return { values: { ...values, fields: checked } }
      },
      created: (row, { via }) => completeFields(row, via?.owner, store),
      update: ({ body: { values, nested }, via }) => {
        const [fields] = nested.get('fields') ?? []
        return fields === undefined
          ? values
          : { ...values, fields: checkFields(fields.values, via?.owner, store) }
      },
    },
    fieldValueSet: {
      update: ({ body: { values }, via }) => {
        const items = via?.rows?.kept?.table
        return checkFields(values, items && store.listOf(items)?.row, store)
      },
    },
  }
}

function newItem(body: EntityBody, siblings: Rows): { values: Row } {
  const { values } = body
  if (values['folder'] === undefined && values['file'] === undefined)
    throw refuseBody('files', "A new item needs the facet 'folder' or 'file'.")
  const name = freeName(textOf(values, 'name'), siblings, newName(body.annotations))
  return { values: { ...values, name, ...(values['folder'] !== undefined && { folder: { childCount: 0 } }) } }
}

/** A name that a folder has room for: 409, or `name 1.txt`. */
export function freeName(name: string, siblings: Rows, conflict: 'fail' | 'rename', own?: unknown): string {
  checkItemName(name)
  if (childNamed(siblings, name, own) === undefined) return name
  if (conflict === 'fail') throw nameTaken()
  const dot = name.lastIndexOf('.')
  const [stem, end] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  for (let number = 1; ; number++) {
    const other = `${stem} ${number}${end}`
    if (childNamed(siblings, other, own) === undefined) return other
  }
}

export function childNamed(siblings: Rows, name: string, own?: unknown): Row | undefined {
  const folded = name.toLowerCase()
  for (let index = 0; index < siblings.length; index++) {
    const row = siblings.at(index)
    if (row !== undefined && row['id'] !== own && textOf(row, 'name').toLowerCase() === folded) return row
  }
  return undefined
}

function checkItemName(name: string): void {
  if (name === '' || /[/\\*<>?:|"]/.test(name) || name.endsWith('.') || name.startsWith('~'))
    throw refuseBody('files', 'The provided name cannot be used for an item.')
}

/** A new name, another folder, or both. */
function changedItem(row: Row, { values, annotations }: EntityBody, store: Store): Row {
  const { parentReference, ...others } = values
  const drive = store.driveOfItem(row)
  const wanted = parentReference as { id?: string; path?: string } | undefined
  const target = wanted === undefined ? undefined : folderOf(wanted, row, store)
  const old = drive?.items.byKey(parentOf(row).id ?? '')
  const parent = target ?? old
  if (parent === undefined) return others
  if (target !== undefined && store.within(row).some((inner) => inner['id'] === target['id']))
    throw refuseBody('files', 'An item cannot be moved into itself.')
  const siblings = store.children(parent)
  const wish = textOf(others, 'name') || textOf(row, 'name')
  const name = freeName(wish, siblings, newName(annotations), row['id'])
  if (target === undefined) return { ...others, ...(others['name'] !== undefined && { name }) }
  if (old !== undefined && old['id'] !== target['id']) {
    setCount(old, store, -1)
    setCount(target, store, 1)
  }
  return { ...others, name, parentReference: siblings.kept?.given['parentReference'] }
}

/** Nothing is replaced by a change of what is there already. */
function newName(annotations: EntityBody['annotations']): 'fail' | 'rename' {
  return conflictNamed(annotations.get('microsoft.graph.conflictBehavior')) === 'rename' ? 'rename' : 'fail'
}

/** The folder that a reference names by its id or its path. */
export function folderOf({ id, path }: { id?: string; path?: string }, row: Row, store: Store): Row {
  const drive = store.driveOfItem(row)
  const root = drive?.items.at(0)
  const names = path
    ?.replace(/^.*?\/root:?/, '')
    .split('/')
    .filter((name) => name !== '')
  const found =
    id !== undefined
      ? drive?.items.byKey(id === 'root' ? textOf(root ?? {}, 'id') : id)
      : names === undefined || root === undefined
        ? undefined
        : store.atPath(root, names.map(decodeURIComponent))
  if (found === undefined) throw notFound('files', id ?? path ?? '')
  if (found['folder'] === undefined) throw refuseBody('files', 'The destination is not a folder.')
  return found
}

export function countChildren(folder: Row | undefined, store: Store): void {
  if (folder !== undefined) setCount(folder, store, 0)
}

function setCount(folder: Row, store: Store, more: number): void {
  const table = store.driveOfItem(folder)?.items
  const current = table?.byKey(textOf(folder, 'id'))
  const children = store.children(folder)
  if (table !== undefined && current !== undefined)
    table.amend(current, { folder: { childCount: children.length + more } })
}

const systemFields = new Set(['id', 'ContentType', 'Created', 'Modified', 'AuthorLookupId', 'EditorLookupId'])

/** Values by the internal names of columns, of the columns' kinds. */
function checkFields(values: Row, list: Row | undefined, store: Store): Row {
  const columns = list === undefined || isRows(list) ? undefined : store.list(list).columns
  for (const [name, value] of Object.entries(values)) {
    if (systemFields.has(name)) throw refuseBody('files', `Field '${name}' is read-only`)
    const column = columns?.rows((row) => row['name'] === name).at(0)
    if (columns !== undefined && column === undefined)
      throw refuseBody('files', `Field '${name}' is not recognized`)
    if (value !== null && column !== undefined && !fits(value, column))
      throw refuseProperty('files', 'invalid', name, 'microsoft.graph.fieldValueSet', 'the column')
  }
  return values
}

function fits(value: unknown, column: Row): boolean {
  if (column['number'] !== undefined || column['currency'] !== undefined) return typeof value === 'number'
  if (column['boolean'] !== undefined) return typeof value === 'boolean'
  if (column['dateTime'] !== undefined) return typeof value === 'string' && !Number.isNaN(Date.parse(value))
  const choice = column['choice'] as { choices: readonly string[]; allowTextEntry?: boolean } | undefined
  if (choice !== undefined)
    return typeof value === 'string' && (choice.allowTextEntry === true || choice.choices.includes(value))
  const { maxLength = 255 } = (column['text'] ?? {}) as { maxLength?: number }
  return typeof value === 'string' && value.length <= maxLength
}

/** A new item's fields repeat what the item is. */
function completeFields(row: Row, list: Row | undefined, store: Store): void {
  const items = list && store.list(list).items
  const time = row['createdDateTime']
  const own = {
    '@odata.etag': row['@odata.etag'],
    id: row['id'],
    ContentType: 'Item',
    Created: time,
    Modified: time,
  }
  items?.amend(row, { fields: { ...own, ...(row['fields'] as Row) } })
}
