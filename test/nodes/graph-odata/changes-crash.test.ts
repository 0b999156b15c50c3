import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { startTenant, type LocalTenant } from '../../../sandbox'
import { demoConnection } from '../../support/demo-connection'
import { functionNode, source, startNodeRed, type NodeRedProcess } from '../../support/node-red-process'

/** `CRASHES=long` for the many that a release wants. */
const CRASHES = process.env['CRASHES'] === 'long' ? 50 : 4

describe('changes that are confirmed by the flow', () => {
  let tenant: LocalTenant
  let nodeRed: NodeRedProcess

  before(async () => {
    tenant = await startTenant({ users: 40 })
    nodeRed = await startNodeRed({
      settings: {
        contextStorage: { default: { module: 'localfilesystem', config: { flushInterval: 0 } } },
      },
    })
  })
  after(async () => {
    await nodeRed?.dispose()
    await tenant?.close()
  })

  it(`are never lost, whenever Node-RED is killed (${CRASHES} times)`, async function () {
    this.timeout(20_000 + CRASHES * 5000)
    const known = new Map<string, string>()
    await nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'changes' },
      demoConnection(tenant),
      source('start', 'tab', ['changes']),
      {
        id: 'changes',
        type: 'graph-odata',
        z: 'tab',
        x: 0,
        y: 0,
        connection: 'connection',
        operation: 'changes',
        entity: 'users',
        select: 'jobTitle',
        output: 'item',
        pageSize: '7',
        checkpoint: 'confirmed',
        wires: [['take over']],
      },
      // Takes a row over into another system, and confirms the run with its last row.
      functionNode('take over', 'tab', {
        func: "global.get('testSink')('taken', msg); return msg.graph.deltaLink ? msg : null",
        outputs: 1,
        wires: [['changes']],
      }),
    ])
    const ids = await firstRun(nodeRed)
    for (let crash = 0; crash < CRASHES; crash += 1) {
      const taken = nodeRed.messages('taken').length
      // Another order of users each time, so that what is lost is not changed again at once.
      for (let step = 0; step < 3; step += 1) {
        const id = ids[(crash * 3 + step) % ids.length] ?? ''
        known.set(id, `Title ${crash}.${step}`)
        tenant.graph.control.change('users', id, { jobTitle: `Title ${crash}.${step}` })
      }
      nodeRed.send('start', {})
      if (crash % 2 === 0) await nodeRed.received('taken', taken + 1)
      await wait(crash % 5)
      await nodeRed.kill()
      await nodeRed.restart()
    }
    const before = nodeRed.messages('taken').length
    const last = ids.at(-1) ?? ''
    known.set(last, 'the end')
    tenant.graph.control.change('users', last, { jobTitle: 'the end' })
    nodeRed.send('start', {})
    await nodeRed.received('taken', before + 1)
    await wait(200)
    const taken = new Map(
      nodeRed
        .messages('taken')
        .map(rowOf)
        .map(({ id, jobTitle }) => [id, jobTitle]),
    )
    for (const [id, title] of known) assert.equal(taken.get(id), title)
  })

  async function firstRun(running: NodeRedProcess): Promise<string[]> {
    running.send('start', {})
    return (await running.received('taken', 40)).map((message) => rowOf(message).id)
  }
})

function rowOf(message: Readonly<Record<string, unknown>>): { id: string; jobTitle: string } {
  return message['payload'] as { id: string; jobTitle: string }
}
