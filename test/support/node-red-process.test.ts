import assert from 'node:assert/strict'
import { sink, source, startNodeRed, type NodeRedProcess } from './node-red-process'

describe('a Node-RED process of the tests', () => {
  let nodeRed: NodeRedProcess

  before(async () => {
    nodeRed = await startNodeRed({
      flows: [{ id: 'tab', type: 'tab', label: 'tab' }, source('in', 'tab', ['out']), sink('out', 'tab')],
    })
  })

  after(async () => {
    await nodeRed.dispose()
  })

  it('carries messages into and out of its flows', async () => {
    nodeRed.send('in', { payload: { n: 1, bytes: Buffer.from('x') } })
    const [message] = await nodeRed.received('out')
    assert.deepEqual(message?.['payload'], { n: 1, bytes: Buffer.from('x') })
  })

  it('is the Node-RED that NODE_RED names', async () => {
    const settings = await (await nodeRed.adminFetch('/settings')).text()
    const line = (process.env['NODE_RED'] ?? 'node-red-4').slice(-1)
    assert.match(settings, new RegExp(`"version":"${line}\\.`))
  })

  it('deploys, survives SIGKILL and starts again on the same port', async () => {
    await nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'tab' },
      source('second', 'tab', ['sink2']),
      sink('sink2', 'tab'),
    ])
    await nodeRed.kill()
    await nodeRed.restart()
    nodeRed.send('second', { payload: 'again' })
    assert.equal((await nodeRed.received('sink2'))[0]?.['payload'], 'again')
  })
})
