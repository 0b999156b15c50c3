import assert from 'node:assert/strict'
import { apps } from '../../../sandbox/contoso/tenant'
import { adele, claimsOf, megan, post, resource, service, tokensFor, web } from './support'

describe('Refresh tokens', () => {
  const tenant = service()
  const signIn = async (who = adele) => String((await tokensFor(tenant.current, who)).body['refresh_token'])
  const refresh = async (token: string, more: Record<string, string> = {}) =>
    post(tenant.current, { ...web, grant_type: 'refresh_token', refresh_token: token, ...more })
  const next = async (token: string) => {
    const { status, body } = await refresh(token)
    assert.equal(status, 200, JSON.stringify(body))
    return String(body['refresh_token'])
  }
  const refused = async (token: string) => {
    const { status, body } = await refresh(token)
    assert.equal(status, 400)
    assert.equal(body['error'], 'invalid_grant')
    return body['error_codes']
  }
  beforeEach(() => {
    tenant.current.control.refreshTokens = 'entra'
    tenant.current.control.rotateRefreshTokens = true
  })

  it('buy new tokens of the same scopes for the same user', async () => {
    const { body } = await refresh(await signIn())
    const claims = claimsOf(body['access_token'])
    assert.equal(claims['oid'], adele.id)
    assert.equal(claims['scp'], 'openid profile User.Read')
    assert.equal(claimsOf(body['id_token'])['oid'], adele.id)
    assert.equal(body['scope'], `openid profile ${resource}/User.Read`)
  })

  it('buy whatever the user has consented to', async () => {
    const token = await signIn()
    const mail = await refresh(token, { scope: `${resource}/Mail.Read` })
    assert.equal(claimsOf(mail.body['access_token'])['scp'], 'openid profile Mail.Read')
    const all = await refresh(token, { scope: `openid profile offline_access ${resource}/.default` })
    assert.match(String(claimsOf(all.body['access_token'])['scp']), /Sites\.Read\.All/)
    const more = await refresh(token, { scope: 'Notes.ReadWrite' })
    assert.equal(more.body['error'], 'invalid_grant')
    assert.equal(more.body['suberror'], 'consent_required')
  })

  it('live on beside the new one, as Entra has it', async () => {
    const first = await signIn()
    const second = await next(first)
    assert.notEqual(second, first)
    await next(first)
    await next(second)
    await next(first)
  })

  it('live until the new one is used, in mode grace', async () => {
    tenant.current.control.refreshTokens = 'grace'
    const first = await signIn()
    const second = await next(first)
    await next(first)
    await next(second)
    assert.deepEqual(await refused(first), [70000])
    await next(second)
  })

  it('die when used, and take the chain with them when used again, in mode strict', async () => {
    tenant.current.control.refreshTokens = 'strict'
    const first = await signIn()
    const second = await next(first)
    assert.deepEqual(await refused(first), [70000])
    assert.deepEqual(await refused(second), [70000])
    const other = await signIn()
    await next(other)
  })

  it('are used once by one of two at the same time, in mode strict', async () => {
    tenant.current.control.refreshTokens = 'strict'
    const token = await signIn()
    const answers = await Promise.all([refresh(token), refresh(token)])
    assert.deepEqual(
      answers.map(({ status }) => status).sort((a, b) => a - b),
      [200, 400],
    )
  })

  it('stay as they are where the service does not rotate them', async () => {
    tenant.current.control.rotateRefreshTokens = false
    const token = await signIn()
    for (let i = 0; i < 2; i += 1) {
      const { status, body } = await refresh(token)
      assert.equal(status, 200)
      assert.equal('refresh_token' in body, false)
    }
  })

  it('of one user can all be revoked', async () => {
    const hers = await signIn()
    const others = await signIn(megan)
    tenant.current.control.revokeRefreshTokens(adele.userPrincipalName)
    assert.deepEqual(await refused(hers), [50173])
    await next(others)
    await next(await signIn())
  })

  it('are good for their own app only', async () => {
    const token = await signIn()
    const { clientId, secrets } = apps.unprivileged
    const { body } = await refresh(token, { client_id: clientId, client_secret: secrets[0] })
    assert.deepEqual(body['error_codes'], [70000])
    assert.deepEqual(await refused('nonsense'), [70000])
  })
})
