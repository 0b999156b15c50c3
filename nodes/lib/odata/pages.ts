import { Problem } from '../problem'
import type { Answer, Page } from './answer'
import { ServiceError } from './service-error'

/**
 * Gets the answer behind a URL, checked and whole. Until somebody waits for it, it is kept as the bytes that came:
 * parsed rows are many small things, which cost the more the longer they live.
 *
 * @param wanted resolves when somebody waits for it; undefined: now.
 */
export type FetchAnswer = (url: string, wanted?: Promise<void>) => Promise<Answer>

export interface FollowOptions {
  /** A link to any other origin is refused: the token would go there. */
  readonly serviceOrigin: string
  /**
   * Asked each time a page is handed out: whether the next one may be fetched while this one is worked on.
   * Never more than this one page ahead.
   */
  readonly mayFetchAhead: () => boolean
  /** Rows after which it ends; 0: never. */
  readonly limit: number
  /** The URL is a collection's link already: only a page can answer it. */
  readonly continues?: boolean
  /**
   * Told, when the work on a page is done, where a read that breaks from then on can go on; undefined where its link
   * leads nowhere.
   */
  readonly onLink?: (link: string | undefined) => void
}

/** In a row. A filter may leave pages empty, but not for ever. */
const MOST_EMPTY_PAGES = 1000

class EmptyPages {
  #inARow = 0

  problem(answer: Answer): Problem | undefined {
    this.#inARow = answer.kind === 'page' && answer.rows.length === 0 ? this.#inARow + 1 : 0
    return this.#inARow > MOST_EMPTY_PAGES
      ? new Problem('pagesEmpty', { limit: MOST_EMPTY_PAGES })
      : undefined
  }
}

/**
 * Follows the links of a collection, first page included. What is not a collection is the only answer.
 *
 * A page may be empty and still have a next one; only a missing link ends the collection (Graph, "Paging").
 */
export async function* followPages(
  fetch: FetchAnswer,
  url: string,
  options: FollowOptions,
): AsyncGenerator<Answer, void, void> {
  const loops = new LoopDetector()
  const fetchPage = async (link: string, wanted?: Promise<void>): Promise<Answer> =>
    pageOf(fetch(link, wanted))
  let current = options.continues === true ? fetchPage(url) : fetch(url)
  loops.problem(url)
  const empty = new EmptyPages()
  const good = new LastGoodLink(url, fetchPage)
  const limit = new RowLimit(options.limit)
  for (;;) {
    const arrived: Answer = await current.catch(async (error: unknown) => good.recover(error))
    good.note(arrived)
    const answer = limit.cut(arrived)
    const next = answer.kind === 'page' ? answer.nextLink : undefined
    const endless = empty.problem(answer)
    if (next === undefined) {
      yield answer
      return
    }
    const useless = linkProblem(next, options.serviceOrigin) ?? loops.problem(next)
    const problem = useless ?? endless
    const demand = new Demand()
    const ahead =
      problem === undefined && options.mayFetchAhead() ? quietly(fetchPage(next, demand.comes)) : undefined
    try {
      yield answer
    } finally {
      demand.begin()
    }
    options.onLink?.(useless === undefined ? next : undefined)
    // Only now: the rows of this page have arrived, whatever its link is worth.
    if (problem !== undefined) throw problem
    current = ahead ?? fetchPage(next)
  }
}

/** The time when a page that was fetched ahead is wanted. */
class Demand {
  begin: () => void = () => undefined
  readonly comes = new Promise<void>((resolve) => {
    this.begin = resolve
  })
}

/**
 * The link that a page of a repeated request gives may be refused as unknown; one goes on with the link of the last
 * answer that came at the first try (Graph, "Paging"): its pages are read again, and their rows, which were sent
 * already, left out.
 */
class LastGoodLink {
  readonly #fetch: FetchAnswer
  #link: string | undefined
  #rowsSince = 0
  #tried = false

