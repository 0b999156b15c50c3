import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTenant, type LocalTenant } from '../../sandbox'
import { apps, demoAccounts, tenantDomain } from '../../sandbox/contoso/tenant'
import { describeInBrowser } from '../support/browser'
import { enterDeviceCode } from '../support/browserless-sign-in'
import { demoConnection } from '../support/demo-connection'
import type { FlowNode } from '../support/node-red-process'
import { selfSignedCertificate } from '../support/self-signed-certificate'
import { FLOW_TAB, editorSession } from './pages/editor-session'
import { SignInWindow } from './pages/sign-in-window'

/** A status of the service: the sign-in service has given a token for the certificate. */
const ANSWERED = /Status \d{3}/u

const ADELE = demoAccounts[0] ?? assert.fail('There is nobody')

describeInBrowser('Getting access from the dialog', function () {
  let tenant: LocalTenant

  before(async () => {
    tenant = await startTenant()
    tenant.signIn.control.deviceCodeInterval = 0.1
  })

  const session = editorSession(async () => ({
    flows: [FLOW_TAB, device(tenant), application(tenant), unprivileged(tenant)],
    credentials: {
      application: { clientSecret: apps.web.secrets[0] },
      unprivileged: { clientSecret: apps.unprivileged.secrets[0] },
    },
  }))

  afterEach(async () => {
    await session().editor.cancel()
  })

  after(async () => {
    await tenant.close()
  })

  it('signs a user in with a code, also when the dialog was closed meanwhile', async () => {
    const { editor, connection } = session()
    await editor.editConfig('graph-connection', 'device')
    await connection.headline().getByText('Nobody is signed in').waitFor()
    await connection.signInButton().click()
    await connection.userCode().waitFor()
    const code = (await connection.userCode().textContent()) ?? ''
    const address = (await connection.codeAddress().getAttribute('href')) ?? ''
    assert.match((await connection.codeLeft().textContent()) ?? '', /\d+:\d\d min/u)
    assert.deepEqual(await connection.violations(), [])
    assert.deepEqual(await connection.cutOff(), [])
    await connection.screenshot('connection-device-code')
    await editor.cancel()

    await editor.editConfig('graph-connection', 'device')
    await connection.userCode().waitFor()
    assert.equal(await connection.userCode().textContent(), code)
    await enterDeviceCode(address, code, ADELE)
    await connection.headline().getByText('Signed in as Adele Vance').waitFor()
    assert.ok(!(await connection.userCode().isVisible()))
  })

  it('says what the service answers to a test, and to whom', async () => {
    const { editor, connection } = session()
    await editor.editConfig('graph-connection', 'device')
    await connection.headline().getByText('Signed in as Adele Vance').waitFor()
    await connection.testButton().click()
    await connection.testResult().getByText('It works').waitFor()
    const result = (await connection.testResult().textContent()) ?? ''
    assert.ok(result.includes(ADELE.userPrincipalName), result)
    assert.match(result, /Status 200 · \d+ ms\s*Request id [\w-]+/u)
    assert.deepEqual(await connection.violations(), [])
    await connection.screenshot('connection-tested')
    await connection.signOutButton().click()
    await connection.headline().getByText('Nobody is signed in').waitFor()
  })

  it('gives up a code that is cancelled', async () => {
    const { editor, connection } = session()
    await editor.editConfig('graph-connection', 'device')
    await connection.headline().getByText('Nobody is signed in').waitFor()
    await connection.signInButton().click()
    await connection.userCode().waitFor()
    await connection.cancelButton().click()
    await connection.headline().getByText('Nobody is signed in').waitFor()
    assert.ok(!(await connection.userCode().isVisible()))
    await editor.cancel()
    await editor.editConfig('graph-connection', 'device')
    await connection.headline().getByText('Nobody is signed in').waitFor()
  })

  it('tells the time that is left where the clocks of browser and Node-RED differ by hours', async () => {
    const { editor, connection } = session()
    await editor.page.evaluate('window.ownNow = Date.now; Date.now = () => ownNow() + 3 * 3600_000')
    try {
      await editor.editConfig('graph-connection', 'device')
      await connection.headline().getByText('Nobody is signed in').waitFor()
      await connection.signInButton().click()
      await connection.userCode().waitFor()
      assert.match((await connection.codeLeft().textContent()) ?? '', /1[45]:\d\d min/u)
      const [code, address] = [connection.userCode(), connection.codeAddress()]
      await enterDeviceCode(
        (await address.getAttribute('href')) ?? '',
        (await code.textContent()) ?? '',
        ADELE,
      )
      await connection.headline().getByText('Signed in as Adele Vance').waitFor()
      await connection
        .details()
        .getByText(/\d\d min left/u)
        .waitFor()
      await connection.signOutButton().click()
      await connection.headline().getByText('Nobody is signed in').waitFor()
    } finally {
      await editor.page.evaluate('Date.now = window.ownNow')
    }
  })

  it('ends a code when the connection that it was for is not added after all', async () => {
    const { editor, connection } = session()
    await editor.editConfig('graph-connection', '_ADD_')
    await connection.enter({ cloud: 'custom', grantType: 'device_code' })
    const values = device(tenant)
    for (const property of ['serviceUrl', 'tokenUrl', 'deviceCodeUrl', 'clientId'])
      await connection.enter({ [property]: String(values[property]) })
    await connection.signInButton().click()
    await connection.userCode().waitFor()
    const ending = editor.page.waitForResponse((answer) => answer.request().method() === 'DELETE')
    await editor.cancel()
    const ended = await ending
    assert.match(ended.url(), /\/sign-in\/[\w-]+$/u)
    assert.equal(ended.status(), 204)
  })

  it('says why a test fails, and names the request to support', async () => {
    const { editor, connection } = session()
    await editor.editConfig('graph-connection', 'unprivileged')
    await connection.testButton().click()
    await connection
      .testResult()
      .getByText(/Status 4\d\d/u)
      .waitFor()
    assert.match((await connection.testResult().textContent()) ?? '', /Request id/u)
    await connection.screenshot('connection-test-failed')
  })

  it('shows which application has access, and lets an administrator grant it more', async () => {
    const { editor, connection, browser } = session()
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await editor.editConfig('graph-connection', 'application')
    await connection.headline().getByText('The application has access').waitFor()
    assert.ok(((await connection.details().textContent()) ?? '').includes(apps.web.displayName))
    const popup = new SignInWindow(await connection.startConsent())
    await connection.consentResult().getByText('An administrator grants').waitFor()
    await connection.consentResult().getByRole('button', { name: 'Copy address' }).click()
    const copied = String(await connection.page.evaluate('navigator.clipboard.readText()'))
    assert.ok(copied.startsWith(`${tenant.signIn.origin}/${tenantDomain}/v2.0/adminconsent?`), copied)
    assert.deepEqual(await connection.cutOff(), [])
    await connection.screenshot('connection-admin-consent')
    await popup.grantAs('Megan Bowen')
    await connection.consentResult().getByText('have been granted').waitFor()
  })

  it('leaves no window behind where the dialog is closed before the consent page is known', async () => {
    const { editor, connection } = session()
    await editor.editConfig('graph-connection', 'application')
    const begun = new Promise<() => void>((resolve) => {
      void editor.page.route('**/admin-consent', async (route) => {
        await new Promise<void>((goOn) => resolve(goOn))
        await route.continue()
      })
    })
    const popup = await connection.startConsent()
    const goOn = await begun
    await editor.cancel()
    goOn()
    await new SignInWindow(popup).closed()
    await editor.page.unroute('**/admin-consent')
  })

  it('says that a file with a certificate cannot be read', async () => {
    const { editor, connection } = session()
    const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
    const file = join(folder, 'certificate.pem')
    writeFileSync(file, selfSignedCertificate().certificate)
    await editor.editConfig('graph-connection', 'application')
    await connection.enter({ clientAuthentication: 'certificate' })
    await connection.certificate('file').setInputFiles(file)
    await connection.certificate('certificate').getByText('new').waitFor()
    rmSync(folder, { recursive: true })
    await connection.certificate('file').dispatchEvent('change')
    await connection.certificate('problem').getByText('The file could not be read').waitFor()
  })

  it('takes certificate and key, keeps them out of the flow, and lets them be replaced and removed', async () => {
    const { editor, connection, nodeRed } = session()
    const first = selfSignedCertificate()
    const second = selfSignedCertificate()
    for (const { certificate } of [first, second])
      tenant.signIn.control.registerCertificate(apps.web.clientId, certificate)
    await editor.editConfig('graph-connection', 'application')
    await connection.enter({ clientAuthentication: 'certificate' })
    await connection.pasteCertificate(
      Buffer.from('308203000201033082020000000000000000', 'hex').toString('base64'),
    )
    assert.match((await connection.certificate('command').textContent()) ?? '', /^openssl pkcs12 /u)
    assert.deepEqual(await connection.violations(), [])
    await connection.screenshot('connection-certificate-pkcs12')
    await connection.certificate('leave').click()

    await connection.pasteCertificate(first.certificate + first.key)
    assert.match((await connection.certificate('privateKey').textContent()) ?? '', /new/u)
    await connection.testButton().click()
    await connection.testResult().getByText(ANSWERED).waitFor()
    await connection.screenshot('connection-certificate')
    await editor.done()
    await editor.deploy()
    assertNoPem(await (await nodeRed.adminFetch('/flows')).text(), 'the flow')
    for (const file of readdirSync(nodeRed.userDir).filter((name) => name.startsWith('flows')))
      assertNoPem(readFileSync(join(nodeRed.userDir, file), 'utf8'), file)

    await editor.reload()
    await editor.editConfig('graph-connection', 'application')
    assert.equal(await connection.value('clientAuthentication'), 'certificate')
    assert.equal(await connection.certificate('certificate').textContent(), 'stored')
    assertNoPem(
      await connection.page.evaluate('JSON.stringify(RED.nodes.node("application").credentials)'),
      'the editor',
    )
    await connection.testButton().click()
    await connection.testResult().getByText(ANSWERED).waitFor()

    await connection.certificate('file').setInputFiles([
      { name: 'certificate.pem', mimeType: 'text/plain', buffer: Buffer.from(second.certificate) },
      { name: 'key.pem', mimeType: 'text/plain', buffer: Buffer.from(second.key) },
    ])
    await connection.certificate('privateKey').getByText('new').waitFor()
    await connection.testButton().click()
    await connection.testResult().getByText(ANSWERED).waitFor()
    await connection.certificate('remove').click()
    assert.match((await connection.certificate('certificate').textContent()) ?? '', /removed/u)
    await editor.done()
    await editor.deploy()
    await editor.editConfig('graph-connection', 'application')
    assert.equal(await connection.certificate('certificate').textContent(), 'none')
    assert.equal(await connection.certificate('privateKey').textContent(), 'none')
  })

  it('keeps proxy, TLS and other tenants over a deploy and a reload', async () => {
    const { editor, connection } = session()
    await editor.editConfig('graph-connection', 'device')
    await connection.unfold('Endpoints')
    for (const property of ['proxy', 'tls'])
      assert.equal(await connection.field(property).evaluate(tagOf), 'SELECT')
    await connection.enter({ cloud: 'global', tenant: tenantDomain, tenants: 'fabrikam.com, adatum.com' })
    await connection.enter({ deviceCodeUrl: 'https://login.example/devicecode', timeout: '7' })
    await editor.done()
    await editor.deploy()
    await editor.reload()
    await editor.editConfig('graph-connection', 'device')
    assert.equal(await connection.value('tenants'), 'fabrikam.com, adatum.com')
    assert.equal(await connection.value('deviceCodeUrl'), 'https://login.example/devicecode')
    assert.ok(await connection.field('tenants').isVisible(), 'the fold that holds something is open')
  })
})

/** Without credentials: a flow file holds none. */
function connectionOf(tenant: LocalTenant, changes: Record<string, unknown>): FlowNode {
  const { credentials: _credentials, ...node } = demoConnection(tenant, changes)
  return node
}

function device(tenant: LocalTenant): FlowNode {
  return connectionOf(tenant, {
    id: 'device',
    name: 'By code',
    grantType: 'device_code',
    deviceCodeUrl: `${tenant.signIn.origin}/${tenantDomain}/oauth2/v2.0/devicecode`,
    clientId: apps.publicClient.clientId,
    clientAuthentication: 'none',
  })
}

function application(tenant: LocalTenant): FlowNode {
  return connectionOf(tenant, { id: 'application', name: 'Contoso app', grantType: 'client_credentials' })
}

function unprivileged(tenant: LocalTenant): FlowNode {
  const { clientId } = apps.unprivileged
  return { ...application(tenant), id: 'unprivileged', name: 'No permissions', clientId }
}

function assertNoPem(text: unknown, where: string): void {
  assert.doesNotMatch(String(text), /BEGIN|PRIVATE/u, where)
}

/** Runs inside the page. */
function tagOf(element: { readonly tagName: string }): string {
  return element.tagName
}
