import assert from 'node:assert/strict'
import { printable, withoutCredentials } from '../../nodes/lib/printable'

describe('words from outside', () => {
  it('are shown without secrets, wherever they stand', () => {
    assert.equal(printable('s3cret: no s3cret', { secrets: ['s3cret', ''] }), '***: no ***')
  })

  it('are shown without what a terminal or a page would act on', () => {
    assert.equal(printable('a\u{1b}[31mb\nc\u{202e}d\u{d800}'), 'a [31mb c d ')
  })

  it('are cut off, with a sign of it', () => {
    assert.equal(printable('abcdef', { most: 5 }), 'abcd…')
    assert.equal(printable('abcde', { most: 5 }), 'abcde')
    assert.equal(printable('x'.repeat(1000)).length, 300)
  })
})

describe('an address that is shown', () => {
  for (const [address, shown] of [
    ['http://user:password@proxy:8080/a', 'http://proxy:8080/a'],
    ['user:p@ssword@proxy', 'proxy'],
    ['HTTP://u@proxy', 'HTTP://proxy'],
    ['http://proxy', 'http://proxy'],
  ] as const) {
    it(`is ${shown}`, () => assert.equal(withoutCredentials(address), shown))
  }
})
