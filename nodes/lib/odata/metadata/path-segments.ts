import { decodedText } from '../../decoded-text'
import { withoutQuery } from '../../split-query'

/** A stretch of a resource path between two slashes. */
export interface PathSegment {
  /** As it stands in the path. */
  readonly text: string
  /** What stands before a parenthesis, decoded; the whole segment where there is none. */
  readonly name: string
  /** What stands in the parentheses; undefined where there are none. */
  readonly inParentheses: string | undefined
  /** `root:/Reports/May.xlsx:` is told by its first segment: what stands between the colons was taken out. */
  readonly byPath: boolean
  /** The second colon is there, so that something follows: `root:/Reports:/children`. */
  readonly closed: boolean
}

/**
 * Takes a resource path apart, without its query. Slashes between quotes and in parentheses part nothing, and what
 * stands between two colons addresses an item by its path (`root:/folder/file:/children`): no names of the model.
 */
export function pathSegments(path: string): PathSegment[] {
  const texts =
    withoutQuery(path).match(/(?:[^/'(]|'(?:[^']|'')*'?|\((?:[^()']|'(?:[^']|'')*'?)*\)?)+/gu) ?? []
  const segments: PathSegment[] = []
  let between = false
  for (const text of texts) {
    const ends = text.endsWith(':')
    if (between) {
      between = !ends
      if (ends) segments.push({ ...(segments.pop() ?? segmentOf('', true)), closed: true })
      continue
    }
    // An id may hold colons (`19:abc@thread.tacv2`), but none ends with one.
    between = ends
    segments.push(segmentOf(ends ? text.slice(0, -1) : text, ends))
  }
  return segments
}

function segmentOf(text: string, byPath: boolean): PathSegment {
  const open = text.indexOf('(')
  const hasParentheses = open > 0 && text.endsWith(')')
  return {
    text,
    name: decodedText(hasParentheses ? text.slice(0, open) : text),
    inParentheses: hasParentheses ? text.slice(open + 1, -1) : undefined,
    byPath,
    closed: false,
  }
}
