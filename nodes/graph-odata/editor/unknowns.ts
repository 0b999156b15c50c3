/**
 * Stand-ins for what only the running flow knows. They travel through the very code that composes the request
 * and are found again in its result: texts as private-use characters, which no URL that was typed can hold,
 * numbers as ones that nobody types.
 */

/** A stretch of text; `known` is false where only the running flow knows it. */
export interface Piece {
  readonly text: string
  readonly known: boolean
}

const FIRST_CHARACTER = 0xe100
const FIRST_NUMBER = 8_070_450_532_247_900
/** How many fit; a dialog holds far fewer. */
const MOST = 99

export class Unknowns {
  readonly #names: string[] = []

  text(name: string): string {
    return String.fromCodePoint(FIRST_CHARACTER + this.#add(name))
  }

  number(name: string): number {
    return FIRST_NUMBER + this.#add(name)
  }

  /** The text with each stand-in replaced by the name in braces, also where it was encoded or made a literal. */
  pieces(text: string): Piece[] {
    const pieces: Piece[] = []
    for (const part of text.split(STAND_IN)) {
      const name = this.#nameOf(part)
      if (name !== undefined) pieces.push({ text: `{${name}}`, known: false })
      else if (part !== '') pieces.push({ text: part, known: true })
    }
    return pieces
  }

  shown(text: string): string {
    return textOfPieces(this.pieces(text))
  }

  #add(name: string): number {
    const at = this.#names.indexOf(name)
    if (at >= 0) return at
    this.#names.push(name)
    return Math.min(this.#names.length, MOST) - 1
  }

  #nameOf(part: string): string | undefined {
    const [, character, encoded, digits] = ONE.exec(part) ?? []
    if (digits !== undefined) return this.#names[Number(digits) - FIRST_NUMBER]
    const decoded = character ?? (encoded === undefined ? undefined : decodeURIComponent(encoded))
    return decoded === undefined ? undefined : this.#names[(decoded.codePointAt(0) ?? 0) - FIRST_CHARACTER]
  }
}

export function textOfPieces(pieces: readonly Piece[]): string {
  return pieces.map(({ text }) => text).join('')
}

const CHARACTER = '[\\u{e100}-\\u{e163}]'
const ENCODED = '%EE%8[45]%[89AB][0-9A-F]'
const NUMBER = '80704505322479\\d\\d'
// A value in a filter becomes a literal in quotes; of what kind it will be is not known. An option whose name
// is unknown stands for options that are.
const STAND_IN = new RegExp(`(${CHARACTER}|%27${ENCODED}%27|${ENCODED}=?|${NUMBER})`, 'u')
const ONE = new RegExp(`^(?:(${CHARACTER})|(?:%27)?(${ENCODED})(?:%27|=)?|(${NUMBER}))$`, 'u')
