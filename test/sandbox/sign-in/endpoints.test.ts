import assert from 'node:assert/strict'
import { apps, demoPassword, tenantDomain, tenantId } from '../../../sandbox/contoso/tenant'
import { Store } from '../../../sandbox/sign-in/store'
import { startSignInService } from '../../../sandbox/sign-in/server'
import { signInAs } from '../../support/browserless-sign-in'
import {
  adele,
  authorizeUrl,
  claimsOf,
  codeFor,
  post,
  redirectUri,
  redeem,
  resource,
  service,
  web,
} from './support'

const v1 = { path: 'oauth2/token' }
const appOnly = { ...web, grant_type: 'client_credentials', scope: `${resource}/.default` }

describe('The older endpoint', () => {
  const tenant = service()

  it('ignores the scope, takes the resource, and answers with strings and a refresh token', async () => {
    const query = { resource, scope: 'whatever you like' }
    const code = await codeFor(tenant.current, adele, query, { path: 'oauth2/authorize' })
    const { status, body } = await redeem(tenant.current, code, { resource }, v1)
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(body['expires_in'], '3600')
    assert.equal(Number(body['expires_on']) - Number(body['not_before']), 3600)
    assert.equal(body['resource'], resource)
    assert.equal(typeof body['refresh_token'], 'string')
    const scopes = apps.web.delegated.join(' ')
    assert.equal(body['scope'], scopes)
    assert.equal(claimsOf(body['access_token'])['scp'], `openid ${scopes}`)
    assert.equal(claimsOf(body['id_token'])['iss'], `${tenant.current.origin}/${tenantId}/`)
    const form = {
      ...web,
      grant_type: 'refresh_token',
      refresh_token: String(body['refresh_token']),
      resource,
    }
    const refreshed = await post(tenant.current, form, v1)
    assert.equal(refreshed.body['expires_in'], '3600')
    assert.equal(typeof refreshed.body['refresh_token'], 'string')
  })

  it('does without the resource at the token endpoint, and takes one with a slash at its end', async () => {
    const where = { path: 'oauth2/authorize' }
    assert.equal(
      (await redeem(tenant.current, await codeFor(tenant.current, adele, { resource }, where), {}, v1))
        .status,
      200,
    )
    const { body } = await post(
      tenant.current,
      { ...web, grant_type: 'client_credentials', resource: `${resource}/` },
      v1,
    )
    assert.equal(body['resource'], `${resource}/`)
    assert.equal(claimsOf(body['access_token'])['aud'], resource)
    assert.deepEqual(claimsOf(body['access_token'])['roles'], apps.web.application)
    assert.equal('refresh_token' in body, false)
  })

  it('does the password grant', async () => {
    const form = {
      ...web,
      grant_type: 'password',
      username: adele.userPrincipalName,
      password: demoPassword,
      resource,
    }
    const { body } = await post(tenant.current, form, v1)
    assert.equal(body['resource'], resource)
    assert.equal(typeof body['refresh_token'], 'string')
  })

  it('refuses a missing and an unknown resource', async () => {
    const form = { ...web, grant_type: 'client_credentials' }
    assert.deepEqual((await post(tenant.current, form, v1)).body['error_codes'], [900144])
    const unknown = await post(tenant.current, { ...form, resource: 'https://graph.microsoft.com' }, v1)
    assert.equal(unknown.body['error'], 'invalid_resource')
  })

  it('takes prompt=admin_consent', async () => {
    const url = authorizeUrl(
      tenant.current,
      { resource, prompt: 'admin_consent' },
      { path: 'oauth2/authorize' },
    )
    assert.ok((await signInAs(url, adele)).searchParams.get('code'))
  })
})

