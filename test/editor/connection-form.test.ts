import assert from 'node:assert/strict'
import { describeState, timeLeft } from '../../nodes/graph-connection/editor/account-view'
import { checkProperty } from '../../nodes/graph-connection/editor/checks'
import { deriveEndpoints } from '../../nodes/graph-connection/editor/endpoints'
import { GRANTS, visibleRows } from '../../nodes/graph-connection/editor/grants'
import { editorUrl, isRefused, redirectUrl } from '../../nodes/graph-connection/editor/redirect'

const CHOICE = {
  cloud: 'global',
  tenant: 'contoso.onmicrosoft.com',
  endpointVersion: 'v2',
  grantType: 'authorization_code',
  clientAuthentication: 'secret',
  serviceUrl: '',
}

/** Stands for the catalogue: the key and the values that a text is completed by. */
const text = (key: string, values: object = {}) => [key, ...Object.values(values)].join(' ')

describe('The form of a connection', () => {
  it('asks for a client secret only where the grant and the credential need one', () => {
    assert.ok(visibleRows(CHOICE).has('clientSecret'))
    assert.ok(!visibleRows({ ...CHOICE, clientAuthentication: 'none' }).has('clientSecret'))
    assert.ok(
      visibleRows({ ...CHOICE, grantType: 'client_credentials', clientAuthentication: 'none' }).has(
        'clientSecret',
      ),
    )
    assert.ok(!visibleRows({ ...CHOICE, grantType: 'none' }).has('clientSecret'))
  })

  it('asks for a user name and a password only in the legacy grant', () => {
    for (const { value } of GRANTS) {
      const rows = visibleRows({ ...CHOICE, grantType: value })
      assert.equal(rows.has('username') && rows.has('password'), value === 'password', value)
    }
  })

  it('shows a scope in version 2 and a resource in version 1', () => {
    assert.deepEqual([visibleRows(CHOICE).has('scope'), visibleRows(CHOICE).has('resource')], [true, false])
    const rows = visibleRows({ ...CHOICE, endpointVersion: 'v1' })
    assert.deepEqual([rows.has('scope'), rows.has('resource')], [false, true])
  })

  it('derives the endpoints from cloud, tenant and version', () => {
    assert.deepEqual(deriveEndpoints(CHOICE), {
      serviceUrl: 'https://graph.microsoft.com/v1.0',
      authorizeUrl: 'https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/authorize',
      tokenUrl: 'https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token',
      scope: 'openid profile offline_access https://graph.microsoft.com/.default',
      resource: 'https://graph.microsoft.com',
    })
    const usgov = deriveEndpoints({
      ...CHOICE,
      cloud: 'usgov',
      endpointVersion: 'v1',
      grantType: 'client_credentials',
    })
    assert.equal(usgov.tokenUrl, 'https://login.microsoftonline.us/contoso.onmicrosoft.com/oauth2/token')
    assert.equal(usgov.scope, 'https://graph.microsoft.us/.default')
  })

  it('derives the redirect URL from how the browser reached the editor', () => {
    const root = { origin: 'http://localhost:1880', pathname: '/' }
    assert.equal(redirectUrl(root, ''), 'http://localhost:1880/graph-connection/callback')
    const admin = { origin: 'https://iot.example', pathname: '/admin/' }
    assert.equal(redirectUrl(admin, ''), 'https://iot.example/admin/graph-connection/callback')
    assert.equal(redirectUrl(admin, ' https://other.example/cb '), 'https://other.example/cb')
    assert.equal(editorUrl(admin), 'https://iot.example/admin/')
  })

  it('knows which redirect URLs Entra refuses', () => {
    for (const host of ['localhost:1880', '127.0.0.1:1880', '[::1]:1880'])
      assert.ok(!isRefused(`http://${host}/`), host)
    assert.ok(!isRefused('https://raspberrypi/'))
    assert.ok(isRefused('http://raspberrypi:1880/graph-connection/callback'))
  })
})

describe('The checks of a connection', () => {
  const check = (property: string, values: Readonly<Record<string, string>>) =>
    checkProperty(property, (name) => new Map(Object.entries({ ...CHOICE, ...values })).get(name) ?? '')

  it('demand a tenant for Entra, unless every URL is typed in', () => {
    assert.equal(check('tenant', { tenant: '' }), 'check.tenantMissing')
    const urls = { authorizeUrl: 'https://a.example/a', tokenUrl: 'https://a.example/t' }
    assert.equal(check('tenant', { tenant: '', ...urls }), undefined)
    assert.equal(check('tenant', { tenant: '', cloud: 'custom' }), undefined)
    assert.equal(check('tenant', { tenant: '', grantType: 'none' }), undefined)
  })

  it('refuse what is no tenant, and take an environment variable for one', () => {
    assert.equal(check('tenant', { tenant: 'contoso/../x' }), 'check.tenantInvalid')
    assert.equal(check('tenant', { tenant: '${TENANT}' }), undefined)
  })

  it('demand the URLs of a service that is not known', () => {
    assert.equal(check('serviceUrl', { cloud: 'custom' }), 'check.serviceUrlMissing')
    assert.equal(check('tokenUrl', { cloud: 'custom' }), 'check.tokenUrlMissing')
    assert.equal(check('authorizeUrl', { cloud: 'custom', grantType: 'client_credentials' }), undefined)
    assert.equal(check('tokenUrl', { tokenUrl: 'login.example/token' }), 'check.urlInvalid')
  })

  it('demand a client ID, a convention with both places, and positive numbers', () => {
    assert.equal(check('clientId', {}), 'check.clientIdMissing')
    assert.equal(check('clientId', { grantType: 'none' }), undefined)
    assert.equal(check('itemConvention', { itemConvention: '{entity}' }), 'check.itemConvention')
    assert.equal(check('timeout', { timeout: '0' }), 'check.number')
    assert.equal(check('timeout', { timeout: '' }), undefined)
  })
})

describe('The account panel', () => {
  const circumstances = { now: 0, interactive: true }

  it('says who is signed in and how long the token lives', () => {
    const account = { displayName: 'Adele Vance', username: 'AdeleV@contoso.com', tenant: 'contoso' }
    const view = describeState({ state: 'signedIn', account, expiresAt: 40 * 60_000 }, circumstances, text)
    assert.deepEqual(view, {
      colour: 'green',
      headline: 'account.signedInAs Adele Vance',
      details: ['AdeleV@contoso.com · contoso', 'account.tokenMinutes 40'],
      permissions: [],
    })
  })

  it('remembers who signed in before the first deploy', () => {
    const account = { displayName: 'Adele Vance', username: 'AdeleV@contoso.com', tenant: 'contoso' }
    const view = describeState({ state: 'notDeployed', account }, circumstances, text)
    assert.equal(view.headline, 'account.signedInAs Adele Vance')
    assert.deepEqual(view.details, ['AdeleV@contoso.com · contoso', 'account.deployToUse'])
  })

  it('tells the last error', () => {
    const error = { code: 'signInRequired', message: 'Sign in again' }
    const view = describeState({ state: 'problem', error }, circumstances, text)
    assert.deepEqual([view.colour, view.problem], ['red', 'Sign in again'])
  })

  it('counts down in seconds, minutes and hours', () => {
    assert.equal(timeLeft(-1, text), 'account.tokenEnded')
    assert.equal(timeLeft(20_000, text), 'account.tokenSeconds 20')
    assert.equal(timeLeft(3_600_000, text), 'account.tokenMinutes 60')
    assert.equal(timeLeft(24 * 3_600_000, text), 'account.tokenHours 24')
  })
})
