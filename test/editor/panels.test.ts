import assert from 'node:assert/strict'
import { startTenant, type LocalTenant } from '../../sandbox'
import { apps, demoAccounts } from '../../sandbox/contoso/tenant'
import { scopeWith } from '../../nodes/graph-odata/editor/added-scope'
import { describeInBrowser } from '../support/browser'
import { demoConnection } from '../support/demo-connection'
import { FLOW_TAB, editorSession } from './pages/editor-session'
import { SignInWindow } from './pages/sign-in-window'

const adele = demoAccounts[0] ?? assert.fail('There is nobody')

describe('the scope with one permission more', () => {
  const resource = 'https://graph.microsoft.com'
  const rows: [what: string, scope: string, held: string[], wanted: string][] = [
    [
      'of a connection that says none',
      '',
      ['User.Read', 'openid'],
      `openid profile offline_access ${resource}/User.Read ${resource}/Mail.Read`,
    ],
    [
      'in place of .default',
      `openid ${resource}/.default`,
      [],
      `openid profile offline_access ${resource}/Mail.Read`,
    ],
    ['in the way the others are written', 'openid User.Read', ['User.Read'], 'openid User.Read Mail.Read'],
    ['that stands there already', `openid ${resource}/Mail.Read`, [], `openid ${resource}/Mail.Read`],
  ]
  for (const [what, scope, held, wanted] of rows) {
    it(what, () => assert.equal(scopeWith('Mail.Read', { scope, resource, held }), wanted))
  }
})

