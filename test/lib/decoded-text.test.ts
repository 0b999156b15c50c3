import assert from 'node:assert/strict'
import { decodedText } from '../../nodes/lib/decoded-text'

const TEXTS = [
  ['users/adele%40contoso.com', 'users/adele@contoso.com'],
  ['a%2520b', 'a%20b'],
  ['Gr%C3%BCn', 'Grün'],
  ['100%', '100%'],
  ['%ff%20', '%ff%20'],
  ['', ''],
] as const

describe('percent-encoded text', () => {
  for (const [encoded, text] of TEXTS) {
    it(`${JSON.stringify(encoded)} stands for ${JSON.stringify(text)}`, () => {
      assert.equal(decodedText(encoded), text)
    })
  }
})
