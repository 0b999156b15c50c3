import assert from 'node:assert/strict'
import type { KeyPage } from '../../nodes/graph-odata/admin-api'
import { startTenant, type LocalTenant } from '../../sandbox'
import { describeInBrowser } from '../support/browser'
import { demoConnection } from '../support/demo-connection'
import type { FlowNode } from '../support/node-red-process'
import { FLOW_TAB, editorSession } from './pages/editor-session'

const ODATA: FlowNode = {
  id: 'odata1',
  type: 'graph-odata',
  z: 'tab1',
  name: '',
  connection: 'connection',
  x: 300,
  y: 120,
  wires: [['debug1']],
}
const INJECT: FlowNode = {
  id: 'inject1',
  type: 'inject',
  z: 'tab1',
  name: 'go',
  props: [{ p: 'payload' }],
  payloadType: 'date',
  payload: '',
  topic: '',
  repeat: '',
  crontab: '',
  once: false,
  onceDelay: 0.1,
  x: 100,
  y: 120,
  wires: [['odata1']],
}
const DEBUG: FlowNode = {
  id: 'debug1',
  type: 'debug',
  z: 'tab1',
  name: 'rows',
  active: true,
  tosidebar: true,
  complete: 'payload',
  targetType: 'msg',
  x: 500,
  y: 120,
  wires: [],
}

/** Connections that nobody uses would be asked about at each deploy. */
const user = (connection: string): FlowNode => ({
  ...ODATA,
  id: `user-of-${connection}`,
  connection,
  y: 240,
  wires: [[]],
})

