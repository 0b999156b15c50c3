import assert from 'node:assert/strict'
import { describeState, timeLeft } from '../../nodes/graph-connection/editor/account-view'
import { checkProperty } from '../../nodes/graph-connection/editor/checks'
import { deriveEndpoints } from '../../nodes/graph-connection/editor/endpoints'
import { describeOutcome } from '../../nodes/graph-connection/editor/connection-test'
import { clock } from '../../nodes/graph-connection/editor/device-code'
import {
  CREDENTIAL_ROWS,
  GRANTS,
  authenticationOf,
  grantOf,
  hasAdminConsent,
  visibleRows,
} from '../../nodes/graph-connection/editor/grants'
import { readFile, readPem } from '../../nodes/graph-connection/editor/pem'
import {
  editorUrl,
  isRefused,
  localRedirectUrl,
  redirectUrl,
} from '../../nodes/graph-connection/editor/redirect'

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

  it('offers with each sign-in the credentials that it can be proven by', () => {
    const offered = Object.fromEntries(GRANTS.map(({ value, authentication }) => [value, authentication]))
    assert.deepEqual(offered, {
      authorization_code: ['secret', 'certificate', 'federated', 'none'],
      device_code: ['none', 'secret', 'certificate', 'federated'],
      client_credentials: ['secret', 'certificate', 'federated'],
      managed_identity: [],
      password: ['secret', 'certificate', 'federated', 'none'],
      none: [],
    })
    assert.equal(authenticationOf(grantOf('client_credentials'), 'none'), 'secret')
    assert.equal(authenticationOf(grantOf('device_code'), 'certificate'), 'certificate')
  })

  it('asks for exactly what the chosen credential is entered by', () => {
    for (const { value, authentication } of GRANTS) {
      for (const clientAuthentication of ['secret', 'certificate', 'federated', 'none']) {
        const rows = visibleRows({ ...CHOICE, grantType: value, clientAuthentication })
        const shown = Object.values(CREDENTIAL_ROWS)
          .flat()
          .filter((row) => rows.has(row))
        const used = authenticationOf(grantOf(value), clientAuthentication)
        assert.deepEqual(shown, CREDENTIAL_ROWS[used] ?? [], `${value} ${clientAuthentication}`)
        assert.equal(rows.has('clientAuthentication'), authentication.length > 1)
      }
    }
  })

  it('asks a managed identity for no more than a client ID and a resource', () => {
    const rows = visibleRows({ ...CHOICE, grantType: 'managed_identity' })
    assert.deepEqual(
      ['clientId', 'resource', 'tenant', 'scope', 'tokenUrl', 'endpointVersion'].map((row) => rows.has(row)),
      [true, true, false, false, false, false],
    )
  })

  it('asks for the addresses that the sign-in goes to', () => {
    const urls = (grantType: string) => {
      const rows = visibleRows({ ...CHOICE, grantType })
      return ['authorizeUrl', 'deviceCodeUrl', 'tokenUrl', 'callback'].filter((row) => rows.has(row))
    }
    assert.deepEqual(urls('authorization_code'), ['authorizeUrl', 'tokenUrl', 'callback'])
    assert.deepEqual(urls('device_code'), ['deviceCodeUrl', 'tokenUrl'])
    assert.deepEqual(urls('client_credentials'), ['tokenUrl'])
    assert.deepEqual(urls('managed_identity'), [])
  })

  it('offers the page for administrators where there is one', () => {
    assert.ok(hasAdminConsent(CHOICE, ''))
    assert.ok(!hasAdminConsent({ ...CHOICE, grantType: 'managed_identity' }, ''))
    const custom = { ...CHOICE, cloud: 'custom' }
    assert.ok(!hasAdminConsent(custom, 'https://login.example/authorize'))
    assert.ok(hasAdminConsent(custom, 'http://localhost:8410/contoso.com/oauth2/v2.0/authorize'))
  })

  it('shows the other tenants for every cloud', () => {
    for (const cloud of ['global', 'china', 'custom']) {
      const rows = visibleRows({ ...CHOICE, cloud })
      assert.deepEqual([rows.has('tenant'), rows.has('tenants')], [true, true], cloud)
    }
  })

  it('shows whatever may be needed where a choice is made by an environment variable', () => {
    const any = visibleRows({
      cloud: '${CLOUD}',
      grantType: '${GRANT}',
      clientAuthentication: '${PROOF}',
      endpointVersion: '${VERSION}',
    })
    for (const row of ['password', 'deviceCodeUrl', 'clientSecret', 'certificate', 'scope', 'resource']) {
      assert.ok(any.has(row), row)
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
      deviceCodeUrl: 'https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/devicecode',
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
    const pi = { origin: 'http://raspberrypi:1880', pathname: '/' }
    assert.equal(localRedirectUrl(pi), 'http://localhost:1880/graph-connection/callback')
  })

  it('knows which redirect URLs Entra refuses', () => {
    assert.ok(!isRefused('http://localhost:1880/'))
    for (const host of ['127.0.0.1:1880', '[::1]:1880']) assert.ok(isRefused(`http://${host}/`), host)
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
    assert.equal(check('clientId', { grantType: 'managed_identity' }), undefined)
    assert.equal(check('tenants', { tenants: 'fabrikam.com, adatum.com' }), undefined)
    assert.equal(check('tenants', { tenants: 'fabrikam.com https://adatum.com' }), 'check.tenantInvalid')
    assert.equal(check('itemConvention', { itemConvention: '{entity}' }), 'check.itemConvention')
    assert.equal(check('timeout', { timeout: '0' }), 'check.number')
    assert.equal(check('timeout', { timeout: '' }), undefined)
    // A timer that is asked to wait longer fires at once.
    assert.equal(check('timeout', { timeout: '2147484' }), 'check.numberTooLarge')
    assert.equal(check('timeout', { timeout: '2147483' }), undefined)
  })
})

