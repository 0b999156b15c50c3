import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { startTenant, type LocalTenant } from '../../../sandbox'
import { demoConnection } from '../../support/demo-connection'
import { functionNode, source, startNodeRed, type NodeRedProcess } from '../../support/node-red-process'

const USERS = 40

/** `CRASHES=long` for the many that a release wants. */
const CRASHES = process.env['CRASHES'] === 'long' ? 50 : 5

/**
 * Rows that the flow has taken over when the plug is pulled: none, in the first page, in a later one, and all of them,
 * when the confirmation is on its way.
 */
const ROWS_BEFORE_CRASH = [12, 0, 3, 9, 13] as const

describe('changes that are confirmed by the flow', () => {
  let tenant: LocalTenant
  let nodeRed: NodeRedProcess

  before(async () => {
    tenant = await startTenant({ users: USERS })
    nodeRed = await startNodeRed({
      settings: {
        contextStorage: {
          default: { module: 'localfilesystem', config: { flushInterval: 0 } },
          memory: { module: 'memory' },
        },
      },
    })
  })
  after(async () => {
    await nodeRed?.dispose()
    await tenant?.close()
  })

  it(`are never lost, whenever Node-RED is killed (${CRASHES} times)`, async function () {
    this.timeout(20_000 + CRASHES * 5000)
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
        pageSize: '5',
        checkpoint: 'confirmed',
        wires: [['take over']],
      },
      // Takes rows over into another system, one by one and slower than they come, and confirms the run with its last.
      functionNode('take over', 'tab', {
        func: `const before = context.get('turn', 'memory') ?? Promise.resolve()
          context.set('turn', before.then(async () => {
            await new Promise((resolve) => setTimeout(resolve, 4))
            global.get('testSink')('taken', msg)
            node.send(msg.graph.deltaLink ? msg : null)
            node.done()
          }), 'memory')`,
        outputs: 1,
        wires: [['changes']],
      }),
    ])
    const known = new Map<string, string>()
    for (let crash = 0; crash < CRASHES; crash += 1) {
      const taken = nodeRed.messages('taken').length
      nodeRed.send('start', {})
      await nodeRed.received('taken', taken + (ROWS_BEFORE_CRASH[crash % ROWS_BEFORE_CRASH.length] ?? 0))
      await wait(crash % 3)
      await nodeRed.kill()
      await nodeRed.restart()
      // The first run of all was among those that were killed: it is to give all users after all.
      if (crash === 0) for (const id of await allUsers(nodeRed)) known.set(id, '')
      // Others each time, so that what is lost is not told again because of a later change.
      for (const [index, id] of [...known.keys()].entries()) {
        if (index % 3 !== crash % 3) continue
        known.set(id, `Title ${crash}.${index}`)
        tenant.graph.control.change('users', id, { jobTitle: `Title ${crash}.${index}` })
      }
    }
    nodeRed.send('start', {})
    const deadline = Date.now() + 5000
    while (missing(known).length > 0 && Date.now() < deadline) await wait(20)
    assert.deepEqual(missing(known), [])
  })

  async function allUsers(running: NodeRedProcess): Promise<string[]> {
    const before = running.messages('taken').length
    running.send('start', {})
    const messages = (await running.received('taken', before + USERS)).slice(before)
    // The confirmation is still on its way.
    await wait(50)
    return messages.map((message) => rowOf(message).id)
  }

  /** What somebody who takes all rows over in their order does not know. */
  function missing(known: ReadonlyMap<string, string>): string[] {
    const rows = nodeRed.messages('taken').map(rowOf)
    const taken = new Map(rows.map(({ id, jobTitle }) => [id, jobTitle]))
    return [...known].filter(([id, title]) => taken.get(id) !== title).map(([id]) => id)
  }
})

function rowOf(message: Readonly<Record<string, unknown>>): { id: string; jobTitle: string } {
  return message['payload'] as { id: string; jobTitle: string }
}
