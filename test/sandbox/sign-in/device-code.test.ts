import assert from 'node:assert/strict'
import { apps } from '../../../sandbox/contoso/tenant'
import { browse, CookieJar, enterDeviceCode, hiddenFields } from '../../support/browserless-sign-in'
import { adele, claimsOf, post, publicClient, resource, service, web } from './support'

describe('The device code', () => {
  const tenant = service()
  const start = async (more: Record<string, string> = {}) =>
    (
      await post(
        tenant.current,
        { ...publicClient, scope: 'openid offline_access User.Read', ...more },
        { path: 'oauth2/v2.0/devicecode' },
      )
    ).body
  const poll = async (deviceCode: unknown, client: Record<string, string> = publicClient) =>
    post(tenant.current, {
      ...client,
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: String(deviceCode),
    })
  beforeEach(() => {
    tenant.current.control.deviceCodeInterval = 0
    tenant.current.control.deviceCodeLifetime = 900
    tenant.current.control.forgetConsents()
  })

  it('comes with a page, a code for people, a message and no complete address', async () => {
    tenant.current.control.deviceCodeInterval = 5
    const body = await start()
    assert.deepEqual(Object.keys(body).sort(), [
      'device_code',
      'expires_in',
      'interval',
      'message',
      'user_code',
      'verification_uri',
    ])
    assert.equal(body['expires_in'], 900)
    assert.equal(body['interval'], 5)
    assert.match(String(body['user_code']), /^[A-Z]{9}$/)
    assert.ok(String(body['message']).includes(String(body['user_code'])))
  })

  it('is pending until the user has signed in, then gives tokens once', async () => {
    const { device_code: code, user_code: userCode, verification_uri: uri } = await start()
    const pending = await poll(code)
    assert.equal(pending.status, 400)
    assert.equal(pending.body['error'], 'authorization_pending')
    assert.deepEqual(pending.body['error_codes'], [70016])
    const last = await enterDeviceCode(String(uri), String(userCode), adele)
    assert.match(last.html, /You are signed in/)
    const { status, body } = await poll(code)
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(claimsOf(body['access_token'])['oid'], adele.id)
    assert.equal(body['scope'], `openid ${resource}/User.Read`)
    assert.equal(typeof body['refresh_token'], 'string')
    assert.equal(typeof body['id_token'], 'string')
    assert.equal((await poll(code)).body['error'], 'invalid_grant')
  })

  it('works for an app with a secret, which must come with the poll', async () => {
    const {
      device_code: code,
      user_code: userCode,
      verification_uri: uri,
    } = await start({ client_id: apps.web.clientId })
    await enterDeviceCode(String(uri), String(userCode), adele)
    assert.deepEqual((await poll(code, { client_id: apps.web.clientId })).body['error_codes'], [7000218])
    assert.equal((await poll(code, web)).status, 200)
  })

  it('is declined when the user declines the permissions', async () => {
    const {
      device_code: code,
      user_code: userCode,
      verification_uri: uri,
    } = await start({ scope: 'Notes.ReadWrite' })
    const last = await enterDeviceCode(String(uri), String(userCode), adele, { consent: false })
    assert.match(last.html, /cancelled/)
    assert.equal((await poll(code)).body['error'], 'authorization_declined')
  })

  it('is declined when the user cancels at the code', async () => {
    const { device_code: code, user_code: userCode, verification_uri: uri } = await start()
    const jar = new CookieJar()
    const first = await browse(String(uri), jar)
    assert.ok('page' in first)
    const second = await browse(String(uri), jar, {
      ...hiddenFields(first.page.html),
      user_code: String(userCode),
    })
    assert.ok('page' in second)
    assert.match(second.page.html, /Contoso public client/)
    await browse(String(uri), jar, { ...hiddenFields(second.page.html), abort: 'yes' })
    assert.equal((await poll(code)).body['error'], 'authorization_declined')
  })

  it('asks again for a code that was mistyped', async () => {
    const { verification_uri: uri } = await start()
    assert.match((await enterDeviceCode(String(uri), 'XXXXXXXXX', adele)).html, /That code didn&#39;t work/)
  })

  it('expires', async () => {
    tenant.current.control.deviceCodeLifetime = 1
    const { device_code: code, user_code: userCode, verification_uri: uri } = await start()
    await new Promise((resolve) => setTimeout(resolve, 1100))
    assert.equal((await poll(code)).body['error'], 'expired_token')
    assert.match((await enterDeviceCode(String(uri), String(userCode), adele)).html, /expired/)
  })

  it('that nobody issued is a bad verification code', async () => {
    const { body } = await poll('nonsense')
    assert.equal(body['error'], 'bad_verification_code')
    assert.deepEqual(body['error_codes'], [70018])
  })

  it('asks for patience of who polls too fast', async () => {
    const { device_code: code } = await start()
    assert.equal((await poll(code)).body['error'], 'authorization_pending')
    tenant.current.control.deviceCodeInterval = 1
    assert.equal((await poll(code)).body['error'], 'slow_down')
    await new Promise((resolve) => setTimeout(resolve, 900))
    assert.equal((await poll(code)).body['error'], 'authorization_pending')
  })

  it('answers errors in its own shape', async () => {
    const unknown = await start({ client_id: 'nobody' })
    assert.deepEqual(unknown['error_codes'], [700016])
    const scope = await start({ scope: 'User.Eat' })
    assert.deepEqual(scope['error_codes'], [650053])
  })
})
