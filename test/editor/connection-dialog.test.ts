import assert from 'node:assert/strict'
import { describeInBrowser } from '../support/browser'
import { CONNECTION, FLOW_TAB, READ_MESSAGES, editorSession } from './pages/editor-session'

describeInBrowser('The dialog of graph connection', function () {
  const session = editorSession(async () => ({ flows: [FLOW_TAB, CONNECTION, READ_MESSAGES] }))

  beforeEach(async () => {
    await session().editor.editConfig('graph-connection', 'connection1')
  })

  afterEach(async () => {
    await session().editor.cancel()
  })

  it('shows the redirect URL of this Node-RED, and the one that overrides it', async () => {
    const { connection, nodeRed } = session()
    assert.equal(await connection.redirectUrl(), `${nodeRed.origin}/graph-connection/callback`)
    // The tests reach the editor at 127.0.0.1, which Entra does not take.
    assert.ok(await connection.warning().isVisible())
    await connection.unfold('Endpoints')
    await connection.enter({ redirectUrl: 'https://iot.contoso.com/callback' })
    assert.equal(await connection.redirectUrl(), 'https://iot.contoso.com/callback')
    assert.ok(!(await connection.warning().isVisible()))
  })

  it('copies the redirect URL', async () => {
    const { connection, browser, nodeRed } = session()
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await connection.page.locator('#graph-connection-copy').click()
    const copied: unknown = await connection.page.evaluate('navigator.clipboard.readText()')
    assert.equal(copied, `${nodeRed.origin}/graph-connection/callback`)
  })

  it('shows the derived endpoints while one chooses', async () => {
    const { connection } = session()
    await connection.unfold('Endpoints')
    const placeholder = async (property: string) => connection.field(property).getAttribute('placeholder')
    assert.equal(
      await placeholder('tokenUrl'),
      'https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token',
    )
    await connection.enter({ cloud: 'usgov', tenant: 'fabrikam.com', endpointVersion: 'v1' })
    assert.equal(await placeholder('tokenUrl'), 'https://login.microsoftonline.us/fabrikam.com/oauth2/token')
    assert.equal(await placeholder('serviceUrl'), 'https://graph.microsoft.us/v1.0')
    assert.equal(await placeholder('resource'), 'https://graph.microsoft.us')
  })

  it('fills in what is known of Dynamics 365 and SharePoint', async () => {
    const { connection } = session()
    const { page } = connection
    await page.getByRole('button', { name: 'Dynamics 365' }).click()
    assert.ok(await connection.field('serviceUrl').isVisible())
    assert.ok(
      await connection.isInvalid('serviceUrl'),
      'the name of the organization is still to be filled in',
    )
    await page.keyboard.type('contoso')
    assert.equal(await connection.value('serviceUrl'), 'https://contoso.crm.dynamics.com/api/data/v9.2')
    assert.equal(await connection.value('itemConvention'), '{entity}({key})')
    assert.equal(await connection.value('cloud'), 'global')
    assert.deepEqual(await connection.violations(), [])
    await connection.screenshot('connection-dynamics')
    await connection.enter({ cloud: 'usgov' })
    assert.equal(await connection.value('serviceUrl'), '')
  })

  it('removes the addresses of another service when a cloud is chosen, and says so', async () => {
    const { connection } = session()
    await connection.enter({ cloud: 'custom' })
    await connection.enter({
      serviceUrl: 'http://127.0.0.1:8411/v1.0',
      tokenUrl: 'http://127.0.0.1:8410/token',
    })
    await connection.enter({ cloud: 'global' })
    assert.equal(await connection.value('serviceUrl'), '')
    assert.equal(await connection.value('tokenUrl'), '')
    const said = (await connection.page.locator('#graph-connection-cleared').textContent()) ?? ''
    assert.match(said, /Service URL, Token URL/u)
  })

  it('shows only what the chosen sign-in needs', async () => {
    const { connection } = session()
    const visible = async () => new Set(await connection.rows())
    assert.ok((await visible()).has('callback'))
    await connection.enter({ grantType: 'password' })
    assert.ok((await visible()).has('username'))
    assert.ok(!(await visible()).has('callback'))
    await connection.enter({ grantType: 'client_credentials' })
    assert.deepEqual(await connection.options('clientAuthentication'), [
      'Client secret',
      'Certificate',
      'Federated credential',
    ])
    await connection.enter({ clientAuthentication: 'federated' })
    assert.deepEqual(
      [(await visible()).has('clientSecret'), (await visible()).has('federatedTokenFile')],
      [false, true],
    )
    await connection.enter({ grantType: 'managed_identity' })
    assert.deepEqual([...(await visible())], ['name', 'cloud', 'grantType', 'clientId', 'account'])
    await connection.enter({ grantType: 'none' })
    assert.deepEqual([...(await visible())], ['name', 'cloud', 'grantType', 'account'])
  })

  it('puts the endpoints first for a service that it does not know', async () => {
    const { connection } = session()
    await connection.enter({ cloud: 'custom' })
    const rows = await connection.rows()
    assert.deepEqual(rows.slice(0, 6), ['name', 'cloud', 'serviceUrl', 'authorizeUrl', 'tokenUrl', 'tenant'])
    assert.ok(await connection.isInvalid('serviceUrl'))
    await connection.enter({ serviceUrl: 'https://example.com/odata' })
    assert.ok(!(await connection.isInvalid('serviceUrl')))
  })

  it('marks what is missing, and does not try to sign in without it', async () => {
    const { connection } = session()
    await connection.enter({ tenant: '' })
    assert.ok(await connection.isInvalid('tenant'))
    await connection.signInButton().click()
    assert.equal(connection.page.context().pages().length, 1)
    assert.equal(await connection.page.evaluate('document.activeElement.id'), 'node-config-input-tenant')
  })

  it('takes an own convention for the address of an item', async () => {
    const { connection } = session()
    await connection.unfold('Endpoints')
    await connection.page.locator('#graph-connection-convention').selectOption('other')
    await connection.enter({ itemConvention: '{entity}' })
    assert.ok(await connection.isInvalid('itemConvention'))
    await connection.enter({ itemConvention: '{entity}[{key}]' })
    assert.ok(!(await connection.isInvalid('itemConvention')))
  })

  it('says what to do where the browser blocks the sign-in window', async () => {
    const { connection } = session()
    await connection.page.evaluate('window.reallyOpen = window.open; window.open = () => null')
    await connection.signInButton().click()
    await connection.page.evaluate('window.open = window.reallyOpen')
    assert.match((await connection.problem().textContent()) ?? '', /blocked the sign-in window/u)
  })

  it('says over plain http at once that Entra refuses the address, and the remedy', async () => {
    const { editor, connection, nodeRed } = session()
    const { port } = new URL(nodeRed.origin)
    await editor.open(`http://editor.example:${port}/`)
    await editor.editConfig('graph-connection', 'connection1')
    const warning = (await connection.warning().textContent()) ?? ''
    assert.match(warning, /localhost only/u)
    assert.ok(warning.includes(`http://localhost:${port}`))
    await connection.screenshot('connection-plain-http')
    await connection.wayOut('Use localhost and paste').click()
    assert.equal(await connection.redirectUrl(), `http://localhost:${port}/graph-connection/callback`)
    assert.ok(!(await connection.warning().isVisible()))
    await connection.enter({ redirectUrl: '' })
    await connection.wayOut('Sign in with a code').click()
    assert.equal(await connection.value('grantType'), 'device_code')
    assert.ok(!(await connection.rows()).includes('callback'))
  })
})

describeInBrowser('The dialog of a graph connection that was written by hand', function () {
  const VARIABLES = {
    cloud: '${CLOUD}',
    grantType: '${GRANT}',
    clientAuthentication: '${PROOF}',
    endpointVersion: '${VERSION}',
    itemConvention: '${CONVENTION}',
  }
  const session = editorSession(async () => ({
    flows: [FLOW_TAB, { ...CONNECTION, ...VARIABLES }, READ_MESSAGES],
  }))

  it('shows the environment variables of its lists, and keeps them', async () => {
    const { editor, connection } = session()
    await editor.editConfig('graph-connection', 'connection1')
    for (const property of ['cloud', 'grantType', 'clientAuthentication', 'endpointVersion'] as const) {
      assert.equal(await connection.value(property), VARIABLES[property], property)
    }
    await connection.enter({ name: 'Renamed' })
    await editor.done()
    await editor.deploy()
    const { name, ...saved } = await session().deployed('graph-connection')
    assert.equal(name, 'Renamed')
    for (const [property, value] of Object.entries(VARIABLES)) assert.equal(saved[property], value, property)
  })
})
