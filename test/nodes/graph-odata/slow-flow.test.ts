import assert from 'node:assert/strict'
import { functionNode, source, type FlowNode } from '../../support/node-red-process'
import { deployNode, payloadOf, type NodeUnderTest, join } from '../../support/node-under-test'
import { tenantAndNodeRed } from '../../support/tenant-and-node-red'
import { until } from '../../support/until'

const at = { z: 'tab', x: 0, y: 0 }

/** A node that takes so many messages at once, and the others when it is sent `{ open: true }` from `opener`. */
const gate =
  (takes: number) =>
  (out: string): FlowNode[] => [
    {
      ...at,
      id: 'gate',
      type: 'function',
      func: `const waiting = context.get('waiting') ?? []
      context.set('waiting', waiting)
      const taken = (context.get('taken') ?? 0) + 1
      context.set('taken', taken)
      global.get('testSink')('gate of ' + '${out}', { payload: taken })
      if (taken > ${takes} && !msg.open && !context.get('open')) {
        waiting.push(() => { node.send(msg); node.done() })
        return
      }
      if (msg.open) {
        context.set('open', true)
        for (const pass of waiting.splice(0)) pass()
      } else node.send(msg)
      node.done()`,
      outputs: 1,
      libs: [],
      wires: [[out]],
    },
    source('opener', 'tab', ['gate']),
  ]

/** A node that takes one message after another, four in a millisecond, and says how many are waiting. */
const oneByOne = (out: string): FlowNode[] => [
  {
    ...at,
    id: 'one',
    type: 'function',
    func: `const queue = context.get('queue') ?? []
    context.set('queue', queue)
    queue.push(() => { node.send({ ...msg, waiting: queue.length }); node.done() })
    if (queue.length > 1) return
    const began = Date.now()
    let taken = 0
    const timer = setInterval(() => {
      for (; taken < (Date.now() - began) * 4 && queue.length > 0; taken += 1) queue.shift()()
      if (queue.length === 0) clearInterval(timer)
    }, 1)`,
    outputs: 1,
    libs: [],
    wires: [[out]],
  },
]

