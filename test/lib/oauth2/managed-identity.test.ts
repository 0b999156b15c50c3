import assert from 'node:assert/strict'
import type { SignInService } from '../../../sandbox/sign-in/server'
import { identityRequest, ManagedIdentity } from '../../../nodes/lib/oauth2/managed-identity'
import { readTokenAnswer } from '../../../nodes/lib/oauth2/token-answer'
import { settingsOf, startSignIn } from './local-sign-in'
import { forever, problemOf } from './signing-in'

describe('a managed identity', () => {
  let service: SignInService

  before(async () => {
    service = await startSignIn()
    process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST'] = service.origin
  })

  after(async () => {
    delete process.env['AZURE_POD_IDENTITY_AUTHORITY_HOST']
    await service.close()
  })

  const source = (maxRetries = 3): ManagedIdentity =>
    new ManagedIdentity(
      settingsOf(service, { grantType: 'managed_identity', clientId: '', maxRetries }),
      [1, 2, 3],
    )

  for (const status of [404, 410, 429, 500, 503]) {
    it(`is asked again after ${status}`, async () => {
      service.control.answerNextTokenRequests({ status }, 2)
      assert.match((await source().obtain(undefined, forever())).value, /^ey/)
    })
  }

  it('is asked again no more often than the connection allows, but for an update', async () => {
    service.control.answerNextTokenRequests({ status: 500 }, 3)
    const before = service.control.tokenRequests.length
    await problemOf(source(2).obtain(undefined, forever()))
    assert.equal(service.control.tokenRequests.length, before + 3)
    service.control.answerNextTokenRequests({ status: 410 }, 5)
    await source(0).obtain(undefined, forever())
  })

  it('is final about everything else, in the words of either shape', async () => {
    const contentType = 'application/json'
    const older = { statusCode: 400, message: 'No managed identity found' }
    service.control.answerNextTokenRequests({ status: 400, contentType, body: JSON.stringify(older) })
    const problem = await problemOf(source().obtain(undefined, forever()))
    assert.equal(problem.code, 'managedIdentityRefused')
    assert.equal(problem.values['detail'], 'No managed identity found')
  })

  it('stops waiting when the connection closes', async () => {
    service.control.answerNextTokenRequests({ status: 429 }, 9)
    const patient = new ManagedIdentity(settingsOf(service, { grantType: 'managed_identity' }), [60_000])
    const begun = Date.now()
    await assert.rejects(patient.obtain(undefined, AbortSignal.timeout(50)))
    assert.ok(Date.now() - begun < 2_000)
    for (let left = 0; left < 9; left += 1) service.control.takeCannedAnswer()
  })

  it('is asked where Azure says', () => {
    const settings = { resource: 'https://graph.microsoft.com', clientId: 'id' }
    assert.deepEqual(identityRequest(settings, {}), {
      url: 'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fgraph.microsoft.com&client_id=id',
      headers: { metadata: 'true' },
    })
    const service = { IDENTITY_ENDPOINT: 'http://localhost:4141/token', IDENTITY_HEADER: 'h' }
    assert.deepEqual(identityRequest(settings, service), {
      url: 'http://localhost:4141/token?api-version=2019-08-01&resource=https%3A%2F%2Fgraph.microsoft.com&client_id=id',
      headers: { 'x-identity-header': 'h' },
    })
  })

  it('means its absolute times by its own clock', () => {
    const now = 1_000_000_000_000
    const theirs = now + 3 * 3600_000
    const answer = { access_token: 'x', expires_on: String(theirs / 1000 + 600) }
    assert.equal(readTokenAnswer(answer, now, theirs).expiresAt, now + 600_000)
  })
})
