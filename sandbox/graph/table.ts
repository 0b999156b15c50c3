import { createHash } from 'node:crypto'
import type { ChangeLog } from './change-log'
import { textOf, type Row, type Rows } from './rows'

export interface TableSetting {
  /** The property that identifies a row; `id` unless it says otherwise. */
  readonly key?: string
  /** What a row is found by beside its id; in lower case where a request's case does not count. */
  readonly names?: (row: Row) => readonly unknown[]
  /** What a new row has that its writer need not say: at least its id. */
  readonly complete?: (values: Row, number: number) => Row
  /** The rows that are deleted with a row. */
  readonly inside?: (row: Row) => readonly Row[]
  /** What else changes with a row. */
  readonly revise?: (row: Row) => Row
  /** Outlook lists mail from the newest on. */
  readonly newestFirst?: boolean
}

/** The table that rows are kept in, and which of its rows they are: what writes and delta queries need. */
export interface Kept {
  readonly table: Table
  readonly where: (row: Row) => boolean
  /** What makes a new row one of these. */
  readonly given: Row
}

/**
 * Rows that can be written. What is written lies over rows that are made when they are asked for, so that a
 * directory of any size costs nothing until it is changed. A deleted row leaves a gap: the places of the
 * others, which page tokens count by, stay as they are.
 */
export class Table implements Rows {
  readonly kept: Kept = { table: this, where: () => true, given: {} }
  #changed = new Map<string, Row | undefined>()
  /** The ids of the changed rows by whatever they are found by. */
  #named = new Map<unknown, string>()
  #created: string[] = []
  #gaps = 0
  /** What can be restored, by its id. */
  #deleted = new Map<string, Row>()

  constructor(
    readonly log: ChangeLog,
    readonly base: Rows,
    readonly setting: TableSetting = {},
  ) {
    log.onReset(() => {
      this.#changed = new Map()
      this.#named = new Map()
      this.#created = []
      this.#gaps = 0
      this.#deleted = new Map()
    })
  }

  get length(): number {
    return this.base.length + this.#created.length
  }

  get count(): number {
    return this.length - this.#gaps
  }

  /** Changes with each write: what was worked out from the rows before holds no longer. */
  get version(): number {
    return this.log.sequence
  }

  at(index: number): Row | undefined {
    const made = this.#created.length
    if (this.setting.newestFirst === true)
      return index < made ? this.#new(made - 1 - index) : this.current(this.base.at(index - made))
    const { length } = this.base
    return index < length ? this.current(this.base.at(index)) : this.#new(index - length)
  }

  byKey(key: string): Row | undefined {
    const folded = key.toLowerCase()
    const named = (row: Row): boolean => this.#names(row).some((name) => name === key || name === folded)
    for (const name of [key, folded]) {
      const changed = this.#changed.get(this.#named.get(name) ?? '')
      // A name that the row has lost since leads nowhere.
      if (changed !== undefined && named(changed)) return changed
    }
    const row = this.base.byKey === undefined ? find(this.base, named) : this.base.byKey(key)
    return row === undefined || this.#changed.has(this.idOf(row)) ? undefined : row
  }

