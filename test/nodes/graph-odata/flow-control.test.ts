import assert from 'node:assert/strict'
import type { FlowNode } from '../../support/node-red-process'
import {
  codeOf,
  deployNode,
  graphOf,
  partsOf,
  payloadOf,
  type NodeUnderTest,
  join,
} from '../../support/node-under-test'
import { tenantAndNodeRed } from '../../support/tenant-and-node-red'

const at = { z: 'tab', x: 0, y: 0 }

describe('a graph odata node and the flow behind it', () => {
  const local = tenantAndNodeRed()

  const deploy = async (properties: Record<string, unknown>, behind?: (out: string) => FlowNode[]) =>
    deployNode(local.nodeRed, local.tenant, properties, behind === undefined ? {} : { behind })

  const pagesAsked = (): number =>
    local.tenant.graph.control.requests.filter(({ url }) => url.includes('/users')).length

  describe('core join puts together', () => {
    for (const output of ['item', 'page'] as const) {
      for (const limit of [1, 2, 95]) {
        it(`${output} output of ${limit} rows`, async () => {
          const node = await deploy({ entity: 'users', select: 'id', pageSize: '30', limit, output }, join)
          node.send()
          const [message] = await local.nodeRed.received(node.out)
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
      const joined = await local.nodeRed.received(node.out, 2)
      assert.deepEqual(new Set(joined.map(({ topic }) => topic)), new Set(['g', 'u']))
      for (const message of joined) assert.equal(payloadOf<unknown[]>(message).length, 10)
    })
  })

  it('puts a sequence inside a sequence, which two join nodes put together again', async () => {
    const node = await deployNode(
      local.nodeRed,
      local.tenant,
      { entity: 'payload', entityType: 'msg', select: 'id', limit: 4, pageSize: '3', output: 'item' },
      {
        behind: (out) => [
          { ...at, id: 'inner', type: 'join', mode: 'auto', accumulate: false, wires: [['outer']] },
          { ...at, id: 'outer', type: 'join', mode: 'auto', accumulate: false, wires: [[out]] },
        ],
      },
    )
    // As core's split sends it.
    for (const [index, payload] of ['users', 'groups'].entries()) {
      node.send({ payload, parts: { id: 'split', type: 'array', count: 2, len: 1, index } })
    }
    const [message] = await local.nodeRed.received(node.out)
    assert.deepEqual(
      payloadOf<unknown[][]>(message).map((rows) => rows.length),
      [4, 4],
    )
    assert.equal(message?.['parts'], undefined)
  })

  describe('preferences', () => {
    const preferring = {
      entity: 'me/mailFolders/inbox/messages',
      select: 'subject',
      pageSize: '5',
      output: 'page',
      timeZone: 'Europe/Berlin',
      textBody: true,
      immutableIds: true,
    }
    const PREFER =
      'odata.maxpagesize=5, outlook.timezone="Europe/Berlin", outlook.body-content-type="text", IdType="ImmutableId"'

    const prefer = (): unknown[] =>
      local.tenant.graph.control.requests
        .filter(({ url }) => url.includes('/messages'))
        .map(({ headers }) => headers['prefer'])

    it('go with every page', async () => {
      const node = await deploy(preferring)
      node.send()
      await local.nodeRed.received(node.complete)
      assert.ok(prefer().length > 2)
      assert.deepEqual(new Set(prefer()), new Set([PREFER]))
    })

    it('go with the pages that are read after an error, and on demand', async () => {
      const node = await deploy({ ...preferring, limit: 20 })
      local.tenant.graph.control.failNext(/skip/u, { status: 501, headers: {}, body: '' })
      node.send()
      const [caught] = await local.nodeRed.received(node.caught)
      node.send(caught)
      await local.nodeRed.received(node.complete)
      assert.equal(prefer().length, 5)
      const waiting = await deploy({ ...preferring, paging: 'demand' })
      waiting.send()
      for (let pages = 1; pages < 3; pages += 1)
        waiting.send((await local.nodeRed.received(waiting.out, pages)).at(-1))
      await local.nodeRed.received(waiting.out, 3)
      assert.equal(prefer().length, 8)
      assert.deepEqual(new Set(prefer()), new Set([PREFER]))
    })
  })

  describe('page on demand', () => {
    async function demand(): Promise<NodeUnderTest> {
      return deploy({ entity: 'users', select: 'id', pageSize: '80', output: 'page', paging: 'demand' })
    }

    it('sends a page and asks for the next one only when it comes back', async () => {
      const node = await demand()
      node.send({ parts: { id: 'outer', index: 0 } })
      const [first] = await local.nodeRed.received(node.out)
      await local.nodeRed.received(node.complete)
      assert.equal(pagesAsked(), 1)
      assert.equal(payloadOf<unknown[]>(first).length, 80)
      assert.ok(graphOf(first).nextLink?.startsWith(local.tenant.graph.origin))

      node.send({ ...first, payload: 'changed' })
      const [, second] = await local.nodeRed.received(node.out, 2)
      node.send(second)
      const [, , third] = await local.nodeRed.received(node.out, 3)
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
      const [last] = await local.nodeRed.received(node.out)
      const asked = pagesAsked()
      node.send(last)
      await local.nodeRed.received(node.complete, 2)
      assert.equal(pagesAsked(), asked)
      assert.equal(local.nodeRed.messages(node.out).length, 1)
    })

    it('refuses a link to another host in a message that says it comes back', async () => {
      const node = await demand()
      node.send({ graph: { node: node.id, nextLink: 'http://127.0.0.1:1/steal' } })
      const [caught] = await local.nodeRed.received(node.caught)
      assert.equal(codeOf(caught), 'linkToOtherHost')
    })
  })

  describe('a read that breaks', () => {
    for (const output of ['item', 'page'] as const) {
      it(`goes on with every row once when its error is fed back (${output})`, async () => {
        local.tenant.graph.control.failNext(/skiptoken/u, { status: 501, headers: {}, body: '' }, 1)
        const node = await deploy({ entity: 'users', select: 'id', pageSize: '50', output })
        node.send({ topic: 'kept' })
        const [caught] = await local.nodeRed.received(node.caught)
        assert.ok(graphOf(caught).nextLink?.includes('skiptoken'))
        assert.equal(graphOf(caught).rows, 50)
        const arrived = local.nodeRed.messages(node.out).length
        assert.equal(arrived, output === 'item' ? 50 : 1)

        node.send(caught)
        await local.nodeRed.received(node.complete)
        const all = local.nodeRed.messages(node.out)
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
      local.tenant.graph.control.failNext(/skiptoken/u, { status: 501, headers: {}, body: '' }, 1)
      const node = await deploy({ entity: 'users', pageSize: '50' })
      node.send()
      const [caught] = await local.nodeRed.received(node.caught)
      assert.equal(graphOf(caught).nextLink, undefined)
      assert.deepEqual(local.nodeRed.messages(node.out), [])
    })
  })

  describe('advanced queries', () => {
    const consistency = (): (string | undefined)[] =>
      local.tenant.graph.control.requests
        .filter(({ url }) => url.includes('/users'))
        .map(({ headers }) => headers['consistencylevel'] as string | undefined)

    it('are recognised, and their header goes with every page', async () => {
      const node = await deploy({ entity: 'users', filter: "jobTitle ne 'x'", pageSize: '50', select: 'id' })
      node.send()
      const [message] = await local.nodeRed.received(node.out)
      assert.ok(payloadOf<unknown[]>(message).length > 100)
      assert.equal(graphOf(message).count, payloadOf<unknown[]>(message).length)
      assert.ok(consistency().length > 2)
      assert.ok(consistency().every((value) => value === 'eventual'))
    })

    it('are a cast with any other option, and whatever is said to be one', async () => {
      const groups = await deploy({ entity: 'groups', limit: 1, consistency: 'on' })
      groups.send()
      const [some] = await local.nodeRed.received(groups.out)
      assert.match(graphOf(some).url ?? '', /\?\$count=true$/u)
      assert.ok((graphOf(some).count ?? 0) > 1)
      const node = await deploy({
        entity: 'groups/{group}/members/microsoft.graph.user',
        params: [{ name: 'group', value: 'payload', type: 'msg' }],
        select: 'displayName',
      })
      node.send({ payload: payloadOf<{ id: string }[]>(some)[0]?.id })
      const [members] = await local.nodeRed.received(node.out)
      assert.ok(payloadOf<unknown[]>(members).length > 0)
    })

    it('are left alone where that is switched off', async () => {
      const node = await deploy({ entity: 'users', filter: "jobTitle ne 'x'", consistency: 'off' })
      node.send()
      const [caught] = await local.nodeRed.received(node.caught)
      assert.equal(codeOf(caught), 'Request_UnsupportedQuery')
      assert.deepEqual(consistency(), [undefined])
    })
  })
})
