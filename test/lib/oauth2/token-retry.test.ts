import assert from 'node:assert/strict'
import type { Grant, TokenFailure } from '../../../nodes/lib/oauth2/oauth2-problem'
import { retryDelay } from '../../../nodes/lib/oauth2/token-retry'

type Kind = TokenFailure['kind']

/** How often a token request is repeated, of seven times that the user allows. */
const REPEATS: readonly (readonly [grant: Grant, kind: Kind, times: number])[] = [
  ['refresh', 'final', 0],
  ['refresh', 'nameUnknown', 2],
  ['refresh', 'notSent', 7],
  ['refresh', 'noAnswer', 1],
  ['refresh', 'busy', 7],
  ['code', 'notSent', 7],
  ['code', 'noAnswer', 0],
  ['code', 'busy', 0],
  ['device_code', 'noAnswer', 0],
  ['device_code', 'busy', 7],
]

function failure(kind: Kind, retryAfter?: number): TokenFailure {
  return { kind, ...(retryAfter === undefined ? {} : { retryAfter }) } as TokenFailure
}

describe('a token request that failed', () => {
  for (const [grant, kind, times] of REPEATS) {
    it(`is sent ${times} times again (${grant}, ${kind})`, () => {
      const state = { elapsed: 0, maxRetries: 7, random: 0.5 }
      const delays = Array.from({ length: 9 }, (_, repeated) =>
        retryDelay(grant, failure(kind), { ...state, repeated }),
      )
      assert.equal(
        delays.findIndex((delay) => delay === undefined),
        times,
      )
    })
  }

  it('waits up to 8 seconds, besides what the service asks for', () => {
    const delay = (repeated: number, retryAfter?: number) =>
      retryDelay('refresh', failure('busy', retryAfter), {
        repeated,
        elapsed: 0,
        maxRetries: 9,
        random: 1,
      })
    assert.deepEqual([delay(0), delay(2), delay(8), delay(0, 3000)], [500, 2000, 8000, 3500])
  })

  it('is given up after a minute', () => {
    const state = { repeated: 0, elapsed: 59_900, maxRetries: 7, random: 1 }
    assert.equal(retryDelay('refresh', failure('busy'), state), undefined)
  })
})
