import { isPlainRecord } from '../lib/records'
import type { Empty, Single } from '../lib/odata/answer'
import type { TryResult } from './admin-api'

export type { TryResult }

/** Characters of one text; mails and files are longer than anybody reads in a table. */
const MOST_TEXT = 4000
/** Characters of all rows together, as JSON. */
const MOST_ALL = 1_000_000

/** Rows as the dialog may have them: not too much, and no pre-signed links. */
export function shownRows(rows: readonly unknown[], more: boolean): TryResult & { readonly kind: 'rows' } {
  const shown: unknown[] = []
  let size = 0
  for (const row of rows) {
    const cut = presentable(row)
    size += JSON.stringify(cut)?.length ?? 0
    if (size > MOST_ALL && shown.length > 0) return { kind: 'rows', rows: shown, more: true }
    shown.push(cut)
  }
  return { kind: 'rows', rows: shown, more }
}

export function shownValue(answer: Single | Empty): TryResult {
  if (answer.kind === 'empty') return { kind: 'empty' }
  const { value } = answer
  if (Buffer.isBuffer(value)) return { kind: 'bytes', size: value.length }
  if (typeof value === 'string' && value.length > MOST_ALL) {
    return { kind: 'value', value: value.slice(0, MOST_ALL), cut: true }
  }
  return { kind: 'value', value: typeof value === 'string' ? value : presentable(value), cut: false }
}

/** Whoever holds such a link needs nothing else to read or write the file. */
const PRE_SIGNED = /(?:downloadUrl|uploadUrl|@odata\.mediaReadLink|@odata\.mediaEditLink)$/iu

function presentable(value: unknown): unknown {
  if (typeof value === 'string') return value.length > MOST_TEXT ? `${value.slice(0, MOST_TEXT)}…` : value
  if (Array.isArray(value)) return value.map(presentable)
  if (!isPlainRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, PRE_SIGNED.test(name) ? '…' : presentable(each)]),
  )
}
