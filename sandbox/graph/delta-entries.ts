import type { Change } from './change-log'
import type { QueryOptions } from './query-options'
import { shortName, textOf, typeOf, type DataSource, type Row, type Rows } from './rows'
import type { Kept } from './table'
import { workloadOf, type WorkloadName } from './workloads'

/** Large groups come in several parts, each with so many of their members. */
const membersInPart = 200

/** A first round tells of a row's links, too: a group comes with its members, a large one several times. */
export function withLinks(
  rows: Rows,
  type: string,
  { select }: QueryOptions,
  { links = {} }: DataSource,
): Rows {
  const link = Object.entries(links).find(([key]) => key.startsWith(`${shortName(type)}/`))?.[1]
  if (link === undefined || (select !== undefined && !select.includes(link.name))) return rows
  const parts: { row: Row; members: Rows; from: number }[] = []
  for (let index = 0; index < rows.length; index++) {
    const row = rows.at(index)
    const members = row === undefined ? [] : link.of(row)
    if (row !== undefined)
      for (let from = 0; from === 0 || from < members.length; from += membersInPart)
        parts.push({ row, members, from })
  }
  return {
    length: parts.length,
    at: (index) => {
      const part = parts[index]
      if (part === undefined) return undefined
      const { row, members, from } = part
      const end = Math.min(from + membersInPart, members.length)
      const shown = Array.from({ length: end - from }, (_, place) => members.at(from + place))
      const references = shown.filter((member) => member !== undefined).map(reference)
      return references.length === 0 ? row : { ...row, [`${link.name}@delta`]: references }
    },
  }
}

function reference(row: Row): { '@odata.type': string; id: unknown } {
  return { '@odata.type': `#${typeOf(row, '')}`, id: row['id'] }
}

/** The rows that were written, each once and in the order of their last change, as they are now. */
export function changed(changes: readonly Change[], kept: Kept, type: string, options: QueryOptions): Row[] {
  const byId = new Map<string, Change[]>()
  for (const change of changes) {
    const earlier = byId.get(change.id) ?? []
    byId.delete(change.id)
    byId.set(change.id, [...earlier, change])
  }
  const entries: Row[] = []
  for (const [id, list] of byId) {
    const row = kept.table.byKey(id)
    if (row !== undefined && kept.where(row)) {
      const links = linkChanges(list, options)
      const names = list.flatMap((change) => change.names)
      if (isTracked(list, names, links, type, options)) entries.push({ ...row, ...links, '@changed': names })
    } else {
      const before = list
        .map((change) => change.before)
        .findLast((old) => old !== undefined && kept.where(old))
      const restorable = row === undefined && list.at(-1)?.restorable === true
      if (before !== undefined)
        entries.push({ ...before, '@removed': { reason: restorable ? 'changed' : 'deleted' } })
    }
  }
  return entries
}

/** Under `$select` the directory follows only what is selected. */
function isTracked(
  list: readonly Change[],
  names: readonly string[],
  links: Row,
  type: string,
  { select }: QueryOptions,
): boolean {
  if (workloadOf(type).name !== 'directory' || select === undefined) return true
  const created = list.some(({ before, after }) => before === undefined && after !== undefined)
  return created || Object.keys(links).length > 0 || names.some((name) => select.includes(name))
}

function linkChanges(list: readonly Change[], { select }: QueryOptions): Row {
  const links = new Map<string, Map<unknown, object>>()
  for (const { link } of list) {
    if (link === undefined || (select !== undefined && !select.includes(link.name))) continue
    const name = `${link.name}@delta`
    const items = links.get(name) ?? new Map<unknown, object>()
    const removed = link.removed && { '@removed': { reason: 'deleted' } }
    links.set(name, items.set(link.row['id'], { ...reference(link.row), ...removed }))
  }
  return Object.fromEntries([...links].map(([name, items]) => [name, [...items.values()]]))
}

/** How an entry is written: directory and Outlook say `@removed`, drives and lists have a facet for it. */
export function entry(
  row: Row,
  shape: (row: Row) => Record<string, unknown>,
  workload: WorkloadName,
  minimal: boolean,
): Record<string, unknown> {
  const { id, '@removed': removed, '@changed': names } = row
  const { path: _, ...parentReference } = (row['parentReference'] ?? {}) as Record<string, unknown>
  if (removed !== undefined)
    return workload === 'files' ? { id, parentReference, deleted: {} } : { '@removed': removed, id }
  const all = shape(row)
  const shown =
    minimal && Array.isArray(names)
      ? Object.fromEntries(Object.entries(all).filter(([name]) => name === 'id' || names.includes(name)))
      : all
  // The path of a parent is left out: items are followed by their ids, as a renamed folder's are not repeated.
  if (workload === 'files' && shown['parentReference'] !== undefined)
    shown['parentReference'] = parentReference
  if (workload === 'directory') shown['id'] = textOf(row, 'id')
  for (const [name, value] of Object.entries(row)) if (name.endsWith('@delta')) shown[name] = value
  return shown
}
