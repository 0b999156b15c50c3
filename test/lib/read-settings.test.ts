import assert from 'node:assert/strict'
import { Problem } from '../../nodes/lib/problem'
import { readSettings, type RawConnection } from '../../nodes/lib/read-settings'

const none = (): undefined => undefined

const entra: RawConnection = { tenant: 'contoso.onmicrosoft.com', clientId: 'app' }

describe('the settings of a connection', () => {
  it('need only tenant and client id for Microsoft Graph', () => {
    const settings = readSettings(entra, none)
    const base = 'https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0'
    assert.equal(settings.serviceUrl, 'https://graph.microsoft.com/v1.0')
    assert.equal(settings.authorizeUrl, `${base}/authorize`)
    assert.equal(settings.tokenUrl, `${base}/token`)
    assert.equal(settings.deviceCodeUrl, `${base}/devicecode`)
    assert.equal(settings.grantType, 'authorization_code')
    assert.equal(settings.clientAuthentication, 'secret')
    assert.equal(settings.scope, 'openid profile offline_access https://graph.microsoft.com/.default')
    assert.equal(settings.resource, 'https://graph.microsoft.com')
    assert.equal(settings.itemConvention, '{entity}/{key}')
    assert.equal(settings.timeout, 30_000)
    assert.equal(settings.maxResponseSize, 64 * 1024 * 1024)
  })

  it('ask for all that an application was granted', () => {
    const { scope } = readSettings({ ...entra, grantType: 'client_credentials' }, none)
    assert.equal(scope, 'https://graph.microsoft.com/.default')
  })

  it('ask for the tokens of the service that is addressed', () => {
    const { scope, resource } = readSettings(
      { ...entra, serviceUrl: 'https://org.crm4.dynamics.com/api/data/v9.2/' },
      none,
    )
    assert.equal(scope, 'openid profile offline_access https://org.crm4.dynamics.com/.default')
    assert.equal(resource, 'https://org.crm4.dynamics.com')
  })

  for (const [cloud, login, graph] of [
    ['global', 'login.microsoftonline.com', 'graph.microsoft.com'],
    ['usgov', 'login.microsoftonline.us', 'graph.microsoft.us'],
    ['usgovdod', 'login.microsoftonline.us', 'dod-graph.microsoft.us'],
    ['china', 'login.partner.microsoftonline.cn', 'microsoftgraph.chinacloudapi.cn'],
  ] as const) {
    it(`know the addresses of the cloud ${cloud}`, () => {
      const settings = readSettings({ ...entra, cloud, endpointVersion: 'v1' }, none)
      assert.equal(settings.tokenUrl, `https://${login}/contoso.onmicrosoft.com/oauth2/token`)
      assert.equal(settings.serviceUrl, `https://${graph}/v1.0`)
    })
  }

  it('take numbers and lists as the editor writes them', () => {
    const settings = readSettings(
      { ...entra, timeout: '2.5', maxRetries: 0, concurrency: '3', tenants: 'a.com, b.com' },
      none,
    )
    assert.deepEqual(
      [settings.timeout, settings.maxRetries, settings.concurrency, settings.tenants],
      [2500, 0, 3, ['a.com', 'b.com']],
    )
  })

  it('take values from the environment, whole everywhere and as parts of addresses', () => {
    const values = new Map([
      ['TENANT', 'fabrikam.com'],
      ['HOST', 'data.example'],
      ['SECONDS', '7'],
    ])
    const raw = {
      ...entra,
      tenant: '${TENANT}',
      serviceUrl: 'https://${HOST}/odata',
      timeout: '${SECONDS}',
      state: 'a ${TENANT}',
    }
    const settings = readSettings(raw, (name) => values.get(name))
    assert.equal(settings.tenant, 'fabrikam.com')
    assert.equal(settings.serviceUrl, 'https://data.example/odata')
    assert.equal(settings.timeout, 7000)
    assert.equal(settings.state, 'a ${TENANT}')
  })

  const custom = {
    cloud: 'custom',
    clientId: 'app',
    serviceUrl: 'https://data.example/odata',
    authorizeUrl: 'https://login.example/authorize',
    tokenUrl: 'https://login.example/token',
  }
  const wrong: readonly [string, RawConnection, string, string][] = [
    ['no tenant', { clientId: 'app' }, 'tenantMissing', 'tenant'],
    ['a tenant that could lead elsewhere', { ...entra, tenant: 'a/../b' }, 'tenantInvalid', 'tenant'],
    ['no client id', { tenant: 'contoso.com' }, 'clientIdMissing', 'clientId'],
    ['an unknown choice', { ...entra, cloud: 'mars' }, 'choiceUnknown', 'cloud'],
    ['a number that is none', { ...entra, timeout: 'soon' }, 'numberInvalid', 'timeout'],
    ['a variable that is not set', { ...entra, tenant: '${NOWHERE}' }, 'variableMissing', 'tenant'],
    [
      'an application on the tenant of all',
      { ...entra, tenant: 'common', grantType: 'client_credentials' },
      'tenantNotSpecific',
      'tenant',
    ],
    [
      'single permissions for an application',
      { ...entra, grantType: 'client_credentials', scope: 'User.Read.All' },
      'scopeNotDefault',
      'scope',
    ],
    ['no token URL for another service', { ...custom, tokenUrl: '' }, 'urlMissing', 'tokenUrl'],
    [
      'a secret over plain http',
      { ...custom, tokenUrl: 'http://login.example/token' },
      'urlNotSecure',
      'tokenUrl',
    ],
    [
      'a token over plain http',
      { ...custom, serviceUrl: 'http://data.example' },
      'urlNotSecure',
      'serviceUrl',
    ],
    [
      'a host that only looks local',
      { ...custom, tokenUrl: 'http://127.0.0.1.example/t' },
      'urlNotSecure',
      'tokenUrl',
    ],
    ['no web address', { ...custom, serviceUrl: 'ftp://data.example' }, 'urlInvalid', 'serviceUrl'],
    [
      'a token for Graph to another host',
      { ...custom, scope: 'https://graph.microsoft.com/.default' },
      'audienceNotService',
      'scope',
    ],
    [
      'a token for Graph by its application id',
      { ...custom, endpointVersion: 'v1', resource: '00000003-0000-0000-c000-000000000000' },
      'audienceNotService',
      'resource',
    ],
    [
      'a token for Graph by a scope without resource',
      { ...entra, serviceUrl: 'https://data.example', scope: 'openid Mail.Read' },
      'audienceNotService',
      'scope',
    ],
  ]
  for (const [what, raw, code, field] of wrong) {
    it(`refuse ${what} and name the field`, () => {
      assert.throws(
        () => readSettings(raw, none),
        (error) => {
          assert.ok(error instanceof Error && 'code' in error && 'values' in error)
          assert.equal(error.code, code)
          assert.equal(Object(error.values).field, field)
          return true
        },
      )
    })
  }

  it('repeat no password that somebody wrote into an address', () => {
    assert.throws(
      () => readSettings({ ...custom, serviceUrl: 'https://me:hunter2@data.example' }, none),
      (error) => error instanceof Error && !error.message.includes('hunter2'),
    )
  })

  it('allow plain http for this machine, and for a service without tokens', () => {
    const local = { ...custom, serviceUrl: 'http://127.0.0.1:1', tokenUrl: 'http://localhost:2/t' }
    assert.equal(readSettings(local, none).serviceUrl, 'http://127.0.0.1:1')
    const open = { cloud: 'custom', grantType: 'none', serviceUrl: 'http://data.example/' }
    assert.equal(readSettings(open, none).serviceUrl, 'http://data.example')
  })

  it('name the variable and not its value, which may be a secret', () => {
    const values: Record<string, string> = { HOME: '/home/me', SECRET: 'hunter2', TENANT: 'no such/tenant' }
    const lookup = (name: string): string | undefined => values[name]
    for (const [raw, shown] of [
      [{ timeout: '${HOME}' }, '${HOME}'],
      [{ cloud: '${SECRET}' }, '${SECRET}'],
      [{ tenant: '${TENANT}' }, '${TENANT}'],
      [{ tokenUrl: 'ftp://${SECRET}/token' }, 'ftp://${SECRET}/token'],
      [{ ...custom, serviceUrl: 'http://${SECRET}' }, 'http://${SECRET}'],
    ] as const) {
      assert.throws(
        () => readSettings({ ...entra, ...raw }, lookup),
        (error) => {
          assert.ok(error instanceof Problem)
          assert.equal(error.values['value'], shown)
          for (const value of Object.values(values)) assert.ok(!error.message.includes(value))
          return true
        },
      )
    }
  })

  it('take the file of a federated token from the platform too, and name either by its variable', () => {
    const lookup = (name: string): string => `/run/${name}`
    for (const [raw, file, shown] of [
      [{}, '/run/AZURE_FEDERATED_TOKEN_FILE', '${AZURE_FEDERATED_TOKEN_FILE}'],
      [{ federatedTokenFile: '${MINE}' }, '/run/MINE', '${MINE}'],
      [{ federatedTokenFile: '/etc/token' }, '/etc/token', '/etc/token'],
    ] as const) {
      const settings = readSettings({ ...entra, clientAuthentication: 'federated', ...raw }, lookup)
      assert.deepEqual([settings.federatedTokenFile, settings.federatedTokenFileShown], [file, shown])
    }
  })

  it('refuse a redirect URL that would run in the browser, and a time that no timer can wait', () => {
    for (const redirectUrl of ['javascript:alert(1)', 'data:text/html,x', 'https://me:x@y.example/']) {
      assert.throws(() => readSettings({ ...entra, redirectUrl }, none), { code: 'urlInvalid' })
    }
    assert.throws(() => readSettings({ ...entra, timeout: 2_147_484 }, none), { code: 'numberTooLarge' })
    assert.equal(readSettings({ ...entra, timeout: 2_147_483 }, none).timeout, 2_147_483_000)
  })
})