  constructor(first: string, fetch: FetchAnswer) {
    this.#link = first
    this.#fetch = fetch
  }

  note(answer: Answer): void {
    if (answer.kind !== 'page') return
    this.#tried = false
    if (answer.repeated === true) {
      this.#rowsSince += answer.rows.length
      return
    }
    this.#link = answer.nextLink
    this.#rowsSince = 0
  }

  /** The page that the refused link was to lead to, or what there is of it beyond what was sent. @throws error */
  async recover(error: unknown): Promise<Answer> {
    const refused = error instanceof ServiceError && error.code === PAGE_TOKEN_UNKNOWN
    if (!refused || this.#tried || this.#link === undefined) throw error
    this.#tried = true
    let left = this.#rowsSince
    for (let link: string | undefined = this.#link; link !== undefined;) {
      const answer = await this.#fetch(link)
      if (answer.kind !== 'page') break
      if (left < answer.rows.length || (left === 0 && answer.nextLink === undefined)) {
        return { ...answer, rows: answer.rows.slice(left) }
      }
      left -= answer.rows.length
      link = answer.nextLink
    }
    throw error
  }
}

const PAGE_TOKEN_UNKNOWN = 'DirectoryPageTokenNotFoundException'

/** Whatever else answers a collection's link must not pass for its end. */
export async function pageOf(answer: Promise<Answer>): Promise<Page> {
  const arrived = await answer
  if (arrived.kind !== 'page') throw new Problem('pageExpected', { status: arrived.statusCode })
  return arrived
}

/** The failure of a page that is fetched ahead is met when that page's turn comes, or never. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}

/**
 * The link of an annotation; null and '' are none. What is no text is a link all the same, for `checkLink` to refuse:
 * a collection must not seem to end there.
 */
export function linkText(annotation: unknown): string | undefined {
  if (annotation === undefined || annotation === null || annotation === '') return undefined
  return typeof annotation === 'string' ? annotation : JSON.stringify(annotation)
}

/** @throws Problem where the link is none, or leads to a host that must not see the token. */
export function checkLink(link: string, serviceOrigin: string): void {
  const problem = linkProblem(link, serviceOrigin)
  if (problem !== undefined) throw problem
}

export function linkProblem(link: string, serviceOrigin: string): Problem | undefined {
  // A backslash or a control character is read in different ways by different parsers.
  if (!URL.canParse(link) || !/^https?:\/\/[^\\\p{Cc}]*$/u.test(link)) return new Problem('linkInvalid', {})
  const { origin, username, password } = new URL(link)
  if (`${username}${password}` !== '') return new Problem('linkInvalid', {})
  return origin === serviceOrigin ? undefined : new Problem('linkToOtherHost', { host: origin })
}

/** Ends a collection after so many rows (0: never), without asking for a page that nobody would see. */
class RowLimit {
  #left: number

  constructor(limit: number) {
    this.#left = limit === 0 ? Infinity : limit
  }

  /** The page as far as it is wanted; one that reaches the limit is the last. */
  cut(answer: Answer): Answer {
    if (answer.kind !== 'page') return answer
    if (answer.rows.length < this.#left) {
      this.#left -= answer.rows.length
      return answer
    }
    answer.rows.length = this.#left
    return { ...answer, nextLink: undefined }
  }
}

/**
 * Finds a link that comes back, in constant memory however long the collection is (Brent's algorithm: the
 * link that is compared with is moved up at every power of two).
 */
export class LoopDetector {
  #landmark: string | undefined
  #sinceLandmark = 0
  #span = 1

  /** Notes the link; a problem where it was there before. */
  problem(link: string): Problem | undefined {
    if (link === this.#landmark) return new Problem('linkLoop', {})
    this.#sinceLandmark += 1
    if (this.#sinceLandmark === this.#span) {
      this.#landmark = link
      this.#span *= 2
      this.#sinceLandmark = 0
    }
    return undefined
  }
}
