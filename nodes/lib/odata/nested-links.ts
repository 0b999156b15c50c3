import { Problem } from '../problem'
import { isRecord } from '../records'
import { TimeSlice } from '../time-slice'
import { checkLink, linkText, LoopDetector, pageOf, type FetchAnswer } from './pages'

const SUFFIX = '@odata.nextLink'
/** Of one row, with all that is nested in it. */
const MOST_PAGES = 10_000
/** Deeper than any `$expand` goes. */
const MOST_LEVELS = 64

/**
 * Completes what was expanded: where a row says `children@odata.nextLink`, the rest of `children` is read and
 * put behind what is there, and the link is taken out. The rows are changed where they stand in the list.
 */
export async function completeNested(
  rows: unknown[],
  fetch: FetchAnswer,
  serviceOrigin: string,
): Promise<void> {
  const slice = new TimeSlice()
  for (const [index, row] of rows.entries()) {
    rows[index] = await new RowCompletion(fetch, serviceOrigin).complete(row)
    if (slice.isOver()) await slice.pause()
  }
}

/** One row and what belongs to it: links may lead to rows with links, but not for ever. */
class RowCompletion {
  readonly #fetch: FetchAnswer
  readonly #serviceOrigin: string
  #pages = 0

  constructor(fetch: FetchAnswer, serviceOrigin: string) {
    this.#fetch = fetch
    this.#serviceOrigin = serviceOrigin
  }

  async complete(value: unknown): Promise<unknown> {
    if (!isRecord(value) || !holdsLinks(value, MOST_LEVELS)) return value
    if (Array.isArray(value)) return this.#each(value)
    const completed = new Map<string, unknown>()
    for (const [name, inner] of Object.entries(value)) {
      if (linkOf(name, inner) === undefined) completed.set(name, await this.complete(inner))
    }
    for (const [name, inner] of Object.entries(value)) {
      const link = linkOf(name, inner)
      if (link === undefined) continue
      const property = name.slice(0, -SUFFIX.length)
      const begun = completed.get(property)
      completed.set(property, [
        ...(Array.isArray(begun) ? (begun as unknown[]) : []),
        ...(await this.#rest(link)),
      ])
    }
    return Object.fromEntries(completed)
  }

  async #each(list: readonly unknown[]): Promise<unknown[]> {
    const completed: unknown[] = []
    for (const element of list) completed.push(await this.complete(element))
    return completed
  }

  async #rest(link: string): Promise<unknown[]> {
    const rest: unknown[] = []
    const loops = new LoopDetector()
    for (let next: string | undefined = link; next !== undefined;) {
      this.#pages += 1
      if (this.#pages > MOST_PAGES) throw new Problem('nestedPagesTooMany', { limit: MOST_PAGES })
      checkLink(next, this.#serviceOrigin)
      const loop = loops.problem(next)
      if (loop !== undefined) throw loop
      const page = await pageOf(this.#fetch(next))
      for (const row of await this.#each(page.rows)) rest.push(row)
      next = page.nextLink
    }
    return rest
  }
}

function linkOf(name: string, value: unknown): string | undefined {
  return name.endsWith(SUFFIX) && name.length > SUFFIX.length ? linkText(value) : undefined
}

function holdsLinks(value: unknown, levels: number): boolean {
  if (!isRecord(value) || levels === 0) return false
  if (Array.isArray(value)) return value.some((element) => holdsLinks(element, levels - 1))
  return Object.entries(value).some(
    ([name, inner]) => linkOf(name, inner) !== undefined || holdsLinks(inner, levels - 1),
  )
}
