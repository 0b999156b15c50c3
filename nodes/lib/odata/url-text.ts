import { Problem } from '../problem.js'

/**
 * The two kinds of text that make up a request's URL. What a person typed as URL (entity, append URL) keeps
 * its meaning: only what a URL cannot hold is encoded. A value (a key, a parameter) is data: it is encoded
 * once so that it arrives as it was, whatever it holds.
 */

// RFC 3986, 3.3: pchar = unreserved / pct-encoded / sub-delims / ":" / "@".
const NOT_PCHAR = /[^A-Za-z0-9\-._~!$&'()*+,;=:@]/gu
// In a query "&", "=", "+", ";" and "#" separate or change values, so a value there must not hold them bare.
const NOT_QUERY_VALUE = /[^A-Za-z0-9\-._~!$'()*,:@/?]/gu
// What may stand in a URL, plus "%" where it already begins an encoded byte (RFC 3986, 2.1).
const NOT_URL_TEXT = /%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]/gu

/** Encodes what a URL cannot hold (blank, `#`, non-ASCII, a lone `%`); `%XX` stays as it is. */
export function encodeUrlText(text: string): string {
  return text.replace(NOT_URL_TEXT, encode)
}

/** A value as exactly one path segment: a slash in it does not begin another. */
export function encodeSegment(value: string): string {
  return value.replace(NOT_PCHAR, encode)
}

/** A value that is itself a path: its slashes separate segments, all else is encoded. */
export function encodePath(value: string): string {
  return value.split('/').map(encodeSegment).join('/')
}

/** A value inside the query of an append URL. */
export function encodeQueryValue(value: string): string {
  return value.replace(NOT_QUERY_VALUE, encode)
}

/**
 * The value of a query option. Also `'` is encoded, as Graph asks for (learn.microsoft.com, "Use query
 * parameters": special characters), and a blank is `%20`: not every service reads `+` as one.
 */
export function encodeOptionValue(value: string): string {
  return value.replace(NOT_QUERY_VALUE, encode).replaceAll("'", '%27')
}

function encode(character: string): string {
  // A lone surrogate is no character: encodeURIComponent would throw where a person expects an answer.
  return encodeURIComponent(character.replace(/\p{Surrogate}/gu, '\u{fffd}'))
}

const DOT_SEGMENT = /(?:^|[/\\])(?:\.|%2e){1,2}(?=$|[/\\?#])/iu
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const FORBIDDEN = /[\u0000-\u001f\u007f\\]|%(?:0[0-9a-f]|1[0-9a-f]|7f|5c)/iu

/**
 * Refuses what a server or a proxy may read as another address than the one that was checked: dot segments
 * (also `%2e`), backslashes and control characters.
 */
export function refuseUnsafe(field: string, text: string): void {
  if (DOT_SEGMENT.test(text) || FORBIDDEN.test(text)) {
    throw new Problem('unsafePath', { field, value: visible(text) })
  }
}

/** The same for a value, which is encoded afterwards: a `%2e` in it is just text. */
export function refuseUnsafeValue(field: string, value: string): void {
  if (!isSafeValue(value)) throw new Problem('unsafePath', { field, value: visible(value) })
}

export function isSafeValue(value: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return !/^\.{1,2}$/u.test(value) && !/[\u0000-\u001f\u007f\\]/u.test(value)
}

/** Text as it can stand in an error: short, and without control characters. */
export function visible(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
  const plain = text.replace(/[\u0000-\u001f\u007f]/gu, '\u{fffd}')
  return plain.length > 100 ? `${plain.slice(0, 99)}…` : plain
}
