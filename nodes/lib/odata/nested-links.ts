import { Problem } from '../problem'
import type { Answer } from './answer'
import { checkLink, type FetchAnswer } from './pages'

const SUFFIX = '@odata.nextLink'
const MOST_PAGES = 10_000

/**
 * Completes what was expanded: where a row says `children@odata.nextLink`, the rest of `children` is read and
 * put behind what is there, and the link is taken out. Rows without such links are handed on as they are.
 */
export async function completeNested(
  rows: readonly unknown[],
  fetch: FetchAnswer,
  serviceOrigin: string,
): Promise<unknown[]> {
  const complete: unknown[] = []
  for (const row of rows) complete.push(await completeRow(row, fetch, serviceOrigin))
  return complete
}

async function completeRow(row: unknown, fetch: FetchAnswer, serviceOrigin: string): Promise<unknown> {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return row
  const links = Object.entries(row).filter(([name]) => name.endsWith(SUFFIX) && name.length > SUFFIX.length)
  const inner = Object.entries(row).filter(([, value]) => Array.isArray(value))
  const changed = new Map<string, unknown>()
  for (const [name, value] of inner) {
    // An expanded row may hold expanded collections of its own.
    if (hasLinks(value)) changed.set(name, await completeNested(value as unknown[], fetch, serviceOrigin))
  }
  for (const [annotation, link] of links) {
    const name = annotation.slice(0, -SUFFIX.length)
    const begun: unknown = changed.get(name) ?? (row as Record<string, unknown>)[name]
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
    for (const row of await completeNested(answer.rows, fetch, serviceOrigin)) rest.push(row)
    next = answer.nextLink
  }
  return rest
}