describe('The token endpoint', () => {
  const tenant = service()

  it('words errors as Entra does', async () => {
    const { status, body, headers } = await post(tenant.current, { ...appOnly, client_secret: 'wrong' })
    assert.equal(status, 401)
    assert.match(headers.get('content-type') ?? '', /^application\/json/)
    assert.equal(body['error'], 'invalid_client')
    assert.match(
      String(body['error_description']),
      /^AADSTS7000215: .+ Trace ID: [0-9a-f-]{36} Correlation ID: [0-9a-f-]{36} Timestamp: \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/,
    )
    assert.deepEqual(body['error_codes'], [7000215])
    assert.match(String(body['timestamp']), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/)
    assert.ok(String(body['error_description']).includes(String(body['trace_id'])))
    assert.ok(String(body['error_description']).includes(String(body['correlation_id'])))
    assert.match(String(body['error_uri']), /code=7000215$/)
  })

  it('refuses a resource on v2, missing fields, unknown grants, apps and tenants', async () => {
    const cases: [Record<string, string>, string, number][] = [
      [{ ...appOnly, resource }, tenantId, 901002],
      [{}, tenantId, 900144],
      [{ ...web, grant_type: 'authorization_code' }, tenantId, 900144],
      [{ ...web, grant_type: 'client_credentials' }, tenantId, 900144],
      [{ ...web, grant_type: 'magic' }, tenantId, 70003],
      [{ ...appOnly, client_id: 'nobody' }, tenantId, 700016],
      [appOnly, 'fabrikam.example', 90002],
      [appOnly, '11111111-1111-1111-1111-111111111111', 90002],
      [appOnly, 'consumers', 9002332],
    ]
    for (const [form, name, code] of cases) {
      const { status, body } = await post(tenant.current, form, { tenant: name })
      assert.equal(status, 400)
      assert.deepEqual(body['error_codes'], [code])
    }
  })

  it('takes POST only, and no more than a form', async () => {
    const address = `${tenant.current.origin}/${tenantId}/oauth2/v2.0/token`
    const response = await fetch(address)
    assert.equal(response.status, 400)
    assert.match(await response.text(), /AADSTS900561/)
    const { status } = await post(tenant.current, { ...appOnly, padding: 'x'.repeat(100_000) })
    assert.equal(status, 413)
  })

  it('gives the answers that a test asks for, and counts what it was asked', async () => {
    const { control } = tenant.current
    const before = control.tokenRequests.length
    control.answerNextTokenRequests({ status: 503, body: '<h1>Down</h1>', headers: { 'retry-after': '1' } })
    control.answerNextTokenRequests({ status: 200, contentType: 'text/html', body: '<h1>Proxy</h1>' })
    control.answerNextTokenRequests({ status: 0, drop: true })
    const ask = async () =>
      fetch(`${tenant.current.origin}/${tenantId}/oauth2/v2.0/token`, {
        method: 'POST',
        body: new URLSearchParams(appOnly),
      })
    const down = await ask()
    assert.equal(down.status, 503)
    assert.equal(down.headers.get('retry-after'), '1')
    assert.equal(await (await ask()).text(), '<h1>Proxy</h1>')
    await assert.rejects(ask())
    assert.equal((await ask()).status, 200)
    const records = control.tokenRequests.slice(before)
    assert.deepEqual(
      records.map(({ status }) => status),
      [503, 200, 0, 200],
    )
    assert.equal(records[0]?.grantType, 'client_credentials')
  })

  it('can lose an answer after the work is done', async () => {
    const code = await codeFor(tenant.current, adele)
    tenant.current.control.answerNextTokenRequests({ status: 0, drop: true, afterwards: true })
    await assert.rejects(redeem(tenant.current, code))
    assert.deepEqual((await redeem(tenant.current, code)).body['error_codes'], [54005])
    assert.equal(tenant.current.control.tokenRequests.at(-1)?.error, 'invalid_grant')
  })
})

