import type { Row } from './rows'
import type { Table } from './table'

/** One write, in the words that a delta query needs of it. */
export interface Change {
  readonly sequence: number
  readonly time: number
  readonly table: Table
  readonly id: string
  readonly before: Row | undefined
  readonly after: Row | undefined
  /** The properties that were written. */
  readonly names: readonly string[]
  /** A deleted row that can be restored: `reason: changed` in the directory. */
  readonly restorable: boolean
  /** A relationship that the row got or lost: a group's member. */
  readonly link: { readonly name: string; readonly row: Row; readonly removed: boolean } | undefined
}

/** The writes of one data source in their order: what delta tokens count by. */
export class ChangeLog {
  /** How often each row was written, by its id. */
  readonly applied = new Map<string, number>()
  #changes: Change[] = []
  #sequence = 0
  #oldest = 0
  #undo: (() => void)[] = []

  /** The number of the last write. */
  get sequence(): number {
    return this.#sequence
  }

  add(
    table: Table,
    id: string,
    change: Partial<Pick<Change, 'before' | 'after' | 'names' | 'restorable' | 'link'>>,
  ): void {
    const { before, after, names = [], restorable = false, link } = change
    this.applied.set(id, (this.applied.get(id) ?? 0) + 1)
    const numbers = { sequence: ++this.#sequence, time: Date.now() }
    this.#changes.push({ ...numbers, table, id, before, after, names, restorable, link })
  }

  /** What happened in a table after one number and up to another. */
  between(table: Table, after: number, upTo: number): Change[] {
    return this.#changes.filter(
      (change) => change.table === table && change.sequence > after && change.sequence <= upTo,
    )
  }

  /** The number of the last write up to a time: drives take a timestamp for a token. */
  at(time: number): number {
    return this.#changes.findLast((change) => change.time <= time)?.sequence ?? this.#oldest
  }

  /** Whether what came after a number is still known. */
  reaches(sequence: number): boolean {
    return sequence >= this.#oldest
  }

  /** Makes every number given out so far too old. */
  expire(): void {
    this.#oldest = ++this.#sequence
  }

  onReset(undo: () => void): void {
    this.#undo.push(undo)
  }

  /** Back to the rows as they were made. */
  reset(): void {
    this.applied.clear()
    this.#changes = []
    this.expire()
    for (const undo of this.#undo) undo()
  }
}
