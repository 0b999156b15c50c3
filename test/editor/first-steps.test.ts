import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Locator } from 'playwright-core'
import { startTenant, type LocalTenant } from '../../sandbox'
import { apps } from '../../sandbox/contoso/tenant'
import { describeInBrowser, screenshotPath } from '../support/browser'
import { demoConnection } from '../support/demo-connection'
import { FLOW_TAB, editorSession } from './pages/editor-session'
import { SignInWindow } from './pages/sign-in-window'

/** Generous: with the drags a person has done it in a minute or two. */
const MOST_CLICKS = 18

describeInBrowser('From an empty canvas to rows', function () {
  let tenant: LocalTenant
  let clicks = 0
  let drags = 0

  before(async () => {
    tenant = await startTenant()
  })

  const session = editorSession(async () => {
    const { credentials: _credentials, ...connection } = demoConnection(tenant, {
      grantType: 'authorization_code',
    })
    return {
      flows: [FLOW_TAB, connection],
      credentials: { connection: { clientSecret: apps.web.secrets[0] ?? '' } },
    }
  })

  after(async () => {
    await tenant.close()
  })

  async function click(target: Locator): Promise<void> {
    clicks += 1
    await target.click()
  }

  async function drag(from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
    drags += 1
    const { mouse } = session().editor.page
    await mouse.move(from.x, from.y)
    await mouse.down()
    await mouse.move(to.x, to.y, { steps: 12 })
    await mouse.up()
  }

  async function middle(target: Locator): Promise<{ x: number; y: number }> {
    await target.scrollIntoViewIfNeeded()
    const box = await target.boundingBox()
    if (box === null) throw new Error('It is not to be seen')
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  }

  it('a user signs in and reads without typing an address', async () => {
    const { editor, odata, connection } = session()
    const { page } = editor
    const begun = Date.now()
    const canvas = await page.locator('#red-ui-workspace-chart').boundingBox()
    assert.ok(canvas !== null)
    for (const [index, type] of ['inject', 'graph-odata', 'debug'].entries()) {
      const to = { x: canvas.x + 150 + index * 220, y: canvas.y + 150 }
      await drag(await middle(editor.paletteNode(type)), to)
    }
    const nodes = page.locator('#red-ui-workspace-chart .red-ui-flow-node-group')
    for (const [from, to] of [
      [0, 1],
      [1, 2],
    ] as const) {
      const output = nodes.nth(from).locator('.red-ui-flow-port-output')
      await drag(await middle(output), await middle(nodes.nth(to).locator('.red-ui-flow-port-input')))
    }
    clicks += 2
    await nodes.nth(1).dblclick()
    await editor.settle()

    if ((await odata.field('connection').inputValue()) === '_ADD_') {
      clicks += 2
      await odata.field('connection').selectOption({ label: 'Contoso' })
    }
    await click(page.locator('#node-input-btn-connection-edit, #node-input-lookup-connection').first())
    await editor.settle()
    clicks += 1
    const popup = new SignInWindow(await connection.startSignIn())
    clicks += 2
    await popup.pick('Adele Vance')
    await connection.headline().getByText('Signed in as Adele Vance').waitFor()
    clicks += 1
    await editor.done()

    await click(odata.pickButton('entity'))
    clicks += 1
    await odata.choose('users')
    clicks += 1
    await editor.done()
    clicks += 1
    await editor.deploy()
    await click(nodes.nth(0).locator('.red-ui-flow-node-button'))
    clicks += 1
    await page.evaluate(`RED.sidebar.show('debug')`)
    await page.locator('.red-ui-debug-msg', { hasText: 'array' }).first().waitFor()
    const seconds = Math.round((Date.now() - begun) / 1000)
    await page.screenshot({ path: screenshotPath('first-steps') })
    const report = screenshotPath('first-steps').replace(/\.png$/u, '.json')
    mkdirSync(dirname(report), { recursive: true })
    writeFileSync(report, JSON.stringify({ clicks, drags, seconds }))
    assert.ok(clicks <= MOST_CLICKS, `${clicks} clicks`)
  })
})
