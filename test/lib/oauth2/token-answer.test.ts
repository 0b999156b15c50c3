import assert from 'node:assert/strict'
import { readTokenAnswer } from '../../../nodes/lib/oauth2/token-answer'

const NOW = Date.parse('2026-01-01T00:00:00Z')

describe('the answer of a token endpoint', () => {
  const on = NOW / 1000 + 3599
  for (const [what, said] of [
    ['a number', { expires_in: 3599 }],
    ['a string, as version 1 writes it', { expires_in: '3599', expires_on: '1' }],
    ['a time alone, as a string', { expires_on: String(on) }],
    ['a time alone, as a number', { expires_on: on }],
    ['a time beside an empty life', { expires_in: '', expires_on: on }],
  ] as const) {
    it(`tells the end of its token by ${what}`, () => {
      assert.equal(readTokenAnswer({ access_token: 't', ...said }, NOW).expiresAt, NOW + 3_599_000)
    })
  }

  it('may leave the end out, or say what is no time', () => {
    for (const said of [{}, { expires_in: 'soon' }, { expires_in: -1 }, { expires_in: null }])
      assert.equal(readTokenAnswer({ access_token: 't', ...said }, NOW).expiresAt, undefined)
  })

  it('is refused where it holds nothing to send as a bearer', () => {
    for (const answer of [{}, { access_token: '' }, { access_token: null }, 'text', null])
      assert.throws(() => readTokenAnswer(answer, NOW), { code: 'tokenMissing' })
    assert.throws(() => readTokenAnswer({ access_token: 't', token_type: 'mac' }, NOW), {
      code: 'tokenTypeUnknown',
    })
    assert.equal(readTokenAnswer({ access_token: 't', token_type: 'BEARER' }, NOW).accessToken, 't')
  })
})
