import assert from 'node:assert/strict'
import { createHash, createPrivateKey, randomUUID, sign, constants } from 'node:crypto'
import { apps, tenantId } from '../../../sandbox/contoso/tenant'
import { selfSignedCertificate } from '../../support/self-signed-certificate'
import { claimsOf, post, publicClient, redirectUri, resource, service, web } from './support'

const appOnly = { grant_type: 'client_credentials', scope: `${resource}/.default` }
const { clientId } = apps.web

describe('A client', () => {
  const tenant = service()
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
  })
  const codes = async (form: Record<string, string>, headers = {}) =>
    (await post(tenant.current, { ...appOnly, ...form }, { headers })).body['error_codes']

  it('sends its secret in the body or by Basic', async () => {
    assert.equal(await codes(web), undefined)
    assert.equal(await codes({}, basic(clientId, web.client_secret)), undefined)
    assert.deepEqual(await codes({}, basic(clientId, 'a wrong/secret:%')), [7000215])
  })

  it('is told of a wrong, missing or expired secret', async () => {
    assert.deepEqual(await codes({ ...web, client_secret: 'wrong' }), [7000215])
    assert.deepEqual(await codes({ client_id: clientId }), [7000218])
    assert.deepEqual(await codes({ client_id: clientId, client_secret: '' }), [7000218])
    assert.deepEqual(await codes({ client_id: clientId, client_secret: apps.web.expiredSecret }), [7000222])
  })

  it('that is public must not send a secret', async () => {
    const form = { ...publicClient, grant_type: 'authorization_code', code: 'c', redirect_uri: redirectUri }
    for (const secret of ['anything', '']) {
      const { status, body } = await post(tenant.current, { ...form, client_secret: secret })
      assert.equal(status, 401)
      assert.deepEqual(body['error_codes'], [700025])
    }
  })

  describe('with a certificate', () => {
    const { key, certificate, der } = selfSignedCertificate()
    const thumbprint = createHash('sha256').update(der).digest('base64url')
    before(() => tenant.current.control.registerCertificate(clientId, certificate))

    const assertion = (
      claims: Record<string, unknown> = {},
      header: Record<string, unknown> = {},
      signer = key,
    ): string => {
      const now = Math.floor(Date.now() / 1000)
      const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
      const payload = {
        aud: `${tenant.current.origin}/${tenantId}/oauth2/v2.0/token`,
        iss: clientId,
        sub: clientId,
        jti: randomUUID(),
        nbf: now,
        iat: now,
        exp: now + 300,
        ...claims,
      }
      const text = `${encode({ alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint, ...header })}.${encode(payload)}`
      const options = {
        key: createPrivateKey(signer),
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: 32,
      }
      return `${text}.${sign('sha256', Buffer.from(text), options).toString('base64url')}`
    }
    const present = async (jwt: string, more: Record<string, string> = {}) =>
      post(tenant.current, {
        ...appOnly,
        client_id: clientId,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: jwt,
        ...more,
      })

    it('proves itself with a PS256 assertion', async () => {
      const { status, body } = await present(assertion())
      assert.equal(status, 200, JSON.stringify(body))
      assert.equal(claimsOf(body['access_token'])['appid'], clientId)
    })

    it('is refused for whatever is wrong with the assertion', async () => {
      const past = Math.floor(Date.now() / 1000) - 3600
      const cases: [string, number][] = [
        [assertion({ aud: 'https://example.com' }), 700023],
        [assertion({ sub: 'someone' }), 700021],
        [assertion({ iss: 'https://issuer.example' }), 700211],
        [assertion({ exp: past }), 700024],
        [assertion({ nbf: past + 7200 }), 700024],
        [assertion({}, { 'x5t#S256': 'unknown' }), 700027],
        [assertion({}, {}, selfSignedCertificate().key), 700027],
        ['nonsense', 50027],
      ]
      for (const [jwt, code] of cases) {
        const { status, body } = await present(jwt)
        assert.equal(status, 401)
        assert.equal(body['error'], 'invalid_client')
        assert.deepEqual(body['error_codes'], [code])
      }
      assert.deepEqual(
        (await present(assertion(), { client_assertion_type: 'other' })).body['error_codes'],
        [900144],
      )
    })

    it('may still use its secret', async () => {
      assert.equal(await codes(web), undefined)
    })
  })
})
