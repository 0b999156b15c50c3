import type { ChangeLog } from './change-log'
import type { Links } from './links'
import type { Content } from './contents'
import type { FileStore } from './files'
import type { Kept, Table } from './table'
import type { Action } from './action-call'
import type { WriteRule } from './write-rules'

/** What the engine serves. Rows are plain objects under their Graph names; the type says what they mean. */
export type Row = Readonly<Record<string, unknown>>

/**
 * A collection that may be computed: a hundred thousand users are made by index when they are asked for. An
 * array is one too.
 */
export interface Rows {
  readonly length: number
  /** How many rows there are, if fewer than places: a deleted row leaves a gap. */
  readonly count?: number
  /** Differs after each change of rows that can change. */
  readonly version?: number
  /** Where rows that can be written are kept. */
  readonly kept?: Kept
  at(index: number): Row | undefined
  /** By key or alias (`root`, `inbox`); where it is missing, the engine compares the key property. */
  byKey?(key: string): Row | undefined
}

/** The plain query parameters of a request, for the few relations that take some (`calendarView`). */
export type Parameters = ReadonlyMap<string, string>

/** What a navigation property leads to; a collection always answers rows. */
export type Relation = (row: Row, parameters: Parameters) => Rows | Row | undefined

/** A function called on a row, or on rows. */
export interface Call {
  readonly row: Row
  readonly rows: Rows
  /** By parameter names in lower case. */
  readonly arguments: Parameters
  readonly userId: string | undefined
}

/** The data of one service: its container's members and how rows are related. */
export interface DataSource {
  set(name: string): Rows | undefined
  /** Keyed by `type/navigation` with unqualified names. */
  readonly relations: Readonly<Record<string, Relation>>
  /** Keyed by `type/function` with unqualified names; one that returns a stream answers the row that has it. */
  readonly functions?: Readonly<Record<string, (call: Call) => Rows | Row | undefined>>
  /** The relations that can be written, by the same keys as all. */
  readonly links?: Readonly<Record<string, Links>>
  /** Keyed by the binding type and the action, both unqualified. */
  readonly actions?: Readonly<Record<string, Action>>
  /** What a write has to heed beyond the model, by the unqualified type that is written. */
  readonly rules?: Readonly<Record<string, WriteRule>>
  readonly files?: FileStore
  /** Replaces the bytes of a media entity, such as a photo. */
  media?(row: Row, bytes: Buffer, contentType: string): void
  /** Where a row is kept, if the way to it does not say so. */
  tableOf?(row: Row, type: string): Table | undefined
  /** What was written; missing where nothing can be. */
  readonly log?: ChangeLog
  /** The row at a path below another one: `root:/a/b.txt:`. */
  atPath(row: Row, path: readonly string[]): Row | undefined
  /** The bytes of a media entity or stream property, with their media type. */
  stream(row: Row): { readonly content: Content; readonly contentType: string } | undefined
}

export function isRows(value: Rows | Row | undefined): value is Rows {
  return value !== undefined && typeof value['at'] === 'function'
}

/** A property as text; empty where it is none. */
export function textOf(row: Row, name: string): string {
  const value = row[name]
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

/** `user` of `microsoft.graph.user`. */
export function shortName(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1)
}

/** The type of a row: rows of mixed collections carry it, others are of the declared one. */
export function typeOf(row: Row, declared: string): string {
  const own = row['@odata.type']
  return typeof own === 'string' ? own.slice(1) : declared
}
