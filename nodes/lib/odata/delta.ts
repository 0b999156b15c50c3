import { isPlainRecord } from '../records'
import type { Page } from './answer'
import { linkProblem } from './pages'
import { ServiceError } from './service-error'

/** Drives say `deleted: {}`; everyone else, and so we, `@removed`. */
export function markRemoved({ rows }: Page): void {
  for (const [index, row] of rows.entries()) {
    if (!isPlainRecord(row) || !isPlainRecord(row['deleted']) || '@removed' in row) continue
    rows[index] = { ...row, '@removed': { reason: 'deleted' } }
  }
}

const EXPIRED = new Set([
  'resyncrequired',
  'syncstateinvalid',
  'syncstatenotfound',
  'resyncapplydifferences',
  'resyncuploaddifferences',
  'resyncchangesapplydifferences',
  'resyncchangesuploaddifferences',
])

export interface Resync {
  /** What the service asks of whoever holds a copy: take its state, or send it what it does not have. */
  readonly resync: 'apply' | 'upload'
  /** Where it wants to be asked; undefined: at the beginning. */
  readonly location: string | undefined
}

/**
 * Whether an error says that the stored link is of no use any more (410, or another 4xx with one of the
 * documented codes), and how to start over; undefined for any other error.
 */
export function resyncOf(error: unknown): Resync | undefined {
  if (!(error instanceof ServiceError)) return undefined
  const code = error.code.toLowerCase()
  const expired = error.statusCode === 410 || (error.statusCode < 500 && EXPIRED.has(code))
  if (!expired) return undefined
  return { resync: code.includes('upload') ? 'upload' : 'apply', location: error.location }
}

/**
 * Where to start over: at the `Location`, used unchanged, or (undefined) at the beginning where that leads nowhere, or
 * to another host. Else a link that is of no use would be tried for ever.
 *
 * @param url of the query.
 */
export function restartAt(location: string | undefined, url: string): string | undefined {
  if (location === undefined || location === '' || !URL.canParse(location, url)) return undefined
  const whole = URL.canParse(location) ? location : new URL(location, url).href
  return linkProblem(whole, new URL(url).origin) === undefined ? whole : undefined
}