describe('The account panel', () => {
  const circumstances = { age: 0, interactive: true }

  it('says who is signed in and how long the token lives', () => {
    const account = { displayName: 'Adele Vance', username: 'AdeleV@contoso.com', tenant: 'contoso' }
    const view = describeState({ state: 'signedIn', account, timeLeft: 40 * 60_000 }, circumstances, text)
    assert.deepEqual(view, {
      colour: 'green',
      headline: 'account.signedInAs Adele Vance',
      details: ['AdeleV@contoso.com · contoso', 'account.tokenMinutes 40'],
      permissions: [],
    })
  })

  it('tells the time that is left as it goes by', () => {
    const state = { state: 'application', timeLeft: 40 * 60_000 } as const
    const view = describeState(state, { ...circumstances, age: 10 * 60_000 }, text)
    assert.deepEqual(view.details, ['account.tokenMinutes 30'])
  })

  it('names the tenant by its domain where the settings do, else as the account does', () => {
    const account = { displayName: 'Adele', username: 'adele@contoso.com', tenant: '72f988bf' }
    const detail = (tenant: string) =>
      describeState({ state: 'signedIn', account, tenant }, circumstances, text).details[0]
    assert.equal(detail('contoso.onmicrosoft.com'), 'adele@contoso.com · contoso.onmicrosoft.com')
    assert.equal(detail('common'), 'adele@contoso.com · 72f988bf')
    const unnamed = { ...account, tenant: '' }
    const view = describeState({ state: 'signedIn', account: unnamed, tenant: 'd1' }, circumstances, text)
    assert.equal(view.details[0], 'adele@contoso.com · d1')
  })

  it('remembers who signed in before the first deploy', () => {
    const account = { displayName: 'Adele Vance', username: 'AdeleV@contoso.com', tenant: 'contoso' }
    const view = describeState({ state: 'signedIn', account, afterDeploy: true }, circumstances, text)
    assert.equal(view.headline, 'account.signedInAs Adele Vance')
    assert.deepEqual(view.details, ['AdeleV@contoso.com · contoso', 'account.deployToUse'])
  })

  it('says which application has access, and where', () => {
    const app = { clientId: 'c0ffee00', displayName: 'Node-RED at Contoso' }
    const view = describeState({ state: 'application', app, tenant: 'contoso.com' }, circumstances, text)
    assert.deepEqual(view.details, ['Node-RED at Contoso · contoso.com'])
  })

  it('warns where the token at hand still serves but could not be renewed', () => {
    const error = { code: 'clientSecretExpired', message: 'The client secret has expired' }
    const view = describeState({ state: 'application', error }, circumstances, text)
    assert.deepEqual([view.colour, view.problem], ['yellow', 'The client secret has expired'])
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

describe('The outcome of a test', () => {
  const answered = { ok: true, status: 200, url: 'https://graph.example/me', requestId: 'r-1', elapsed: 42 }

  it('says who it worked for', () => {
    const user = { ...answered, asked: 'user', name: 'Adele Vance', username: 'AdeleV@contoso.com' } as const
    assert.deepEqual(describeOutcome(user, text), {
      headline: 'test.userAs Adele Vance AdeleV@contoso.com',
      details: ['test.status 200 42', 'test.requestId r-1', 'GET https://graph.example/me'],
    })
    const application = { ...answered, asked: 'organization', name: 'Contoso' } as const
    assert.equal(describeOutcome(application, text).headline, 'test.organization Contoso')
    assert.equal(describeOutcome({ ...answered, asked: 'service' }, text).headline, 'test.service')
  })

  it('says what is wrong, also where no answer came', () => {
    const error = { code: 'serviceUnreachable', message: 'It cannot be reached' }
    const outcome = { ok: false, asked: 'user', url: 'https://graph.example/me', elapsed: 7, error } as const
    assert.deepEqual(describeOutcome(outcome, text), {
      headline: 'It cannot be reached',
      details: ['test.elapsed 7', 'GET https://graph.example/me'],
    })
  })
})

describe('The time that a code has left', () => {
  it('is shown in minutes and seconds', () => {
    assert.deepEqual([clock(899_001), clock(61_000), clock(500)], ['15:00', '1:01', '0:01'])
  })
})

describe('What is given as a certificate', () => {
  const block = (kind: string, inside = 'AAAA') =>
    `-----BEGIN ${kind}-----\n${inside}\n-----END ${kind}-----\n`
  const bytes = (...numbers: number[]) => Uint8Array.from([...numbers, ...Array<number>(20).fill(0)])

  it('is sorted into certificate and key, whatever stands around them', () => {
    const text = `Bag Attributes\r\n${block('PRIVATE KEY')}subject=CN = x\r\n${block('CERTIFICATE')}${block('CERTIFICATE', 'BBBB')}`
    assert.deepEqual(readPem(text), {
      kind: 'pem',
      certificate: block('CERTIFICATE') + block('CERTIFICATE', 'BBBB'),
      privateKey: block('PRIVATE KEY'),
      encrypted: false,
    })
  })

  it('keeps its line breaks, as one, whichever system it comes from', () => {
    const content = readPem(block('CERTIFICATE').replaceAll('\n', '\r\n'))
    assert.equal(content.kind === 'pem' && content.certificate, block('CERTIFICATE'))
  })

  it('is known to need a passphrase', () => {
    for (const key of [
      block('ENCRYPTED PRIVATE KEY'),
      block('RSA PRIVATE KEY', 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA'),
    ]) {
      const content = readPem(key)
      assert.ok(content.kind === 'pem' && content.encrypted, key)
    }
  })

  it('is told from PKCS#12 and from the binary form, as a file and as base64', () => {
    const pkcs12 = bytes(0x30, 0x82, 0x0a, 0x00, 0x02, 0x01, 0x03)
    const der = bytes(0x30, 0x82, 0x03, 0x00, 0x30, 0x82)
    assert.deepEqual([readFile(pkcs12).kind, readFile(der).kind], ['pkcs12', 'der'])
    assert.equal(readPem(Buffer.from(pkcs12).toString('base64')).kind, 'pkcs12')
    assert.equal(readFile(new TextEncoder().encode(block('CERTIFICATE'))).kind, 'pem')
    assert.equal(readPem('secret').kind, 'unknown')
    assert.equal(readPem('').kind, 'unknown')
  })
})
