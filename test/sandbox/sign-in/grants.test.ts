import assert from 'node:assert/strict'
import { apps, demoPassword, tenantDomain } from '../../../sandbox/contoso/tenant'
import { adele, claimsOf, post, publicClient, resource, service, web } from './support'

const everything = `${resource}/.default`

describe('Client credentials', () => {
  const tenant = service()
  const ask = async (more: Record<string, string> = {}, where = {}) =>
    post(tenant.current, { ...web, grant_type: 'client_credentials', scope: everything, ...more }, where)

  it('give a token with the roles of the app and never a refresh token', async () => {
    const { status, body, headers } = await ask()
    assert.equal(status, 200, JSON.stringify(body))
    assert.match(headers.get('cache-control') ?? '', /no-store/)
    assert.deepEqual(Object.keys(body).sort(), ['access_token', 'expires_in', 'ext_expires_in', 'token_type'])
    const claims = claimsOf(body['access_token'])
    assert.deepEqual(claims['roles'], apps.web.application)
    assert.equal(claims['aud'], resource)
    assert.equal(claims['appid'], apps.web.clientId)
    assert.equal('scp' in claims, false)
    assert.equal('upn' in claims, false)
  })

  it('give an app without permissions a token without roles', async () => {
    const { clientId, secrets } = apps.unprivileged
    const { body } = await ask({ client_id: clientId, client_secret: secrets[0] })
    assert.equal('roles' in claimsOf(body['access_token']), false)
  })

  it('refuse single roles in the scope', async () => {
    const { status, body } = await ask({ scope: `${resource}/User.Read.All` })
    assert.equal(status, 400)
    assert.equal(body['error'], 'invalid_scope')
    assert.deepEqual(body['error_codes'], [1002012])
  })

  it('refuse a resource that the tenant does not have', async () => {
    const { body } = await ask({ scope: 'https://graph.microsoft.com/.default' })
    assert.equal(body['error'], 'invalid_resource')
    assert.deepEqual(body['error_codes'], [500011])
  })

  it('need a tenant of their own', async () => {
    assert.deepEqual((await ask({}, { tenant: 'common' })).body['error_codes'], [50059])
    assert.equal((await ask({}, { tenant: tenantDomain })).status, 200)
  })

  it('refuse a request with an Origin header', async () => {
    const { status, body } = await ask({}, { headers: { origin: 'http://localhost:1880' } })
    assert.equal(status, 400)
    assert.deepEqual(body['error_codes'], [9002326])
  })

  it('are nothing for a public client', async () => {
    const form = { ...publicClient, grant_type: 'client_credentials', scope: everything }
    assert.deepEqual((await post(tenant.current, form)).body['error_codes'], [7000218])
  })

  it('give tokens of the lifetime that is set', async () => {
    tenant.current.control.accessTokenLifetime = 3
    const { body } = await ask()
    tenant.current.control.accessTokenLifetime = 3600
    const { iat, exp } = claimsOf(body['access_token'])
    assert.equal(body['expires_in'], 3)
    assert.equal(Number(exp) - Number(iat), 3)
  })
})

describe('The password grant', () => {
  const tenant = service()
  const ask = async (more: Record<string, string> = {}, where = {}) =>
    post(
      tenant.current,
      {
        ...web,
        grant_type: 'password',
        username: adele.userPrincipalName,
        password: demoPassword,
        scope: 'openid offline_access User.Read',
        ...more,
      },
      where,
    )

  it('signs a demo account in', async () => {
    const { status, body } = await ask()
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(claimsOf(body['access_token'])['oid'], adele.id)
    assert.equal(claimsOf(body['id_token'])['preferred_username'], adele.userPrincipalName)
    assert.equal(typeof body['refresh_token'], 'string')
    assert.equal(body['scope'], `openid ${resource}/User.Read`)
  })

  it('refuses a wrong password and an unknown user', async () => {
    const wrong = await ask({ password: 'guess' })
    assert.equal(wrong.body['error'], 'invalid_grant')
    assert.deepEqual(wrong.body['error_codes'], [50126])
    assert.deepEqual((await ask({ username: 'nobody@contoso.onmicrosoft.com' })).body['error_codes'], [50034])
  })

  it('works on organizations and not on common', async () => {
    assert.equal((await ask({}, { tenant: 'organizations' })).status, 200)
    assert.deepEqual((await ask({}, { tenant: 'common' })).body['error_codes'], [9001023])
  })

  it('cannot ask for consent', async () => {
    const { body } = await ask({ scope: 'Notes.ReadWrite' })
    assert.equal(body['error'], 'invalid_grant')
    assert.equal(body['suberror'], 'consent_required')
    assert.deepEqual(body['error_codes'], [65001])
  })

  it('gives for .default all that was granted', async () => {
    const { body } = await ask({ scope: everything })
    assert.equal(claimsOf(body['access_token'])['scp'], apps.web.delegated.join(' '))
  })
})
