import assert from 'node:assert/strict'
import { readIdToken, type IdTokenChecks } from '../../../nodes/lib/oauth2/id-token'
import { readSettings } from '../../../nodes/lib/read-settings'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const TID = '11111111-2222-4333-8444-555555555555'
const CLAIMS = {
  iss: `https://login.microsoftonline.com/${TID}/v2.0`,
  aud: 'app',
  tid: TID,
  nonce: 'n',
  oid: 'o-1',
  name: 'Adele Vance',
  preferred_username: 'adele@contoso.com',
  iat: NOW / 1000,
  exp: NOW / 1000 + 3600,
}

describe('an id_token', () => {
  const checks: IdTokenChecks = {
    settings: readSettings({ tenant: TID, clientId: 'app' }, () => undefined),
    nonce: 'n',
    issuer: undefined,
    now: NOW,
  }
  const read = (claims: object, changes: Partial<IdTokenChecks> = {}) =>
    readIdToken(
      ['{}', JSON.stringify({ ...CLAIMS, ...claims }), '']
        .map((part) => Buffer.from(part).toString('base64url'))
        .join('.'),
      { ...checks, ...changes },
    )

  it('tells who has signed in', () => {
    assert.deepEqual(read({}), {
      displayName: 'Adele Vance',
      username: 'adele@contoso.com',
      tenant: TID,
      id: 'o-1',
    })
  })

  for (const [claim, claims] of [
    ['aud', { aud: 'another' }],
    ['nonce', { nonce: 'another' }],
    ['nonce', { nonce: undefined }],
    ['iss', { iss: 'https://login.example/' }],
    ['iss', { tid: TID.replace('1', '9') }],
    ['exp', { exp: undefined }],
    ['exp', { exp: CLAIMS.iat - 301 }],
    ['exp', { iat: undefined, exp: CLAIMS.iat - 301 }],
  ] as const) {
    it(`is refused for its ${claim}: ${JSON.stringify(claims)}`, () => {
      assert.throws(() => read(claims), { code: 'idTokenRefused', values: { claim } })
    })
  }

  it('of another tenant than the one in the settings is refused', () => {
    const other = TID.replace('1', '9')
    const claims = { iss: CLAIMS.iss.replace(TID, other), tid: other }
    assert.throws(() => read(claims), { code: 'idTokenRefused', values: { claim: 'tid' } })
  })

  it('is judged by the clock of the service that has just made it', () => {
    for (const hours of [-26, -2, 2, 26]) read({}, { now: NOW + hours * 3_600_000 })
  })
})
