import type { Content } from './contents'
import type { Row } from './rows'
import { refuseBody } from './write-errors'

/** What becomes of a new item whose name is taken. */
export type Conflict = 'fail' | 'replace' | 'rename'

/** Where a file is to be written. */
export interface FilePlace {
  /** The item that the names lead on from; without names, the file itself. */
  readonly anchor: Row
  readonly names: readonly string[]
  readonly existing: Row | undefined
}

/** What a data source that keeps files can do with them. */
export interface FileStore {
  /** 507 where there is not enough room. */
  checkRoom(place: FilePlace, size: number): void
  write(place: FilePlace, content: Content, conflict: Conflict, facts?: Row): { row: Row; created: boolean }
}

export function conflictNamed(given: unknown): Conflict | undefined {
  if (given === undefined || given === null) return undefined
  if (given === 'fail' || given === 'replace' || given === 'rename') return given
  throw refuseBody('files', 'The conflict behavior is none of fail, replace and rename.')
}