describeInBrowser('Building a request', function () {
  let tenant: LocalTenant

  before(async () => {
    tenant = await startTenant()
  })

  const session = editorSession(async () => {
    const { credentials, ...connection } = demoConnection(tenant)
    const nobody = { ...connection, id: 'nobody', name: 'Nobody', grantType: 'authorization_code' }
    const down = {
      ...connection,
      id: 'down',
      name: 'Down',
      serviceUrl: 'http://127.0.0.1:9/v1.0',
      grantType: 'none',
    }
    return {
      flows: [FLOW_TAB, connection, nobody, down, INJECT, ODATA, DEBUG, user('down'), user('nobody')],
      credentials: {
        connection: credentials as Record<string, string>,
        nobody: credentials as Record<string, string>,
      },
    }
  })

  after(async () => {
    await tenant.close()
  })

  beforeEach(async () => {
    await session().editor.edit('odata1')
  })

  afterEach(async () => {
    await session().editor.cancel()
  })

  const shown = async () => {
    const text = (await session().odata.preview().textContent()) ?? ''
    return text.replace(`${tenant.graph.origin}/v1.0/`, '')
  }

  it('takes a pasted address apart, says so, and takes it back', async () => {
    const { odata } = session()
    await odata.paste(
      'entity',
      'GET https://graph.microsoft.com/v1.0/users/{id | userPrincipalName}/messages?$select=subject&$top=5',
    )
    assert.equal(await odata.inputOf('entity').inputValue(), 'users/{id}/messages')
    assert.deepEqual(await odata.rowsOf('params'), [['id', '']])
    assert.equal(await odata.value('select'), 'subject')
    assert.deepEqual([await odata.value('pageSize'), await odata.value('limit')], ['5', '5'])
    assert.match(
      (await odata.notice().textContent()) ?? '',
      /Still to be filled: id\..*graph\.microsoft\.com/u,
    )
    assert.ok(await odata.field('select').locator('xpath=..').isVisible())
    await odata.screenshot('odata-pasted')
    await odata.notice().getByRole('button', { name: 'Undo' }).click()
    assert.equal(await odata.inputOf('entity').inputValue(), '')
    assert.deepEqual(await odata.rowsOf('params'), [])
    assert.equal(await odata.value('limit'), '0')
  })

  it('shows the request of a pasted write, whatever was being worked out before', async () => {
    const { odata } = session()
    await odata.paste('entity', 'PATCH https://graph.microsoft.com/v1.0/users/42')
    await odata.preview().getByText('users/42').waitFor()
    assert.equal(await odata.value('operation'), 'update')
    assert.match(await shown(), /^PATCH users\/42/u)
  })

  it('says that an address of another service needs a connection of its own', async () => {
    const { odata } = session()
    await odata.paste('entity', 'https://services.odata.org/V4/People')
    assert.match((await odata.notice().textContent()) ?? '', /services\.odata\.org.*127\.0\.0\.1/u)
  })

  it('offers what the service has, then what follows', async () => {
    const { odata } = session()
    await odata.pickButton('entity').click()
    await odata.list().locator('li').first().waitFor()
    const first = await odata.list().locator('.graph-odata-list-value').allTextContents()
    assert.ok(first.includes('users') && first.includes('me'), first.join())
    assert.deepEqual(await odata.violations(), [])
    await odata.screenshot('odata-entities')
    await odata.choose('me')
    await odata.pickButton('appendUrl').click()
    await odata.choose('messages')
    assert.equal(await shown(), 'GET me/messages')
  })

  it('offers what an item has before its key is known, and asks for the key then', async () => {
    const { odata, editor } = session()
    await odata.enter({ entity: 'users' })
    await odata.pickButton('appendUrl').click()
    const manager = odata.list().locator('li', { hasText: 'manager' }).first()
    await manager.waitFor()
    assert.match((await manager.textContent()) ?? '', /needs a key/u)
    await odata.choose('manager')
    await editor.page.keyboard.type('adele@contoso.com')
    assert.equal(await shown(), 'GET users/adele@contoso.com/manager')
  })

  it('narrows the list while one types, and is worked by keys', async () => {
    const { odata } = session()
    await odata.inputOf('entity').pressSequentially('use')
    await odata.list().locator('li').first().waitFor()
    await odata.inputOf('entity').press('ArrowDown')
    assert.equal(await odata.inputOf('entity').getAttribute('aria-expanded'), 'true')
    assert.ok((await odata.inputOf('entity').getAttribute('aria-activedescendant')) !== null)
    await odata.inputOf('entity').press('Enter')
    assert.equal(await shown(), 'GET users')
    assert.equal(await odata.list().count(), 0)
    await odata.inputOf('entity').press('ArrowDown')
    await odata.list().first().waitFor()
    await odata.inputOf('entity').press('Escape')
    assert.equal(await odata.list().count(), 0)
    assert.ok(await odata.root.isVisible(), 'Escape has closed the list, not the dialog')
  })

  it('keeps a name that the service does not know', async () => {
    const { odata } = session()
    await odata.enter({ entity: 'somethingOfMyOwn' })
    assert.equal(await shown(), 'GET somethingOfMyOwn')
    await odata.pickButton('appendUrl').click()
    await odata.list().getByText('Any name can be typed').waitFor()
  })

  it('finds an item of the tenant by name, and takes its key', async () => {
    const { odata } = session()
    await odata.enter({ entity: 'users' })
    await odata.pickButton('key').click()
    await odata.list().locator('li').first().waitFor()
    const all = await odata.list().locator('li').count()
    assert.ok(all > 3, String(all))
    await odata.more().click()
    await session().editor.page.waitForFunction(
      `document.querySelectorAll('.graph-odata-list li').length > ${all}`,
    )
    await odata.inputOf('key').pressSequentially('adele')
    await session().editor.page.waitForFunction(
      `document.querySelectorAll('.graph-odata-list li').length < 10`,
    )
    await odata.list().locator('li', { hasText: 'Adele Vance' }).waitFor()
    await odata.screenshot('odata-keys')
    await odata.list().locator('li', { hasText: 'Adele Vance' }).click()
    assert.match(await shown(), /^GET users\/[0-9a-f-]{36}$/u)
    await odata.pickButton('appendUrl').click()
    await odata.choose('manager')
    assert.match(await shown(), /^GET users\/[0-9a-f-]{36}\/manager$/u)
  })

  it('does not say of the next page of a search that the service cannot search', async () => {
    const { editor, odata } = session()
    await odata.enter({ entity: 'users' })
    await odata.pickButton('key').click()
    await odata.list().locator('li').nth(25).waitFor()
    const found = editor.page.waitForResponse(
      (answer) => answer.url().endsWith('/keys') && answer.request().postDataJSON().text === 'a',
    )
    await odata.inputOf('key').pressSequentially('a')
    const page: unknown = await (await found).json()
    assert.equal((page as KeyPage).by, 'search')
    await odata.more().click()
    await odata.list().locator('li').nth(26).waitFor()
    assert.ok(!((await odata.list().textContent()) ?? '').includes('cannot search here'))
  })

  it('stays closed where a page comes that nobody waits for any more', async () => {
    const { editor, odata } = session()
    await odata.enter({ entity: 'users' })
    await odata.pickButton('key').click()
    await odata.list().locator('li').nth(25).waitFor()
    let answer = (): void => undefined
    const closed = new Promise<void>((resolve) => (answer = resolve))
    await editor.page.route('**/keys', async (route) => {
      await closed
      await route.continue()
    })
    const answered = editor.page.waitForResponse((each) => each.url().endsWith('/keys'))
    await odata.more().click()
    await odata.inputOf('key').press('Escape')
    answer()
    await (await answered).finished()
    await editor.settle()
    await editor.page.unroute('**/keys')
    assert.equal(await odata.list().count(), 0)
  })

  it('gives all pages of a long list to the keyboard alone', async () => {
    const { odata } = session()
    await odata.enter({ entity: 'users' })
    await odata.pickButton('key').click()
    const input = odata.inputOf('key')
    const active = odata.list().locator('.graph-odata-list-active')
    await odata.list().locator('li').nth(25).waitFor()
    await input.press('ArrowUp')
    for (let rows = 25; rows <= 100; rows += 25) {
      assert.equal(await active.textContent(), 'More')
      assert.equal(await input.getAttribute('aria-activedescendant'), await active.getAttribute('id'))
      await input.press('Enter')
      await odata
        .list()
        .locator('li')
        .nth(rows + 25)
        .waitFor()
      const firstNew = odata.list().locator('li').nth(rows)
      assert.equal(await input.getAttribute('aria-activedescendant'), await firstNew.getAttribute('id'))
      for (let line = 0; line < 25; line += 1) await input.press('ArrowDown')
    }
    assert.deepEqual(await odata.violations(), [])
    await odata.screenshot('odata-keys-paged')
  })

  it('stays where one is in a list of which several are chosen', async () => {
    const { odata } = session()
    await odata.enter({ entity: 'users' })
    await odata.unfold('Query options')
    await odata.pickButton('select').click()
    await odata.choose('surname')
    await odata.list().locator('.fa-check').waitFor()
    assert.ok(await odata.list().locator('ul').evaluate(isScrolled), 'it has jumped to its top')
  })

  it('builds the query out of what the rows have, and says what does not go together', async () => {
    const { odata } = session()
    await odata.enter({ entity: 'users' })
    await odata.unfold('Query options')
    await odata.pickButton('select').click()
    await odata.choose('displayName')
    await odata.choose('mail')
    assert.equal(await odata.inputOf('select').inputValue(), 'displayName,mail')
    await odata.inputOf('select').press('Escape')
    await odata.pickButton('filter').click()
    assert.ok(!(await odata.builder('conjunction').isVisible()), 'there is nothing to join to')
    await odata.builder('property').pressSequentially('displ')
    await odata.choose('displayName')
    await odata.builder('operator').selectOption('startsWith')
    await odata.builder('value').fill("A'")
    await odata.screenshot('odata-filter')
    await odata.builder('add').click()
    assert.equal(await odata.inputOf('filter').inputValue(), "startsWith(displayName,'A''')")
    assert.ok(await odata.builder('conjunction').isVisible())
    assert.deepEqual(await odata.violations(), [])
    await odata.enter({ search: '"displayName:a"', expand: 'manager' })
    assert.equal(await odata.conflicts().count(), 1)
  })

  it('says calmly what keeps the list away, and how to put it right', async () => {
    const { odata } = session()
    const reasons: string[] = []
    for (const connection of ['down', 'nobody']) {
      await odata.enter({ connection })
      await odata.pickButton('entity').click()
      await odata.list().locator('p', { hasText: /\w{4}/u }).waitFor()
      await session().editor.page.waitForFunction(
        `!/Asking/.test(document.querySelector('.graph-odata-list p')?.textContent ?? 'Asking')`,
      )
      reasons.push((await odata.list().locator('p').textContent()) ?? '')
      await odata.inputOf('entity').press('Escape')
    }
    assert.match(reasons[0] ?? '', /127\.0\.0\.1:9.*cannot be reached/u)
    assert.match(reasons[1] ?? '', /[Ss]ign in/u)
    await odata.enter({ connection: '_ADD_' })
    await odata.pickButton('entity').click()
    assert.match((await odata.list().textContent()) ?? '', /Choose a connection first/u)
  })

  it('runs what was built, and the rows arrive in the sidebar', async () => {
    const { editor, odata } = session()
    const { page } = editor
    await odata.pickButton('entity').click()
    await odata.choose('users')
    await editor.done()
    await editor.deploy()
    await page.evaluate(`RED.sidebar.show('debug')`)
    const rows = page.locator('.red-ui-debug-msg', { hasText: /array\[\d+\]/u }).first()
    // The answer to a deploy comes before its flows run: the first click may still reach the old ones.
    for (let click = 0; click < 10 && !(await rows.isVisible()); click += 1) {
      await page.evaluate(`$.post('inject/inject1').catch(() => undefined)`)
      await rows.waitFor({ timeout: 2000 }).catch(() => undefined)
    }
    assert.ok(await rows.isVisible())
  })
})

/** Runs inside the page. */
function isScrolled(element: unknown): boolean {
  return (element as { scrollTop: number }).scrollTop > 0
}
