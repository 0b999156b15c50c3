import { Random } from '../../../sandbox/contoso/random'

const TEXTS = [
  '',
  'Müller',
  'Žižek',
  '山田',
  '😀',
  '"value":[',
  '},{"id":"',
  ']}',
  '\\',
  '"',
  'a\nb\u2028',
  '1234567890123456789',
  '\ufeff',
]
const NAMES = ['id', 'value', '@odata.etag', 'members', 'x"y', 'n']
const NUMBERS = [
  '0',
  '-1',
  '2.5',
  '1e3',
  '9007199254740991',
  '9007199254740993',
  '-12345678901234567',
  '1e400',
]
const BLANKS = ['', '', '', ' ', '\n', '\r\n  ', '\t']
const BYTES = Buffer.from('{}[],:"\\ \n019eave\u0000')

/** Pages as a service might send them, and worse. The same seed gives the same pages. */
export class GeneratedJson {
  readonly #random: Random

  constructor(seed: number) {
    this.#random = new Random(seed)
  }

  page(): Buffer {
    const members = this.#some(3, () => this.#annotation())
    members.splice(this.#upTo(members.length + 1), 0, this.#member('value', this.#rows()))
    if (this.#chance(10)) members.push(this.#member('value', this.#value(2)))
    const json = this.#between('{', members, '}')
    const wrapped = this.#chance(40) ? `{"value":${json}}` : this.#chance(40) ? `[${json}]` : json
    return Buffer.from((this.#chance(5) ? '\ufeff' : '') + wrapped)
  }

  /** Cut, or with a byte more, less, or another one: some may be good JSON all the same. */
  broken(page: Buffer): Buffer {
    const at = this.#upTo(page.length)
    const byte = Buffer.from([this.#chance(4) ? 0xc3 : (BYTES[this.#upTo(BYTES.length)] ?? 0)])
    const [before, after] = [page.subarray(0, at), page.subarray(at)]
    switch (this.#upTo(4)) {
      case 0:
        return before
      case 1:
        return Buffer.concat([before, byte, after])
      case 2:
        return Buffer.concat([before, after.subarray(1)])
      default:
        return Buffer.concat([before, byte, after.subarray(1)])
    }
  }

  #rows(): string {
    if (this.#chance(8))
      return this.#between(
        '[',
        this.#some(6, () => this.#value(3)),
        ']',
      )
    const [first] = [this.#pick(NAMES)]
    const row = (): string =>
      this.#between(
        '{',
        [this.#member(first, this.#value(2)), ...this.#some(3, () => this.#anyMember(2))],
        '}',
      )
    return this.#between('[', this.#some(12, row), ']')
  }

  #value(depth: number): string {
    const kind = this.#upTo(depth > 0 ? 7 : 4)
    if (kind === 0) return this.#pick(NUMBERS)
    if (kind === 1) return this.#pick(['true', 'false', 'null'])
    if (kind < 4) return this.#text()
    if (kind === 4)
      return this.#between(
        '[',
        this.#some(4, () => this.#value(depth - 1)),
        ']',
      )
    return this.#between(
      '{',
      this.#some(4, () => this.#anyMember(depth - 1)),
      '}',
    )
  }

  #annotation(): string {
    return this.#chance(5) ? this.#anyMember(2) : this.#member(`@odata.${this.#upTo(9)}`, this.#text())
  }

  #anyMember(depth: number): string {
    return this.#member(this.#pick(NAMES), this.#value(depth))
  }

  #member(name: string, value: string): string {
    return `${JSON.stringify(name)}${this.#blank()}:${this.#blank()}${value}`
  }

  #text(): string {
    const text = JSON.stringify(this.#some(3, () => this.#pick(TEXTS)).join(''))
    return this.#chance(10)
      ? text.replace(/[a-z]/gu, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
      : text
  }

  #between(open: string, inner: readonly string[], close: string): string {
    return open + inner.map((each) => this.#blank() + each + this.#blank()).join(',') + this.#blank() + close
  }

  #blank(): string {
    return this.#pick(BLANKS)
  }

  #some(most: number, make: () => string): string[] {
    return Array.from({ length: this.#upTo(most + 1) }, make)
  }

  #pick(list: readonly string[]): string {
    return list[this.#upTo(list.length)] ?? ''
  }

  /** One time in so many. */
  #chance(oneIn: number): boolean {
    return this.#upTo(oneIn) === 0
  }

  #upTo(end: number): number {
    return this.#random.below(end)
  }
}
