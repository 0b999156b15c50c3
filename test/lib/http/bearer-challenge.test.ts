import assert from 'node:assert/strict'
import { challenges, claimsChallenge } from '../../../nodes/lib/http/bearer-challenge'

const claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
const encoded = Buffer.from(claims).toString('base64')

describe('a challenge of the service', () => {
  const table: [what: string, header: string | undefined, expected: string | undefined][] = [
    ['as Entra documents it', `Bearer realm="", error="insufficient_claims", claims="${encoded}"`, claims],
    [
      'behind another one',
      `Basic realm="a, b=c", Bearer error="insufficient_claims", claims="${encoded}"`,
      claims,
    ],
    ['with names in capitals', `BEARER Error="insufficient_claims", CLAIMS="${encoded}"`, claims],
    ['without quotes', `Bearer error=insufficient_claims, claims=${encoded.replace(/=+$/u, '')}`, claims],
    ['with a quoted quote', `Bearer realm="a\\"b", error="insufficient_claims", claims="${encoded}"`, claims],
    ['for another error', `Bearer error="invalid_token", claims="${encoded}"`, undefined],
    ['of another scheme', `PoP error="insufficient_claims", claims="${encoded}"`, undefined],
    ['with claims that are no JSON', 'Bearer error="insufficient_claims", claims="%%%"', undefined],
    ['that is broken', 'Bearer error="insufficient_claims, claims=', undefined],
    ['that is missing', undefined, undefined],
  ]
  for (const [what, header, expected] of table) {
    it(what, () => assert.equal(claimsChallenge(header), expected))
  }

  it('may be one of several in a header', () => {
    assert.deepEqual(
      challenges('Negotiate, Basic realm="x", Bearer').map(({ scheme }) => scheme),
      ['negotiate', 'basic', 'bearer'],
    )
  })
})
