import { randomUUID } from 'node:crypto'
import { isPlainRecord } from '../records'
import { TimeSlice } from '../time-slice'
import { parseList, parseUnmarked, withoutMark } from './json'

/** Bytes of rows that are parsed at once: a fraction of a millisecond. */
const PIECE = 64 * 1024

/** Stands for the rows while the rest is parsed; nothing that a service sends can hold it. */
const PLACEHOLDER = `rows-${randomUUID()}`

const VALUE = Buffer.from('"value"')
const BLANKS: ReadonlySet<number | undefined> = new Set([0x20, 0x09, 0x0a, 0x0d])
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * What `parseJson` makes of the body: faster for a page, and without keeping the event loop longer than a slice.
 *
 * @throws SyntaxError where it is no JSON.
 */
export async function parsePage(body: Buffer): Promise<unknown> {
  const bytes = withoutMark(body)
  const cut = bytes.length > PIECE ? await cutPage(bytes, PIECE) : undefined
  return cut ?? parseUnmarked(bytes)
}

/**
 * The page with its rows cut out of the bytes and parsed some at a time; undefined where it cannot be proven that
 * parsing it whole gives the same.
 *
 * Where a piece ends is guessed, and proven by the parser: a piece begins where a row begins, and only whole rows
 * make a list. That the rows are those of the page's own `value`, and of the one that counts, is proven by parsing
 * the page with a placeholder in their stead. So nothing is handed out of a page that is broken anywhere.
 *
 * @param enough bytes of rows that are parsed at once, at least.
 */
export async function cutPage(
  bytes: Buffer,
  enough: number,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const place = placeOfRows(bytes)
  const page = place === undefined ? undefined : pageWithout(bytes, place)
  if (place === undefined || page === undefined) return undefined
  const rows = await parseRows(bytes.subarray(place.from, place.to), enough)
  return rows === undefined ? undefined : { ...page, value: rows }
}

/** Where the rows stand between their brackets. */
interface Place {
  readonly from: number
  readonly to: number
}

/** The first list that is called `value`, taken to reach to the last bracket. */
function placeOfRows(bytes: Buffer): Place | undefined {
  const name = bytes.indexOf(VALUE)
  if (name < 0) return undefined
  const colon = afterBlanks(bytes, name + VALUE.length)
  const open = bytes[colon] === COLON ? afterBlanks(bytes, colon + 1) : -1
  const to = bytes.lastIndexOf(CLOSE_LIST)
  return bytes[open] === OPEN_LIST && to > open ? { from: open + 1, to } : undefined
}

/** The page as it is around its rows; undefined where they are not what its own `value` says. */
function pageWithout(bytes: Buffer, { from, to }: Place): Readonly<Record<string, unknown>> | undefined {
  const around = [bytes.subarray(0, from), Buffer.from(JSON.stringify(PLACEHOLDER)), bytes.subarray(to)]
  try {
    const page = parseUnmarked(Buffer.concat(around))
    const value = isPlainRecord(page) && Object.hasOwn(page, 'value') ? page['value'] : undefined
    return isPlainRecord(page) && Array.isArray(value) && value.length === 1 && value[0] === PLACEHOLDER
      ? page
      : undefined
  } catch {
    return undefined
  }
}

/** Undefined where the bytes are no list of values. */
async function parseRows(bytes: Buffer, enough: number): Promise<unknown[] | undefined> {
  const rows: unknown[] = []
  const slice = new TimeSlice()
  const beginning = beginningOfRow(bytes)
  let endOfPiece = beginning === undefined ? walkToComma : guessedComma(beginning)
  for (let from = 0; from <= bytes.length;) {
    const to = endOfPiece(bytes, from, from + enough)
    const piece = rowsOf(bytes.subarray(from, to))
    if (piece === undefined && endOfPiece !== walkToComma) {
      // Rows that hold rows: the guess fell inside one.
      endOfPiece = walkToComma
      continue
    }
    // Nothing stands between two commas, or before the end: that is no list, unless all of it is nothing.
    if (piece === undefined || (piece.length === 0 && bytes.length > to - from)) return undefined
    for (const row of piece) rows.push(row)
    from = to + 1
    if (slice.isOver()) await slice.pause()
  }
  return rows
}

function rowsOf(list: Buffer): unknown[] | undefined {
  try {
    return parseList(list)
  } catch {
    return undefined
  }
}

/** Finds the comma behind the first row that ends at `enough` or later; without one, the end. */
type EndOfPiece = (bytes: Buffer, from: number, enough: number) => number

/** `{"id"` or whatever the first row begins with, because the others will. */
function beginningOfRow(bytes: Buffer): Buffer | undefined {
  const from = afterBlanks(bytes, 0)
  const name = afterBlanks(bytes, from + 1)
  const to = bytes.indexOf(QUOTE, name + 1)
  return bytes[from] === OPEN_OBJECT && bytes[name] === QUOTE && to > 0
    ? bytes.subarray(from, to + 1)
    : undefined
}

/** By what rows begin with, which costs next to nothing. */
function guessedComma(beginning: Buffer): EndOfPiece {
  return (bytes, _from, enough) => {
    for (let at = bytes.indexOf(beginning, enough); at >= 0; at = bytes.indexOf(beginning, at + 1)) {
      const before = beforeBlanks(bytes, at - 1)
      if (bytes[before] === COMMA) return before
    }
    return bytes.length
  }
}

/** By counting brackets outside of texts. */
function walkToComma(bytes: Buffer, from: number, enough: number): number {
  let depth = 0
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfText(bytes, at)
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth -= 1
    else if (byte === COMMA && depth === 0 && at >= enough) return at
  }
  return bytes.length
}

function endOfText(bytes: Buffer, open: number): number {
  let at = open + 1
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return at
}

function afterBlanks(bytes: Buffer, from: number): number {
  let at = from
  while (BLANKS.has(bytes[at])) at += 1
  return at
}

function beforeBlanks(bytes: Buffer, from: number): number {
  let at = from
  while (BLANKS.has(bytes[at])) at -= 1
  return at
}
