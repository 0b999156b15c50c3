import assert from 'node:assert/strict'
import { adminConsentUrl } from '../../../nodes/lib/oauth2/admin-consent'
import { isIssuer } from '../../../nodes/lib/oauth2/id-token'
import { readSettings } from '../../../nodes/lib/read-settings'

const none = (): undefined => undefined
const custom = {
  cloud: 'custom',
  grantType: 'client_credentials',
  clientId: 'app',
  serviceUrl: 'https://service.example/v1.0',
  tokenUrl: 'https://login.example/contoso/oauth2/v2.0/token',
}
const script = 'javascript://x%0aalert(1)%2f%2f/contoso/oauth2/v2.0/authorize'

describe('an address that a browser is sent to', () => {
  for (const field of ['authorizeUrl', 'deviceCodeUrl']) {
    it(`is a web address, whatever the grant (${field})`, () => {
      assert.throws(() => readSettings({ ...custom, [field]: script }, none), { code: 'urlInvalid' })
    })
  }

  it('is no script where an administrator consents', () => {
    const settings = { ...readSettings(custom, none), authorizeUrl: script }
    assert.throws(() => adminConsentUrl(settings, 'https://editor.example/cb', 's'), {
      code: 'adminConsentUnknown',
    })
  })
})

describe('the issuer of a service without an authorize URL', () => {
  it('is judged by its token URL', () => {
    const settings = readSettings(
      { ...custom, grantType: 'device_code', deviceCodeUrl: 'https://login.example/d' },
      none,
    )
    assert.equal(settings.authorizeUrl, '')
    assert.equal(isIssuer('https://login.example/', settings), true)
    assert.equal(isIssuer('no address', settings), false)
  })
})
