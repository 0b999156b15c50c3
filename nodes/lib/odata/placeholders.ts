import { Problem } from '../problem.js'
import {
  encodePath,
  encodeQueryValue,
  encodeSegment,
  encodeUrlText,
  refuseUnsafeValue,
  visible,
} from './url-text.js'

/** What fills `{name}`: the row of `params` of that name, or the key. */
export type PlaceholderValue = string | number | boolean | bigint
export type PlaceholderValues = ReadonlyMap<string, PlaceholderValue>

const PLACEHOLDER = /\{([^{}]*)\}/gu
const SEGMENT_OR_PATH = /^(.*?)(:path)?$/u

/** Whether the text holds `{name}` or `{name:path}`. */
export function holdsPlaceholder(text: string, name: string): boolean {
  return text.includes(`{${name}}`) || text.includes(`{${name}:path}`)
}

/** Node-RED's template node writes `{{name}}`; here it would be taken for a placeholder in braces. */
export function refuseMustache(field: string, text: string): void {
  if (/\{\{.*\}\}/u.test(text)) throw new Problem('mustache', { field, value: visible(text) })
}

/**
 * URL text with its placeholders filled. Each value is encoded once for the place where it stands: as one
 * segment, as a path (`{name:path}`), or, behind the first `?`, as a query value; between single quotes its
 * own quotes are doubled (OData v4.01 URL Conventions, 2: "single quotes ... represented as two").
 */
export function fillUrlText(field: string, template: string, values: PlaceholderValues): string {
  refuseMustache(field, template)
  const place = new PlaceTracker()
  let filled = ''
  let end = 0
  for (const match of template.matchAll(PLACEHOLDER)) {
    const literal = template.slice(end, match.index)
    place.pass(literal)
    filled += encodeUrlText(literal) + encodeAt(place, field, match[1] ?? '', values)
    end = match.index + match[0].length
  }
  return filled + encodeUrlText(template.slice(end))
}

function encodeAt(
  place: PlaceTracker,
  field: string,
  placeholder: string,
  values: PlaceholderValues,
): string {
  const [, name = '', asPath] = SEGMENT_OR_PATH.exec(placeholder) ?? []
  const value = values.get(name)
  if (value === undefined) throw new Problem('placeholderUnfilled', { field, value: `{${placeholder}}` })
  const text = place.quoted ? String(value).replaceAll("'", "''") : String(value)
  if (place.inQuery) return encodeQueryValue(text)
  if (asPath === undefined) {
    refuseUnsafeValue(name, text)
    return encodeSegment(text)
  }
  for (const segment of text.split('/')) refuseUnsafeValue(name, segment)
  return encodePath(text)
}

/** To a service they mean the same as `'`, `(` and `)` (OData URL Conventions v4.01, 2): decoded before it is parsed. */
const ENCODED_SIGN = /%2[789]/gu

/**
 * Where in a URL the text read so far ends: in the path or the query, inside an OData string or not. In the path
 * only a function's or key's parentheses hold strings (an apostrophe in a file name begins none); in the query
 * an option does, and no longer than to its end. The first `?` begins the query, wherever it stands.
 */
class PlaceTracker {
  inQuery = false
  quoted = false
  #depth = 0

  pass(literal: string): void {
    for (const character of literal.replace(ENCODED_SIGN, decodeURIComponent)) this.#pass(character)
  }

  #pass(character: string): void {
    if (!this.inQuery && character === '?') {
      this.inQuery = true
      this.quoted = false
    } else if (this.inQuery && character === '&') this.quoted = false
    else if (character === "'") this.quoted = (this.inQuery || this.#depth > 0) && !this.quoted
    else if (!this.quoted) this.#passUnquoted(character)
  }

  #passUnquoted(character: string): void {
    if (character === '(') this.#depth += 1
    else if (character === ')') this.#depth = Math.max(0, this.#depth - 1)
    else if (character === '/') this.#depth = 0
  }
}
