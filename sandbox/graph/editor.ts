import type { ChangeLog } from './change-log'
import type { Model } from './model'
import { parsePath } from './path'
import type { DataSource, Row } from './rows'
import { walk } from './walk'
import { workloadOf } from './workloads'
import { createRow, deleteRow, linkRow, updateRow, type Place } from './writes'

/** Writes to the collections that paths lead to, as if another client had made them. */
export class Editor {
  constructor(
    readonly model: Model,
    readonly data: DataSource,
  ) {}

  get log(): ChangeLog | undefined {
    return this.data.log
  }

  change(path: string, id: string, values: Row): Row {
    return updateRow(this.#place(path), id, values)
  }

  add(path: string, values: Row): Row {
    return createRow(this.#place(path), values)
  }

  remove(path: string, id: string, forGood: boolean): void {
    deleteRow(this.#place(path), id, forGood)
  }

  link(path: string, id: string, name: string, otherId: string, present: boolean): void {
    const find = (set: string, key: string): Row => this.#place(set).rows.byKey?.(key) ?? { id: key }
    linkRow(this.data, find(path, id), name, find('directoryObjects', otherId), present)
  }

  #place(path: string): Place {
    const { model, data } = this
    const resource = parsePath(model, path.replace(/^\//, ''))
    const { target } = walk(resource, { model, data, userId: undefined, parameters: everything })
    if (target.kind !== 'rows') throw new Error(`${path} is no collection`)
    return { rows: target.rows, workload: workloadOf(target.type).name }
  }
}

/** A calendar's view is of a window of time. */
const everything = new Map([
  ['startdatetime', '1900-01-01'],
  ['enddatetime', '2900-01-01'],
])