describe('a flow that is slower than the read', () => {
  const local = tenantAndNodeRed()
  const large = tenantAndNodeRed({ users: 3000 })

  const deploy = async (properties: Record<string, unknown>, behind?: (out: string) => FlowNode[]) =>
    deployNode(local.nodeRed, local.tenant, properties, behind === undefined ? {} : { behind })

  const pagesAsked = (): number =>
    local.tenant.graph.control.requests.filter(({ url }) => url.includes('/users')).length

  describe('a slow flow', () => {
    const slow = { entity: 'users', select: 'id', pageSize: '10', output: 'item', inFlight: 5 }

    const arrived = (node: NodeUnderTest): number => local.nodeRed.messages(`gate of ${node.out}`).length

    const texts = (node: NodeUnderTest): string[] =>
      local.nodeRed.messages(node.status).map(({ status }) => (status as { text: string }).text)

    /** Two pages are sent but for one row: five of their messages are unfinished, so the next page waits in the node. */
    async function heldBack(): Promise<NodeUnderTest> {
      const node = await deploy(slow, gate(14))
      node.send()
      await local.nodeRed.received(node.out, 14)
      await local.nodeRed.received(node.status, 2)
      await new Promise((resolve) => setTimeout(resolve, 100))
      return node
    }

    it('holds the next page back, with at most two of them in the node, and gets every row', async () => {
      const node = await heldBack()
      assert.ok(pagesAsked() >= 3 && pagesAsked() <= 4, `${pagesAsked()} pages were asked for`)
      await until(() => texts(node).at(-1) === '20 rows, flow busy')
      local.nodeRed.send('opener', { open: true })
      await local.nodeRed.received(node.complete)
      const all = await local.nodeRed.received(node.out, 200)
      assert.equal(new Set(all.map((message) => payloadOf<{ id: string }>(message).id)).size, 200)
      assert.match(texts(node).at(-1) ?? '', /^200 rows$/u)
    })

    it('gets one page more after five seconds in which it has finished nothing', async () => {
      const node = await heldBack()
      assert.equal(arrived(node), 19)
      const since = Date.now()
      await local.nodeRed.received(`gate of ${node.out}`, 20, 8000)
      assert.ok(Date.now() - since > 4000)
      await local.nodeRed.received(`gate of ${node.out}`, 29)
      await until(() => texts(node).at(-1) === '30 rows, flow busy')
      assert.equal(arrived(node), 29)
    })

    it('is not waited for where one of its nodes never says that it has finished anything', async () => {
      const node = await deploy(slow, gate(0))
      node.send()
      await local.nodeRed.received(node.complete, 1, 4000)
      await local.nodeRed.received(`gate of ${node.out}`, 200)
    })

    it('is not waited for any longer when the read is cancelled', async () => {
      const node = await heldBack()
      const since = Date.now()
      node.send({ cancel: true })
      await local.nodeRed.received(node.complete, 2, 3000)
      assert.ok(Date.now() - since < 1000)
      assert.ok(pagesAsked() <= 4)
      assert.deepEqual(local.nodeRed.messages(node.caught), [])
    })

    it('is not waited for any longer when the node is closed', async () => {
      await heldBack()
      const asked = pagesAsked()
      await local.nodeRed.deploy([])
      await new Promise((resolve) => setTimeout(resolve, 100))
      assert.equal(pagesAsked(), asked)
    })

    it('is not waited for where that is switched off', async () => {
      const node = await deploy({ ...slow, inFlight: 0 }, gate(0))
      node.send()
      await local.nodeRed.received(node.complete)
      assert.equal(pagesAsked(), 20)
      assert.deepEqual(local.nodeRed.messages(node.out), [])
    })

    it('is given no more of a page than keeps it busy, and gets every row', async () => {
      const many = { entity: 'users', select: 'id', pageSize: '999', output: 'item' }
      const node = await deployNode(large.nodeRed, large.tenant, many, { behind: oneByOne })
      node.send()
      const busy = (): boolean =>
        large.nodeRed
          .messages(node.status)
          .some(({ status }) => (status as { text: string }).text.endsWith('flow busy'))
      await until(busy)
      await large.nodeRed.received(node.complete, 1, 15_000)
      const rows = await large.nodeRed.received(node.out, 3000, 15_000)
      assert.equal(new Set(rows.map((message) => payloadOf<{ id: string }>(message).id)).size, 3000)
      const waiting = rows.slice(1000).map(({ waiting: others }) => Number(others))
      // A window of 256, or twice that while this is tried, and what is sent in one turn.
      assert.ok(Math.max(...waiting) < 256 * 2 + 101, `${Math.max(...waiting)} rows waited in the flow`)
    })

    it('gets what it collects though a message goes round in it meanwhile', async () => {
      const collecting = (out: string): FlowNode[] => [
        functionNode('both', 'tab', {
          func: `if (!context.get('sent')) { context.set('sent', true); node.send([null, { ...msg }]) }
          return [msg, null]`,
          outputs: 2,
          wires: [['batch'], ['round']],
        }),
        { ...at, id: 'batch', type: 'batch', mode: 'count', count: 600, overlap: 0, wires: [[out]] },
        {
          ...at,
          id: 'round',
          type: 'delay',
          pauseType: 'delay',
          timeout: '20',
          timeoutUnits: 'milliseconds',
          wires: [['again']],
        },
        functionNode('again', 'tab', { func: 'return msg', outputs: 1, wires: [['round']] }),
      ]
      const many = { entity: 'users', select: 'id', pageSize: '100', output: 'item' }
      const node = await deployNode(large.nodeRed, large.tenant, many, { behind: collecting })
      node.send()
      await large.nodeRed.received(node.complete, 1, 10_000)
      assert.equal((await large.nodeRed.received(node.out, 3000, 10_000)).length, 3000)
    })

    it('never blocks a flow that collects', async () => {
      const node = await deploy(slow, join)
      node.send()
      const [message] = await local.nodeRed.received(node.out)
      assert.equal(payloadOf<unknown[]>(message).length, 200)
    })
  })

  describe('hooks into the flow', () => {
    const set =
      "msg.payload = ['preDeliver', 'onComplete'].map((at) => global.get('testHook')(at + '.graph-odata'))"
    const paged = { entity: 'users', select: 'id', pageSize: '50', output: 'item' }

    const probe = (out: string): FlowNode[] => [
      functionNode('probe', 'tab', { func: `${set}; return msg`, outputs: 1, wires: [[out]] }),
      source('ask', 'tab', ['answer']),
      functionNode('answer', 'tab', {
        func: `${set}; global.get('testSink')('hooks', msg)`,
        outputs: 0,
        wires: [],
      }),
    ]

    async function hooksNow(): Promise<boolean[]> {
      const before = local.nodeRed.messages('hooks').length
      local.nodeRed.send('ask', {})
      return payloadOf((await local.nodeRed.received('hooks', before + 1)).at(-1))
    }

    it('while a read runs, and not any longer', async () => {
      const node = await deploy(paged, probe)
      assert.deepEqual(await hooksNow(), [false, false])
      node.send()
      const [row] = await local.nodeRed.received(node.out)
      assert.deepEqual(row?.['payload'], [true, true])
      await local.nodeRed.received(node.complete)
      assert.deepEqual(await hooksNow(), [false, false])
    })

    it('until the last of several reads has ended, however it ended', async () => {
      const node = await deploy(paged, probe)
      local.tenant.graph.control.failNext(/skiptoken/u, { status: 501, headers: {}, body: '' })
      local.tenant.graph.control.delay = 40
      node.send()
      node.send()
      await local.nodeRed.received(node.caught)
      assert.deepEqual(await hooksNow(), [true, true])
      node.send({ cancel: true })
      await local.nodeRed.received(node.complete, 2)
      assert.deepEqual(await hooksNow(), [false, false])
    })

    it('not at all where nothing is to be held back', async () => {
      const node = await deploy({ ...paged, inFlight: 0 }, probe)
      node.send()
      const rows = await local.nodeRed.received(node.out, 200)
      assert.deepEqual(rows.at(-1)?.['payload'], [false, false])
    })
  })
})
