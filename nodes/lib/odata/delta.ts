import type { Page } from './answer'
import { ServiceError } from './service-error'

/** Drives say `deleted: {}`; everyone else, and so we, `@removed`. */
export function markRemoved({ rows }: Page): void {
  for (const [index, row] of rows.entries()) {
    if (typeof row !== 'object' || row === null || !('deleted' in row) || '@removed' in row) continue
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
