import assert from 'node:assert/strict'
import { fillFilter, withoutTexts } from '../../../nodes/lib/odata/literal'

const fill = (filter: string, x: unknown): string => fillFilter(filter, new Map([['x', x]]))

describe('a value in a filter', () => {
  const table: [value: unknown, literal: string][] = [
    ["O'Hara", "'O''Hara'"],
    ["' or 1 eq 1 or ''='", "''' or 1 eq 1 or ''''='''"],
    [5, '5'],
    [-1.5, '-1.5'],
    [Number.NaN, 'NaN'],
    [Infinity, 'INF'],
    [true, 'true'],
    [null, 'null'],
    [9007199254740993n, '9007199254740993'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [['a', "b'"], "('a','b''')"],
    [[1, 2], '(1,2)'],
  ]
  for (const [value, expected] of table) {
    it(`becomes the literal ${expected}`, () => assert.equal(fill('a eq {x}', value), `a eq ${expected}`))
  }

  const refused: [what: string, value: unknown][] = [
    ['a Buffer', Buffer.from("'a' or 1 eq 1")],
    ['a list in a list', [["'a') or (1 eq 1"]]],
    ['an object', { a: 1 }],
    ['an object with a text of its own', { toString: () => '1 or true' }],
    ['an invalid date', new Date(Number.NaN)],
    ['a function', () => 1],
  ]
  for (const [what, value] of refused) {
    it(`is refused where it is ${what}`, () => {
      assert.throws(() => fill('a eq {x}', value), { code: 'notALiteral' })
    })
  }

  it('is refused where it is an empty list', () => {
    assert.throws(() => fill('a in {x}', []), { code: 'listEmpty' })
  })

  it('is refused between quotes, where it would be no value', () => {
    assert.throws(() => fill("a eq '{x}'", 'b'), { code: 'placeholderInQuotes' })
  })

  it('leaves braces in a text alone', () => {
    assert.equal(
      fill("a eq 'String {66f5a359} Name' and b eq {x}", 1),
      "a eq 'String {66f5a359} Name' and b eq 1",
    )
  })
})

describe('the texts of a filter', () => {
  it('are taken out of it, quotes within them as well, and what looks like an operator', () => {
    assert.equal(withoutTexts("a eq 'do not ''reply''' or b eq ''"), "a eq '' or b eq ''")
  })
})
