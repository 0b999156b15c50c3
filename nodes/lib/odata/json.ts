import { isAscii, transcode } from 'node:buffer'

/** JSON as services send it: UTF-8, sometimes with a byte order mark, which JSON.parse does not take. */
export function parseJson(body: Buffer): unknown {
  return parseUnmarked(withoutMark(body))
}

/** The same where a byte order mark has been taken off. */
export function parseUnmarked(bytes: Buffer): unknown {
  return parse(decode(bytes), bytes)
}

/**
 * The values of a list without its brackets (`{"id":1},{"id":2}`); it may be blank.
 *
 * @throws SyntaxError where it is anything else than whole values and the commas between them.
 */
export function parseList(list: Buffer): unknown[] {
  return parse(`[${decode(list)}]`, list) as unknown[]
}

/** UTF-8 text without its byte order mark (`$count` answers of Graph begin with one). */
export function decodeText(body: Buffer): string {
  return decode(withoutMark(body))
}

export function withoutMark(body: Buffer): Buffer {
  const marked = body.length >= 3 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf
  return marked ? body.subarray(3) : body
}

/**
 * UTF-8 to text by way of UTF-16: simdutf does the work there, several times as fast as V8's own decoder on
 * anything but ASCII. It refuses what is no UTF-8, where the plain decoder puts U+FFFD.
 */
function decode(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1')
  try {
    return transcode(bytes, 'utf8', 'utf16le').toString('utf16le')
  } catch {
    return bytes.toString('utf8')
  }
}

function parse(json: string, bytes: Buffer): unknown {
  return JSON.parse(holdsLongDigits(bytes) ? withLongIntegersAsText(json) : json)
}

/** The digits of an integer that may be beyond 2^53 - 1. */
const LONG = 16

/** Whether there are so many digits in a run: it covers one of the places that are looked at, so few are. */
function holdsLongDigits(bytes: Buffer): boolean {
  for (let at = LONG - 1; at < bytes.length; at += LONG) {
    if (isDigit(bytes[at]) && runAround(bytes, at) >= LONG) return true
  }
  return false
}

function runAround(bytes: Buffer, at: number): number {
  let from = at
  while (isDigit(bytes[from - 1])) from -= 1
  let to = at + 1
  while (isDigit(bytes[to])) to += 1
  return to - from
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39
}

/**
 * Edm.Int64 reaches beyond 2^53 - 1, where a JavaScript number would silently become another one: such
 * integers become strings of their digits. Texts are skipped whole, so that digits in them stay as they are, and
 * numbers are looked at whole, so that the digits of a fraction or an exponent do too.
 */
function withLongIntegersAsText(json: string): string {
  const pieces: string[] = []
  const tokens = /"|-?\d[\d.eE+-]*/gu
  let kept = 0
  for (let found = tokens.exec(json); found !== null; found = tokens.exec(json)) {
    const [token] = found
    if (token === '"') tokens.lastIndex = endOfText(json, found.index) + 1
    else if (/^-?[1-9]\d{15,}$/u.test(token) && !Number.isSafeInteger(Number(token))) {
      pieces.push(json.slice(kept, found.index), `"${token}"`)
      kept = tokens.lastIndex
    }
  }
  return pieces.join('') + json.slice(kept)
}

/** Found step by step: a regular expression that spans a text of megabytes has no stack left. */
function endOfText(json: string, open: number): number {
  for (let close = json.indexOf('"', open + 1); close >= 0; close = json.indexOf('"', close + 1)) {
    let escapes = 0
    while (json[close - 1 - escapes] === '\\') escapes += 1
    if (escapes % 2 === 0) return close
  }
  return json.length
}
