import assert from 'node:assert/strict'
import { startTenant, type LocalTenant } from '../../../sandbox'
import { sink, startNodeRed, type FlowNode, type NodeRedProcess } from '../../support/node-red-process'
import {
  codeOf,
  deployNode,
  graphOf,
  partsOf,
  payloadOf,
  type NodeUnderTest,
} from '../../support/node-under-test'

const at = { z: 'tab', x: 0, y: 0 }

/** Core's join node in its automatic mode. */
const join = (out: string): FlowNode[] => [
  { ...at, id: 'join', type: 'join', mode: 'auto', accumulate: false, wires: [[out]] },
]

/** A node that takes one message after another, and its time with each. */
const slowly =
  (milliseconds: number) =>
  (out: string): FlowNode[] => [
    {
      ...at,
      id: 'slow',
      type: 'function',
      func: `const later = () => new Promise((resolve) => setTimeout(resolve, ${milliseconds}))
      const before = context.get('last') ?? Promise.resolve()
      context.set('last', before.then(later).then(() => { node.send(msg); node.done() }))`,
      outputs: 1,
      libs: [],
      wires: [[out]],
    },
  ]

describe('a graph odata node and the flow behind it', () => {
  let tenant: LocalTenant
  let nodeRed: NodeRedProcess

  before(async () => {
    tenant = await startTenant()
    nodeRed = await startNodeRed()
  })
  after(async () => {
    await nodeRed?.dispose()
    await tenant?.close()
  })
  beforeEach(() => tenant.graph.control.reset())

  const deploy = async (properties: Record<string, unknown>, behind?: (out: string) => FlowNode[]) =>
    deployNode(nodeRed, tenant, properties, behind === undefined ? {} : { behind })

  const pagesAsked = (): number =>
    tenant.graph.control.requests.filter(({ url }) => url.includes('/users')).length

  describe('core join puts together', () => {
    for (const output of ['item', 'page'] as const) {
      for (const limit of [1, 2, 95]) {
        it(`${output} output of ${limit} rows`, async () => {
          const node = await deploy({ entity: 'users', select: 'id', pageSize: '30', limit, output }, join)
          node.send()
          const [message] = await nodeRed.received(node.out)
          assert.equal(payloadOf<unknown[]>(message).length, limit)
        })
      }
    }

    it('two runs at once, each for itself', async () => {
      const node = await deploy(
        { entity: 'payload', entityType: 'msg', select: 'id', pageSize: '3', limit: 10, output: 'item' },
        join,
      )
      node.send({ payload: 'users', topic: 'u' })
      node.send({ payload: 'groups', topic: 'g' })
      const joined = await nodeRed.received(node.out, 2)
      assert.deepEqual(new Set(joined.map(({ topic }) => topic)), new Set(['g', 'u']))
      for (const message of joined) assert.equal(payloadOf<unknown[]>(message).length, 10)
    })
  })

  describe('page on demand', () => {
    async function demand(): Promise<NodeUnderTest> {
      return deploy({ entity: 'users', select: 'id', pageSize: '80', output: 'page', paging: 'demand' })
    }

    it('sends a page and asks for the next one only when it comes back', async () => {
      const node = await demand()
      node.send({ parts: { id: 'outer', index: 0 } })
      const [first] = await nodeRed.received(node.out)
      await nodeRed.received(node.complete)
      assert.equal(pagesAsked(), 1)
      assert.equal(payloadOf<unknown[]>(first).length, 80)
      assert.ok(graphOf(first).nextLink?.startsWith(tenant.graph.origin))

      node.send({ ...first, payload: 'changed' })
      const [, second] = await nodeRed.received(node.out, 2)
      node.send(second)
      const [, , third] = await nodeRed.received(node.out, 3)
      assert.equal(pagesAsked(), 3)
      assert.equal(graphOf(third).nextLink, undefined)
      const id = partsOf(first)?.['id']
      assert.deepEqual(
        [first, second, third].map((message) => partsOf(message)),
        [
          { parts: { id: 'outer', index: 0 }, id, index: 0, type: 'array', len: 80 },
          { parts: { id: 'outer', index: 0 }, id, index: 1, type: 'array', len: 80 },
          { parts: { id: 'outer', index: 0 }, id, index: 2, type: 'array', len: 40, count: 3 },
        ],
      )
      assert.equal(graphOf(third).rows, 200)
    })

    it('ends with the last page that comes back, without asking for anything', async () => {
      const node = await deploy({ entity: 'users', limit: 5, output: 'page', paging: 'demand' })
      node.send()
      const [last] = await nodeRed.received(node.out)
      const asked = pagesAsked()
      node.send(last)
      await nodeRed.received(node.complete, 2)
      assert.equal(pagesAsked(), asked)
      assert.equal(nodeRed.messages(node.out).length, 1)
    })

    it('refuses a link to another host in a message that says it comes back', async () => {
      const node = await demand()
      node.send({ graph: { node: node.id, nextLink: 'http://127.0.0.1:1/steal' } })
      const [caught] = await nodeRed.received(node.caught)
      assert.equal(codeOf(caught), 'linkToOtherHost')
    })
  })

  describe('a read that breaks', () => {
    for (const output of ['item', 'page'] as const) {
      it(`goes on with every row once when its error is fed back (${output})`, async () => {
        tenant.graph.control.failNext(/skiptoken/u, { status: 501, headers: {}, body: '' }, 1)
        const node = await deploy({ entity: 'users', select: 'id', pageSize: '50', output })
        node.send({ topic: 'kept' })
        const [caught] = await nodeRed.received(node.caught)
        assert.ok(graphOf(caught).nextLink?.includes('skiptoken'))
        assert.equal(graphOf(caught).rows, 50)
        const arrived = nodeRed.messages(node.out).length
        assert.equal(arrived, output === 'item' ? 50 : 1)

        node.send(caught)
        await nodeRed.received(node.complete)
        const all = nodeRed.messages(node.out)
        const rows = all.flatMap((message) => payloadOf<{ id: string } | { id: string }[]>(message))
        assert.equal(rows.length, 200)
        assert.equal(new Set(rows.map(({ id }) => id)).size, 200)
        assert.deepEqual(
          all.map((message) => partsOf(message)?.['index']),
          all.map((_, index) => index),
        )
        assert.equal(new Set(all.map((message) => partsOf(message)?.['id'])).size, 1)
        assert.equal(partsOf(all.at(-1))?.['count'], all.length)
        assert.equal(all.at(-1)?.['topic'], 'kept')
      })
    }

    it('says no link where all rows would come in one array', async () => {
      tenant.graph.control.failNext(/skiptoken/u, { status: 501, headers: {}, body: '' }, 1)
      const node = await deploy({ entity: 'users', pageSize: '50' })
      node.send()
      const [caught] = await nodeRed.received(node.caught)
      assert.equal(graphOf(caught).nextLink, undefined)
      assert.deepEqual(nodeRed.messages(node.out), [])
    })
  })

  describe('a slow flow', () => {
    it('holds the next page back, and gets every row', async () => {
      const node = await deploy(
        { entity: 'users', select: 'id', pageSize: '10', output: 'item', inFlight: 5 },
        slowly(10),
      )
      node.send()
      await nodeRed.received(node.out, 15)
      assert.ok(pagesAsked() <= 6, `${pagesAsked()} pages were asked for`)
      await nodeRed.received(node.complete, 1, 20_000)
      const all = await nodeRed.received(node.out, 200, 20_000)
      assert.equal(new Set(all.map((message) => payloadOf<{ id: string }>(message).id)).size, 200)
    })

    it('is not waited for where that is switched off', async () => {
      const node = await deploy(
        { entity: 'users', select: 'id', pageSize: '10', output: 'item', inFlight: 0 },
        slowly(50),
      )
      node.send()
      await nodeRed.received(node.complete)
      assert.equal(pagesAsked(), 20)
    })

    it('never blocks a flow that collects', async () => {
      const node = await deploy(
        { entity: 'users', select: 'id', pageSize: '10', output: 'item', inFlight: 5 },
        join,
      )
      node.send()
      const [message] = await nodeRed.received(node.out)
      assert.equal(payloadOf<unknown[]>(message).length, 200)
    })

    it('says so in the status', async () => {
      const node = await deploy(
        { entity: 'users', select: 'id', pageSize: '10', output: 'item', inFlight: 5 },
        slowly(5),
      )
      node.send()
      await nodeRed.received(node.complete)
      const shown = nodeRed.messages(node.status).map(({ status }) => (status as { text: string }).text)
      assert.ok(
        shown.some((text) => text.includes('flow busy')),
        shown.join(),
      )
    })
  })

  describe('advanced queries', () => {
    const consistency = (): (string | undefined)[] =>
      tenant.graph.control.requests
        .filter(({ url }) => url.includes('/users'))
        .map(({ headers }) => headers['consistencylevel'] as string | undefined)

    it('are recognised, and their header goes with every page', async () => {
      const node = await deploy({ entity: 'users', filter: "jobTitle ne 'x'", pageSize: '50', select: 'id' })
      node.send()
      const [message] = await nodeRed.received(node.out)
      assert.ok(payloadOf<unknown[]>(message).length > 100)
      assert.equal(graphOf(message).count, payloadOf<unknown[]>(message).length)
      assert.ok(consistency().length > 2)
      assert.ok(consistency().every((value) => value === 'eventual'))
    })

    it('are left alone where that is switched off', async () => {
      const node = await deploy({ entity: 'users', filter: "jobTitle ne 'x'", consistency: 'off' })
      node.send()
      const [caught] = await nodeRed.received(node.caught)
      assert.equal(codeOf(caught), 'Request_UnsupportedQuery')
      assert.deepEqual(consistency(), [undefined])
    })
  })

  it('counts itself out when a run ends: no hook is left behind', async () => {
    const node = await deploy({ entity: 'users', select: 'id', output: 'item' }, (out) => [
      {
        ...at,
        id: 'probe',
        type: 'function',
        func: 'return msg',
        outputs: 1,
        libs: [],
        wires: [[out]],
      },
      sink('unused', 'tab'),
    ])
    node.send()
    await nodeRed.received(node.out, 200)
    node.send({ payload: 'again' })
    await nodeRed.received(node.out, 400)
    assert.doesNotMatch(nodeRed.log(), /already registered|Hook/u)
  })
})
