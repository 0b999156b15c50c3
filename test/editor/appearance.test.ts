import assert from 'node:assert/strict'
import { describeInBrowser } from '../support/browser'
import { CONNECTION, FLOW_TAB, READ_MESSAGES, editorSession } from './pages/editor-session'
import type { NodeDialog } from './pages/node-dialog'

const THEMES = process.env['NODE_RED'] === 'node-red-5' ? (['light', 'dark'] as const) : (['light'] as const)
const WIDTHS = [
  ['', undefined],
  ['-narrow', 340],
  ['-wide', 800],
] as const

describeInBrowser('The dialogs', function () {
  const session = editorSession(async () => ({ flows: [FLOW_TAB, CONNECTION, READ_MESSAGES] }))

  async function look(dialog: NodeDialog, theme: string, name: string): Promise<void> {
    assert.deepEqual(await dialog.violations(), [], 'accessibility')
    // Colours have no width: the dark theme is looked at in one.
    for (const [label, width] of theme === 'light' ? WIDTHS : WIDTHS.slice(0, 1)) {
      if (width !== undefined) await session().editor.setTrayWidth(width)
      assert.deepEqual(await dialog.cutOff(), [], `cut off${label}`)
      await dialog.screenshot(`${name}-${theme}${label}`)
    }
  }

  for (const theme of THEMES) {
    describe(`in the ${theme} theme`, () => {
      before(async () => {
        await session().editor.useTheme(theme)
        await session().editor.page.setViewportSize({ width: 1280, height: 1500 })
      })

      it('show graph odata to everyone, in any width', async () => {
        const { editor, odata } = session()
        await editor.edit('odata1')
        await odata.unfold('Query options')
        await odata.unfold('Headers')
        await odata.unfold('Values for placeholders')
        await odata.addRow('headers', 'Prefer', 'IdType="ImmutableId"')
        await odata.addRow('params', 'folder', 'Inbox')
        await odata.enter({ key: 'payload.id' })
        await odata.chooseType('key', 'msg')
        await look(odata, theme, 'odata')
        await editor.cancel()
      })

      it('show graph odata for changes, with everything unfolded', async () => {
        const { editor, odata } = session()
        await editor.edit('odata1')
        await odata.enter({ operation: 'changes', key: '' })
        await odata.chooseOutput('page')
        await odata.unfold('Answers and pace')
        await look(odata, theme, 'odata-changes')
        await odata.enter({ operation: 'read' })
        await odata.screenshot(`odata-answers-${theme}`)
        await editor.cancel()
      })

      it('show graph connection to everyone, in any width', async () => {
        const { editor, connection } = session()
        await editor.editConfig('graph-connection', 'connection1')
        await connection.unfold('Endpoints')
        await look(connection, theme, 'connection')
        await editor.cancel()
      })

      it('show graph connection for another service and for an application', async () => {
        const { editor, connection } = session()
        await editor.editConfig('graph-connection', 'connection1')
        await connection.enter({ cloud: 'custom', grantType: 'password' })
        await editor.settle()
        assert.deepEqual(await connection.violations(), [])
        await connection.screenshot(`connection-custom-${theme}`)
        await connection.enter({
          cloud: 'global',
          grantType: 'client_credentials',
          clientAuthentication: 'certificate',
        })
        await editor.settle()
        assert.deepEqual(await connection.violations(), [])
        await connection.screenshot(`connection-application-${theme}`)
        await editor.cancel()
      })
    })
  }

  describe('in German', () => {
    before(async () => {
      const { editor } = session()
      await editor.page.setViewportSize({ width: 1280, height: 1500 })
      await editor.page.evaluate(`localStorage.setItem('editor-language', 'de')`)
      await editor.reload()
      await editor.useTheme('light')
    })

    it('show graph odata, with nothing cut off', async () => {
      const { editor, odata } = session()
      await editor.edit('odata1')
      await odata.unfold('Abfrageoptionen')
      await odata.enter({ operation: 'changes' })
      assert.equal(await odata.root.locator('label[for="node-input-entity"]').innerText(), ' Entität')
      await look(odata, 'light', 'odata-german')
      await editor.cancel()
    })

    it('show graph connection, with nothing cut off', async () => {
      const { editor, connection } = session()
      await editor.editConfig('graph-connection', 'connection1')
      await connection.unfold('Endpunkte und Weiteres')
      await look(connection, 'light', 'connection-german')
      await editor.cancel()
    })

    it('say in German what the runtime has found, whatever its own language', async () => {
      const { editor, connection } = session()
      await editor.editConfig('graph-connection', 'connection1')
      await connection.problem().getByText('geheime Schlüssel fehlt').waitFor()
      await editor.cancel()
    })

    it('leave nothing in English', async () => {
      const { editor, odata } = session()
      await editor.edit('odata1')
      const untranslated: unknown = await editor.page
        .evaluate(`[...document.querySelectorAll('#graph-odata-form *')]
        .flatMap((element) => [...element.childNodes].filter(({ nodeType }) => nodeType === 3).map(({ textContent }) => textContent.trim()))
        .filter((text) => /^(?:label|hint|fold|pick|list|operation)\\.|\\b(?:the|and|with|of)\\b/.test(text))`)
      assert.deepEqual(untranslated, [])
      assert.match((await odata.hint('operation').textContent()) ?? '', /Sammlung/u)
      await editor.cancel()
    })
  })
})
