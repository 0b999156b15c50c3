import { textOf, type Row, type Rows } from './rows'
import type { Table } from './table'

/** A relationship that can be written, such as a group's members: its own rows and what was changed of it. */
export class Links {
  #changed = new Map<string, Map<string, boolean>>()

  constructor(
    /** Where the rows are kept that have the relationship, and what it is called. */
    readonly table: Table,
    readonly name: string,
    /** What rows are related to, by its id. */
    readonly find: (id: string) => Row | undefined,
    /** The ids that a row was related to from the start, or a whole table. */
    readonly base: (owner: Row) => ReadonlySet<string> | Table,
    /** It leads to one row at most, such as a user's manager. */
    readonly single = false,
  ) {
    table.log.onReset(() => (this.#changed = new Map()))
  }

  has(owner: Row, id: string): boolean {
    const base = this.base(owner)
    const changed = this.#changed.get(textOf(owner, 'id'))?.get(id)
    return changed ?? (base instanceof Set ? base.has(id) : (base as Table).byKey(id) !== undefined)
  }

  of(owner: Row): Rows {
    const base = this.base(owner)
    const changed = [...(this.#changed.get(textOf(owner, 'id')) ?? [])]
    if (base instanceof Set) {
      const ids = [...(base as ReadonlySet<string>), ...changed.map(([id]) => id)]
      return [...new Set(ids)]
        .filter((id) => this.has(owner, id))
        .map((id) => this.find(id))
        .filter((row) => row !== undefined)
    }
    const table = base as Table
    if (changed.length === 0) return table
    // Gaps in place of those who have left: there may be too many rows to make a list of the others.
    const left = new Set(changed.filter(([, present]) => !present).map(([id]) => id))
    const further = changed.filter(([id, present]) => present && table.byKey(id) === undefined)
    return {
      length: table.length + further.length,
      count: table.count + further.length - left.size,
      at: (index) => {
        const row =
          index < table.length ? table.at(index) : this.find(further[index - table.length]?.[0] ?? '')
        return row !== undefined && left.has(textOf(row, 'id')) ? undefined : row
      },
    }
  }

  /** The ids of those to whom a write has given, or from whom it has taken, a relation to a row. */
  changedFor(id: string): ReadonlyMap<string, boolean> {
    const found = new Map<string, boolean>()
    for (const [owner, changed] of this.#changed) {
      const present = changed.get(id)
      if (present !== undefined) found.set(owner, present)
    }
    return found
  }

  set(owner: Row, row: Row, present: boolean): void {
    const id = textOf(owner, 'id')
    const changed = this.#changed.get(id) ?? new Map<string, boolean>()
    this.#changed.set(id, changed.set(textOf(row, 'id'), present))
    this.table.log.add(this.table, id, { link: { name: this.name, row, removed: !present } })
  }
}
