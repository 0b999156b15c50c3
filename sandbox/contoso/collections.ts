import { createHash } from 'node:crypto'
import type { ChangeLog } from '../graph/change-log'
import { textOf, type Row } from '../graph/rows'
import { Table, type TableSetting } from '../graph/table'

/** The small collections that stand inside other rows (a message's attachments, a task's steps), made on demand. */
export class Collections {
  readonly #tables = new Map<string, Table>()

  constructor(readonly log: ChangeLog) {}

  of(
    owner: Row,
    name: string,
    base: () => readonly Row[] = () => [],
    setting: (owner: Row) => TableSetting = plain(name),
  ): Table {
    const key = `${textOf(owner, 'id')}/${name}`
    const known = this.#tables.get(key)
    if (known !== undefined) return known
    const made = new Table(this.log, base(), setting(owner))
    this.#tables.set(key, made)
    return made
  }

  /** Where a row of such a collection is, if it has been asked for. */
  known(owner: Row, name: string): Table | undefined {
    return this.#tables.get(`${textOf(owner, 'id')}/${name}`)
  }
}

/** Rows that need nothing but an identifier. */
function plain(name: string): (owner: Row) => TableSetting {
  return (owner) => ({
    complete: (_, number) => ({ id: shortId(`${textOf(owner, 'id')} ${name} ${number}`) }),
  })
}

/** 28 characters, as Planner's identifiers have them. */
export function shortId(seed: string): string {
  return createHash('sha256').update(seed).digest('base64url').slice(0, 28)
}

export function weakTag(seed: string): string {
  return `W/"${createHash('sha256').update(`tag ${seed}`).digest('base64').slice(0, 38)}="`
}
