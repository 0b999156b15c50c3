/** As many as requests are likely to be under way; the texts may be secrets, which are not kept for longer than needed. */
const KEPT = 32
const kept = new Map<string, URL>()

/**
 * A URL taken apart, to be read only: while one request is made, many who know nothing of each other look at the same
 * text, and each look costs as much as a header.
 *
 * @throws TypeError for what is no URL.
 */
export function parsedUrl(text: string): URL {
  const known = kept.get(text)
  if (known !== undefined) return known
  const parsed = new URL(text)
  const [oldest] = kept.size >= KEPT ? kept.keys() : []
  if (oldest !== undefined) kept.delete(oldest)
  kept.set(text, parsed)
  return parsed
}
