import { Problem } from '../problem'
import type { Answer } from './answer'
import { checkLink, type FetchAnswer } from './pages'

const SUFFIX = '@odata.nextLink'
const MOST_PAGES = 10_000

/**
 * Completes what was expanded: where a row says `children@odata.nextLink`, the rest of `children` is read and
 * put behind what is there, and the link is taken out. The rows are changed where they stand in the list.
 */
export async function completeNested(
  rows: unknown[],
  fetch: FetchAnswer,
  serviceOrigin: string,
): Promise<void> {
  for (const [index, row] of rows.entries()) rows[index] = await completeRow(row, fetch, serviceOrigin)
}

async function completeRow(row: unknown, fetch: FetchAnswer, serviceOrigin: string): Promise<unknown> {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return row
  const links = Object.entries(row).filter(([name]) => name.endsWith(SUFFIX) && name.length > SUFFIX.length)
  const changed = new Map<string, unknown>()
  for (const value of Object.values(row)) {
    // An expanded row may hold expanded collections of its own.
    if (Array.isArray(value) && hasLinks(value)) await completeNested(value, fetch, serviceOrigin)
  }
  for (const [annotation, link] of links) {
    const name = annotation.slice(0, -SUFFIX.length)
    const begun: unknown = (row as Record<string, unknown>)[name]
    if (typeof link === 'string') {
      changed.set(name, [
        ...(Array.isArray(begun) ? begun : []),
        ...(await restOf(link, fetch, serviceOrigin)),
      ])
    }
  }
  if (changed.size === 0) return row
  const dropped = new Set(links.map(([annotation]) => annotation))
  const kept = Object.entries(row).filter(([name]) => !dropped.has(name))
  return Object.fromEntries(kept.map(([name, value]) => [name, changed.get(name) ?? value]))
}

function hasLinks(value: unknown): boolean {
  return JSON.stringify(value).includes(SUFFIX)
}

async function restOf(link: string, fetch: FetchAnswer, serviceOrigin: string): Promise<unknown[]> {
  const rest: unknown[] = []
  let next: string | undefined = link
  for (let pages = 0; next !== undefined; pages += 1) {
    if (pages === MOST_PAGES) throw new Problem('linkLoop', {})
    checkLink(next, serviceOrigin)
    const answer: Answer = await fetch(next)
    if (answer.kind !== 'page') return rest
    await completeNested(answer.rows, fetch, serviceOrigin)
    for (const row of answer.rows) rest.push(row)
    next = answer.nextLink
  }
  return rest
}