describe('Discovery', () => {
  const tenant = service()
  const get = async (path: string) => {
    const response = await fetch(`${tenant.current.origin}/${path}`)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  it('names the endpoints of the tenant', async () => {
    for (const name of [tenantId, tenantDomain]) {
      const { body } = await get(`${name}/v2.0/.well-known/openid-configuration`)
      const base = `${tenant.current.origin}/${name}`
      assert.equal(body['authorization_endpoint'], `${base}/oauth2/v2.0/authorize`)
      assert.equal(body['token_endpoint'], `${base}/oauth2/v2.0/token`)
      assert.equal(body['device_authorization_endpoint'], `${base}/oauth2/v2.0/devicecode`)
      assert.equal(body['end_session_endpoint'], `${base}/oauth2/v2.0/logout`)
      assert.equal(body['jwks_uri'], `${base}/discovery/v2.0/keys`)
      assert.equal(body['issuer'], `${tenant.current.origin}/${tenantId}/v2.0`)
    }
    const common = await get('common/v2.0/.well-known/openid-configuration')
    assert.match(String(common.body['issuer']), /\{tenantid\}/)
    assert.equal((await get('fabrikam.example/v2.0/.well-known/openid-configuration')).status, 400)
  })

  it('publishes the public key alone', async () => {
    const { body } = await get(`${tenantId}/discovery/v2.0/keys`)
    const [key] = body['keys'] as Record<string, unknown>[]
    assert.equal(key?.['kty'], 'RSA')
    assert.ok(key['kid'])
    assert.equal('d' in key, false)
  })
})

describe('The service', () => {
  it('listens on this machine only, beside others, and closes at once', async () => {
    const options = { port: 0, resource, accessTokenLifetime: 60, refreshTokens: 'entra' } as const
    const [one, two] = await Promise.all([startSignInService(options), startSignInService(options)])
    assert.notEqual(one.origin, two.origin)
    assert.match(one.origin, /^http:\/\/127\.0\.0\.1:\d+$/)
    const port = Number(new URL(one.origin).port)
    await assert.rejects(startSignInService({ ...options, port }), /EADDRINUSE/)
    assert.equal((await fetch(`${one.origin}/nothing`)).status, 404)
    await Promise.all([one.close(), two.close()])
    await assert.rejects(fetch(one.origin))
  })

  it('keeps the pages of two services in one browser apart, though cookies know no ports', async () => {
    const options = { port: 0, resource, accessTokenLifetime: 60, refreshTokens: 'entra' } as const
    const service = await startSignInService(options)
    const response = await fetch(authorizeUrl(service), { redirect: 'manual' })
    const port = new URL(service.origin).port
    assert.ok(response.headers.getSetCookie().every((line) => line.split('=')[0]?.includes(port)))
    await service.close()
  })

  it('takes an app that is registered while it runs', async () => {
    const service = await startSignInService({
      port: 0,
      resource,
      accessTokenLifetime: 60,
      refreshTokens: 'entra',
    })
    const app = {
      clientId: 'aaaaaaaa-0000-4000-8000-000000000001',
      displayName: 'Another app',
      secrets: ['another-secret'],
      redirectUris: [redirectUri],
      delegated: ['User.Read'],
      application: ['Mail.Read'],
    }
    service.control.registerApp(app)
    const { body } = await post(service, {
      ...appOnly,
      client_id: app.clientId,
      client_secret: 'another-secret',
    })
    assert.deepEqual(claimsOf(body['access_token'])['roles'], ['Mail.Read'])
    await service.close()
  })
})

describe('The store', () => {
  it('keeps the newest of what it is given, so that a service that runs for weeks stays small', async () => {
    const store = new Store(() => undefined)
    const adapter = store.adapter('RefreshToken') as Record<string, (...args: unknown[]) => Promise<unknown>>
    for (let i = 0; i < 20_010; i += 1) await adapter['upsert']?.(`token-${i}`, { number: i }, 60)
    assert.equal(store.entries('RefreshToken').size, 20_000)
    assert.equal(await adapter['find']?.('token-0'), undefined)
    assert.deepEqual(await adapter['find']?.('token-20009'), { number: 20_009 })
  })
})
