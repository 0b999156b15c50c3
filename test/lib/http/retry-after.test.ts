import assert from 'node:assert/strict'
import { retryAfterSeconds } from '../../../nodes/lib/http/retry-after'

const now = Date.parse('2026-11-23T12:00:00Z')

describe('Retry-After', () => {
  const table: [header: string | undefined, seconds: number | undefined][] = [
    ['10', 10],
    ['2.128', 2.128],
    ['0', 0],
    ['-5', 0],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30],
    ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ]
  for (const [header, seconds] of table) {
    it(`${String(header)} is ${String(seconds)} seconds`, () =>
      assert.equal(retryAfterSeconds(header, now), seconds))
  }
})
