import assert from 'node:assert/strict'
import { startTenant, type LocalTenant } from '../../sandbox'
import { apps, demoAccounts, tenantDomain } from '../../sandbox/contoso/tenant'
import { describeInBrowser } from '../support/browser'
import { FLOW_TAB, editorSession } from './pages/editor-session'
import { SignInWindow } from './pages/sign-in-window'

describeInBrowser('Signing in from the dialog', function () {
  let tenant: LocalTenant

  before(async () => {
    tenant = await startTenant()
  })

  const session = editorSession(async () => ({
    flows: [
      FLOW_TAB,
      { id: 'connection1', type: 'graph-connection', name: 'Local tenant', ...endpoints(tenant) },
    ],
    credentials: { connection1: { clientSecret: apps.web.secrets[0] } },
  }))

  afterEach(async () => {
    await session().editor.cancel()
  })

  after(async () => {
    await tenant.close()
  })

  it('says so when the user refuses', async () => {
    const { editor, connection } = session()
    await editor.editConfig('graph-connection', 'connection1')
    await connection.headline().getByText('Nobody is signed in').waitFor()
    const popup = new SignInWindow(await connection.startSignIn())
    await connection.headline().getByText('Waiting').waitFor()
    await connection.pasteOffer().getByText('The browser cannot come back here?').waitFor()
    await popup.cancel()
    await connection.headline().getByText('Not signed in').waitFor()
    assert.notEqual(await connection.problem().textContent(), '')
  })

  it('shows who is signed in, with permissions and the time left', async () => {
    const { editor, connection } = session()
    await editor.editConfig('graph-connection', 'connection1')
    const popup = new SignInWindow(await connection.startSignIn())
    await popup.pick('Adele Vance')
    await connection.headline().getByText('Signed in as Adele Vance').waitFor()
    await popup.closed()
    const details = (await connection.details().textContent()) ?? ''
    assert.ok(details.includes(demoAccounts[0]?.userPrincipalName ?? '?'), details)
    assert.match(details, /min left/u)
    assert.ok((await connection.permissions().allTextContents()).includes('User.Read'))
    await editor.page.setViewportSize({ width: 1280, height: 1200 })
    await editor.settle()
    await connection.screenshot('connection-signed-in')
  })

  it('asks before somebody else takes over the connection', async () => {
    const { editor, connection, browser } = session()
    await browser.context.clearCookies()
    await editor.editConfig('graph-connection', 'connection1')
    const popup = new SignInWindow(await connection.startSignIn())
    await popup.pick('Alex Wilber')
    await connection.acceptButton().waitFor()
    assert.match((await connection.problem().textContent()) ?? '', /AlexW@/u)
    await connection.acceptButton().click()
    await connection.headline().getByText('Signed in as Alex Wilber').waitFor()
  })

  it('takes a pasted code where the browser does not come back to the editor', async () => {
    const { editor, connection, browser, nodeRed } = session()
    await browser.context.clearCookies()
    await editor.editConfig('graph-connection', 'connection1')
    await connection.unfold('Endpoints')
    const { port } = new URL(nodeRed.origin)
    await connection.enter({ redirectUrl: `http://localhost:${port}/graph-connection/callback` })
    const popup = new SignInWindow(await connection.startSignIn())
    await popup.pick('Alex Wilber')
    await connection.paste(await popup.shownCode())
    await connection.headline().getByText('Signed in as Alex Wilber').waitFor()
  })

  it('still shows it when the dialog is opened again, until the user signs out', async () => {
    const { editor, connection } = session()
    await editor.editConfig('graph-connection', 'connection1')
    await connection.headline().getByText('Signed in as Alex Wilber').waitFor()
    await connection.signOutButton().click()
    await connection.headline().getByText('Nobody is signed in').waitFor()
  })

  it('works before the first deploy, with what is typed in', async () => {
    const { editor, connection, browser } = session()
    // Otherwise the service would not ask again who it is.
    await browser.context.clearCookies()
    await editor.editConfig('graph-connection', '_ADD_')
    await connection.enter({
      ...endpoints(tenant),
      clientSecret: apps.web.secrets[0],
    })
    await connection.headline().getByText('Not deployed yet').waitFor()
    const popup = new SignInWindow(await connection.startSignIn())
    await popup.pick('Megan Bowen')
    await connection.headline().getByText('Signed in as Megan Bowen').waitFor()
  })
})

function endpoints({ signIn, graph }: LocalTenant): Record<string, string> {
  return {
    cloud: 'custom',
    serviceUrl: `${graph.origin}/v1.0`,
    authorizeUrl: `${signIn.origin}/${tenantDomain}/oauth2/v2.0/authorize`,
    tokenUrl: `${signIn.origin}/${tenantDomain}/oauth2/v2.0/token`,
    clientId: apps.web.clientId,
  }
}
