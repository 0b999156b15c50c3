import { Problem } from '../problem'
import type { Answer } from './answer'

/**
 * Follows the links of a collection, first page included. What is not a collection is the only answer.
 *
 * A page may be empty and still have a next one; only a missing link ends the collection (Graph, "Paging").
 *
 * @param fetch gets the answer behind a URL, checked and whole.
 * @param serviceOrigin a link to any other origin is refused: the token would go there.
 */
export async function* followPages(
  fetch: (url: string) => Promise<Answer>,
  url: string,
  serviceOrigin: string,
): AsyncGenerator<Answer, void, void> {
  const loops = new LoopDetector()
  let next: string | undefined = url
  while (next !== undefined) {
    if (loops.seenBefore(next)) throw new Problem('linkLoop', {})
    const answer: Answer = await fetch(next)
    yield answer
    next = answer.kind === 'page' ? answer.nextLink : undefined
    if (next !== undefined) checkLink(next, serviceOrigin)
  }
}

/** Ends a collection after so many rows (0: never), without asking for a page that nobody would see. */
export async function* limitRows(
  answers: AsyncGenerator<Answer, void, void>,
  limit: number,
): AsyncGenerator<Answer, void, void> {
  let left = limit === 0 ? Infinity : limit
  for await (const answer of answers) {
    if (answer.kind !== 'page' || answer.rows.length < left) {
      yield answer
      if (answer.kind === 'page') left -= answer.rows.length
    } else {
      yield { ...answer, rows: answer.rows.slice(0, left), nextLink: undefined }
      return
    }
  }
}

function checkLink(link: string, serviceOrigin: string): void {
  if (!URL.canParse(link)) throw new Problem('linkInvalid', {})
  const { origin } = new URL(link)
  if (origin !== serviceOrigin) throw new Problem('linkToOtherHost', { host: origin })
}

/**
 * Finds a link that comes back, in constant memory however long the collection is (Brent's algorithm: the
 * link that is compared with is moved up at every power of two).
 */
class LoopDetector {
  #landmark: string | undefined
  #sinceLandmark = 0
  #span = 1

  seenBefore(link: string): boolean {
    if (link === this.#landmark) return true
    this.#sinceLandmark += 1
    if (this.#sinceLandmark === this.#span) {
      this.#landmark = link
      this.#span *= 2
      this.#sinceLandmark = 0
    }
    return false
  }
}