  /** A row that was made before, as it is now. */
  current(row: Row | undefined): Row | undefined {
    if (row === undefined || this.#changed.size === 0) return row
    const id = this.idOf(row)
    return this.#changed.has(id) ? this.#changed.get(id) : row
  }

  rows(where: (row: Row) => boolean = () => true): Row[] {
    const found: Row[] = []
    for (let index = 0; index < this.length; index++) {
      const row = this.at(index)
      if (row !== undefined && where(row)) found.push(row)
    }
    return found
  }

  create(values: Row): Row {
    const row = { ...this.setting.complete?.(values, this.log.sequence + 1), ...values }
    const id = this.idOf(row)
    this.#deleted.delete(id)
    // What was deleted comes back to its place.
    if (this.#changed.has(id)) this.#gaps--
    else this.#created.push(id)
    this.#set(id, row)
    this.log.add(this, id, { after: row, names: Object.keys(row) })
    return row
  }

  update(before: Row, values: Row): Row {
    const id = this.idOf(before)
    const changed = {
      ...before,
      ...merged(before, values),
      ...revised(before, values, this.log.sequence + 1),
    }
    const after: Row = this.setting.revise?.(changed) ?? changed
    this.#set(id, after)
    this.log.add(this, id, { before, after, names: Object.keys(values) })
    return after
  }

  /** Sets what follows from another write (a folder's number of children): nothing that a delta query tells. */
  amend(before: Row, values: Row): Row {
    const after = { ...before, ...merged(before, values) }
    this.#set(this.idOf(before), after)
    return after
  }

  delete(before: Row, restorable = false): void {
    for (const row of this.setting.inside?.(before) ?? []) this.delete(row, restorable)
    const id = this.idOf(before)
    this.#changed.set(id, undefined)
    if (restorable) this.#deleted.set(id, before)
    this.#gaps++
    this.log.add(this, id, { before, restorable })
  }

  idOf(row: Row): string {
    return textOf(row, this.setting.key ?? 'id')
  }

  /** Rows that are gone, as they were, but can come back. */
  deleted(): Row[] {
    return [...this.#deleted.values()]
  }

  /** Gone for good: it cannot be restored any more. */
  purge(id: string): void {
    this.#deleted.delete(id)
  }

  #set(id: string, row: Row): void {
    this.#changed.set(id, row)
    for (const name of this.#names(row)) this.#named.set(name, id)
  }

  #names(row: Row): readonly unknown[] {
    return [this.idOf(row), ...(this.setting.names?.(row) ?? [])]
  }

  #new(index: number): Row | undefined {
    return this.#changed.get(this.#created[index] ?? '')
  }
}

/** Some rows of a table: a folder's messages, an item's children. */
export function view(
  table: Table,
  where: (row: Row) => boolean,
  given: Row = {},
  byKey = (key: string): Row | undefined => {
    const row = table.byKey(key)
    return row !== undefined && where(row) ? row : undefined
  },
): Rows {
  const rows = table.rows(where)
  return { length: rows.length, at: (index) => rows[index], byKey, kept: { table, where, given } }
}

function find(rows: Rows, test: (row: Row) => boolean): Row | undefined {
  for (let index = 0; index < rows.length; index++) {
    const row = rows.at(index)
    if (row !== undefined && test(row)) return row
  }
  return undefined
}

/** A complex value is written property by property, as OData's PATCH does. */
function merged(row: Row, values: Row): Row {
  const isComplex = (value: unknown): value is object =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const old = row[name]
      return [name, isComplex(value) && isComplex(old) ? { ...old, ...value } : value]
    }),
  )
}

/** New entity tags: Outlook's hold the changeKey, those of files and lists end in the number of a version. */
function revised(row: Row, values: Row, number: number): Row {
  const changed: Record<string, unknown> = {}
  if (row['lastModifiedDateTime'] !== undefined)
    changed['lastModifiedDateTime'] = `${new Date().toISOString().slice(0, 19)}Z`
  const hasContent = 'size' in values || 'file' in values
  for (const name of ['@odata.etag', 'eTag', ...(hasContent ? ['cTag'] : [])]) {
    const tag = row[name]
    if (typeof tag === 'string')
      changed[name] = tag.replace(/,(\d+)"$/, (_, version: string) => `,${Number(version) + 1}"`)
  }
  // Weak tags without a number, too, stand for a version.
  if (typeof row['@odata.etag'] === 'string' && row['@odata.etag'].startsWith('W/')) {
    const key = versionKey(row, number)
    if (row['changeKey'] !== undefined) changed['changeKey'] = key
    changed['@odata.etag'] = `W/"${key}"`
  }
  return changed
}

function versionKey(row: Row, number: number): string {
  return createHash('sha256')
    .update(`${textOf(row, 'id')} ${number}`)
    .digest('base64url')
    .slice(0, 38)
}
