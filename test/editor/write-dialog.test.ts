import assert from 'node:assert/strict'
import { describeInBrowser } from '../support/browser'
import { CONNECTION, FLOW_TAB, READ_MESSAGES, editorSession } from './pages/editor-session'

describeInBrowser('The dialog of a node that writes', function () {
  const session = editorSession(async () => ({ flows: [FLOW_TAB, CONNECTION, READ_MESSAGES] }))

  it('shows what matters to the operation, and nothing else', async () => {
    const { editor, odata } = session()
    await editor.openNode()
    const rows = async (operation: string): Promise<string[]> => {
      await odata.enter({ operation })
      const shown = await odata.rows()
      const ofInterest = [
        'method',
        'allowDelete',
        'body',
        'ifMatch',
        'answer',
        'wait',
        'dryRun',
        'output',
        'options',
      ]
      return ofInterest.filter((row) => shown.includes(row))
    }
    assert.deepEqual(await rows('read'), ['output', 'options'])
    assert.deepEqual(await rows('create'), ['body', 'answer', 'wait', 'dryRun'])
    assert.deepEqual(await rows('update'), ['body', 'ifMatch', 'answer', 'wait', 'dryRun'])
    assert.deepEqual(await rows('delete'), ['allowDelete', 'body', 'ifMatch', 'wait', 'dryRun'])
    assert.deepEqual(await rows('call'), ['method', 'body', 'ifMatch', 'answer', 'wait', 'dryRun', 'output'])
    await odata.enter({ method: 'GET' })
    assert.deepEqual(await rows('call'), ['method', 'dryRun', 'output', 'options'])
    await editor.cancel()
  })

  it('marks a node that may not delete, until it is allowed to', async () => {
    const { editor, odata } = session()
    await editor.openNode()
    await odata.enter({ operation: 'delete', key: '1' })
    assert.match((await odata.preview().textContent()) ?? '', /Allow delete/u)
    await odata.field('allowDelete').check()
    assert.match((await odata.preview().textContent()) ?? '', /DELETE/u)
    assert.deepEqual(await odata.cutOff(), [])
    await odata.screenshot('graph-odata-delete')
    await editor.done()
    assert.match((await editor.flowNode().textContent()) ?? '', /delete me\/messages\/1/u)
  })

  it('keeps what was chosen', async () => {
    const { editor, odata } = session()
    await editor.openNode()
    await odata.enter({ operation: 'update', ifMatch: '*', answer: 'representation' })
    await odata.field('wait').check()
    await odata.field('dryRun').check()
    assert.deepEqual(await odata.violations(), [])
    await odata.screenshot('graph-odata-update')
    await editor.done()
    await editor.deploy()
    const node = await session().deployed('graph-odata')
    assert.deepEqual(
      ['operation', 'ifMatch', 'answer', 'wait', 'dryRun', 'body', 'bodyType'].map((name) => node[name]),
      ['update', '*', 'representation', true, true, 'payload', 'msg'],
    )
  })
})