describeInBrowser('Trying a node out and what it may do', function () {
  let tenant: LocalTenant

  before(async () => {
    tenant = await startTenant({ users: 60 })
  })

  const node = { type: 'graph-odata', z: 'tab1', x: 300, name: '', wires: [[]] }
  const session = editorSession(async () => {
    const { credentials, ...connection } = demoConnection(tenant)
    return {
      flows: [
        FLOW_TAB,
        { ...connection, id: 'connection1', type: 'graph-connection' },
        {
          ...connection,
          id: 'little',
          type: 'graph-connection',
          name: 'Little',
          grantType: 'authorization_code',
          scope: `openid profile offline_access ${tenant.graph.origin}/User.Read`,
        },
        {
          ...connection,
          id: 'application',
          type: 'graph-connection',
          name: 'Application',
          grantType: 'client_credentials',
          clientId: apps.unprivileged.clientId,
        },
        {
          ...connection,
          id: 'down',
          type: 'graph-connection',
          name: 'Down',
          serviceUrl: 'http://127.0.0.1:9/v1.0',
          grantType: 'none',
          maxRetries: '0',
        },
        {
          ...node,
          id: 'users',
          y: 80,
          connection: 'connection1',
          entity: 'users',
          select: 'displayName,businessPhones,identities',
        },
        {
          ...node,
          id: 'one',
          y: 160,
          connection: 'connection1',
          entity: 'users',
          key: 'payload.id',
          keyType: 'msg',
        },
        {
          ...node,
          id: 'write',
          y: 240,
          connection: 'connection1',
          operation: 'create',
          entity: 'groups',
          body: '{"displayName":"New"}',
          bodyType: 'json',
        },
        { ...node, id: 'files', y: 400, connection: 'little', entity: 'events', appendUrl: 'me/{entity}' },
        { ...node, id: 'mail', y: 320, connection: 'little', entity: 'messages', appendUrl: 'me/{entity}' },
      ],
      credentials: {
        connection1: credentials as Record<string, string>,
        little: { clientSecret: apps.web.secrets[0] },
        application: { clientSecret: apps.unprivileged.secrets[0] },
      },
    }
  })

  afterEach(async () => {
    await session().editor.cancel()
  })
  after(async () => {
    await tenant.close()
  })

  const run = () => session().odata.page.locator('#graph-odata-try-run')
  const result = () => session().odata.page.locator('#graph-odata-try-result')
  const verdict = () => session().odata.page.locator('#graph-odata-permissions-verdict')

  it('shows the first rows in a table, with what is nested behind a click', async () => {
    const { editor, odata } = session()
    await editor.edit('users')
    await run().click()
    await result().getByText('20 rows, and there are more').waitFor()
    const table = result().locator('.graph-odata-table > table')
    assert.deepEqual(await table.locator('thead th').allTextContents(), [
      'displayName',
      'businessPhones',
      'identities',
    ])
    assert.equal(await table.locator('> tbody > tr').count(), 20)
    const stale = result().locator('.graph-odata-stale')
    assert.ok(!(await stale.isVisible()))
    await odata.enter({ entity: 'groups' })
    await stale.getByText('before the last change').waitFor()
    await odata.enter({ entity: 'users' })
    assert.ok(!(await stale.isVisible()))
    const nested = table.locator('details').first()
    await nested.locator('summary').focus()
    await editor.page.keyboard.press('Enter')
    await nested.locator('table').first().waitFor()
    assert.match((await result().textContent()) ?? '', /Status 200 · \d+ ms\s*Request id [\w-]+\s*GET http/u)
    assert.deepEqual(await odata.violations(), [])
    await odata.screenshot('odata-try')
    await editor.setTrayWidth(360)
    await odata.screenshot('odata-try-narrow')
  })

  it('works with what is not deployed, and says what is missing', async () => {
    const { editor, odata } = session()
    await editor.edit('users')
    await odata.enter({ entity: 'nothing' })
    await run().click()
    await result().getByText('Resource not found for the segment').waitFor()
    assert.equal(await result().getAttribute('data-state'), 'failed')
  })

  it('takes a sample in place of the message', async () => {
    const { editor, odata } = session()
    await editor.edit('one')
    await run().click()
    await result().getByText('Key is filled but has no value').waitFor()
    const sample = odata.page.getByLabel('Sample message')
    await sample.fill('no json')
    await run().click()
    await result().getByText('The sample message is no JSON object').waitFor()
    await sample.fill(JSON.stringify({ payload: { id: adele.userPrincipalName } }))
    await run().click()
    await result().getByText('One item').waitFor()
    assert.ok((await result().textContent())?.includes('Adele Vance'))
  })

  it('writes nothing, and shows the request instead', async () => {
    const { editor } = session()
    const before = tenant.graph.control.requests.length
    await editor.edit('write')
    await run().click()
    await result().getByText('Nothing was sent').waitFor()
    assert.match((await result().textContent()) ?? '', /POST.*\/groups/su)
    assert.ok(tenant.graph.control.requests.slice(before).every(({ method }) => method === 'GET'))
  })

  it('can be stopped', async () => {
    const { editor } = session()
    tenant.graph.control.failNext('/v1.0/users', 'stall')
    await editor.edit('users')
    await run().click()
    await result().getByText('Asking the service').waitFor()
    await run().click()
    await result().getByText('Stopped.').waitFor()
    await run().getByText('Try it').waitFor()
  })

  it('says where the service cannot be reached, and lets the dialog go on', async () => {
    const { editor, odata } = session()
    await editor.edit('users')
    await odata.enter({ connection: 'down' })
    await run().click()
    await result().getByText('127.0.0.1:9 cannot be reached').waitFor()
    assert.equal(await result().getAttribute('data-state'), 'failed')
    await odata.enter({ connection: 'connection1' })
    await run().click()
    await result().getByText('20 rows').waitFor()
  })

  it('calls a function, which only reads', async () => {
    const { editor, odata } = session()
    await editor.edit('users')
    await odata.enter({
      operation: 'call',
      entity: '',
      appendUrl: "me/reminderView(startDateTime='2020-01-01T00:00:00Z',endDateTime='2040-01-01T00:00:00Z')",
    })
    await run().getByText('Show the request').waitFor()
    await odata.enter({ method: 'GET', select: '' })
    await run().getByText('Try it').waitFor()
    const before = tenant.graph.control.requests.length
    await run().click()
    await result().getByText('Status 200').waitFor()
    assert.ok(tenant.graph.control.requests.slice(before).some(({ url }) => url.includes('reminderView')))
  })

  it('says that the token has what is needed', async () => {
    const { editor, odata } = session()
    await editor.edit('users')
    await odata.unfold('Permissions')
    await verdict().getByText('The token has what is needed').waitFor()
    assert.match(
      (await odata.page.locator('#graph-odata-permissions-fold').textContent()) ?? '',
      /GET \/users/u,
    )
    assert.deepEqual(await odata.violations(), [])
    assert.deepEqual(await odata.cutOff(), [])
    await editor.useTheme('dark')
    await odata.page.locator('#graph-odata-permissions-fold').scrollIntoViewIfNeeded()
    await odata.screenshot('odata-permissions-dark')
    assert.deepEqual(await odata.violations(), [])
    await editor.useTheme('light')
  })

  it('looks again when the request has changed, and leaves the dialog where it is', async () => {
    const { editor, odata } = session()
    await editor.edit('users')
    await odata.unfold('Permissions')
    const asked = odata.page.locator('#graph-odata-permissions-result code').first()
    await asked.getByText('GET /users', { exact: true }).waitFor()
    await odata.enter({ entity: 'groups' })
    await asked.getByText('GET /groups', { exact: true }).waitFor()
    assert.ok(await odata.inputOf('entity').evaluate(isInView), 'the field was scrolled away')
  })

  it('sends to Entra for a permission that no sign-in brings', async () => {
    const { editor, odata } = session()
    await editor.edit('users')
    await odata.enter({ connection: 'application' })
    await odata.unfold('Permissions')
    await odata.page.getByText('Add it in Microsoft Entra').waitFor()
    assert.equal(await odata.page.locator('.graph-odata-add-permission').count(), 0)
  })

  it('adds a permission that is missing, signs in again and then reads', async () => {
    const { editor, connection, odata } = session()
    await editor.editConfig('graph-connection', 'little')
    const first = new SignInWindow(await connection.startSignIn())
    await first.pick('Adele Vance')
    await connection.headline().getByText('Signed in as Adele Vance').waitFor()
    await editor.cancel()

    await editor.edit('mail')
    await run().click()
    await odata.page.locator('#graph-odata-try-permissions').click()
    await verdict().getByText('The token has none of the permissions').waitFor()
    await odata.screenshot('odata-permissions')
    assert.deepEqual(await odata.violations(), [])
    const add = odata.page.getByRole('button', { name: 'Add Mail.Read to the connection' })
    // The tenant still knows who it is: the window closes by itself.
    await Promise.all([editor.page.waitForEvent('popup'), add.click()])
    await verdict().getByText('Mail.Read was added to the connection').waitFor()
    await run().click()
    await result()
      .getByText(/\d+ rows/u)
      .waitFor({ timeout: 5000 })
      .catch(async () => assert.fail((await result().textContent()) ?? ''))
    const scope = await editor.page.evaluate(`RED.nodes.node('little').scope`)
    assert.equal(
      scope,
      `openid profile offline_access ${tenant.graph.origin}/User.Read ${tenant.graph.origin}/Mail.Read`,
    )
  })

  it('asks whether somebody else may take over, and goes on then', async () => {
    const { editor, odata, browser } = session()
    await browser.context.clearCookies()
    await editor.edit('files')
    await odata.unfold('Permissions')
    const add = odata.page.getByRole('button', { name: 'Add Calendars.Read to the connection' })
    const [popup] = await Promise.all([editor.page.waitForEvent('popup'), add.click()])
    await new SignInWindow(popup).pick('Alex Wilber')
    const accept = verdict().getByRole('button', { name: 'Use this account' })
    await accept.waitFor()
    assert.match((await verdict().textContent()) ?? '', /AlexW@/u)
    await accept.click()
    await verdict().getByText('Calendars.Read was added to the connection').waitFor()
  })
})

/** Runs inside the page. */
function isInView(element: unknown): boolean {
  const { top, bottom } = (
    element as { getBoundingClientRect(): { top: number; bottom: number } }
  ).getBoundingClientRect()
  return top >= 0 && bottom <= (globalThis as unknown as { innerHeight: number }).innerHeight
}
