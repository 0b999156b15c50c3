import assert from 'node:assert/strict'
import { startNodeRed, type FlowNode, type NodeRedProcess } from '../../support/node-red-process'
import { codeOf, deployNode, graphOf, payloadOf, type FlowMessage } from '../../support/node-under-test'
import { ScriptedService, type Reply } from '../../support/scripted-service'
import { until } from '../../support/until'

const payloads = (messages: readonly FlowMessage[]): unknown[] =>
  messages.map((message) => payloadOf<unknown>(message))

describe('a graph odata node whose service', () => {
  const service = new ScriptedService()
  let nodeRed: NodeRedProcess

  before(async () => {
    await service.start()
    nodeRed = await startNodeRed({
      settings: { contextStorage: { default: { module: 'memory' }, disk: { module: 'localfilesystem' } } },
    })
  })
  after(async () => {
    await nodeRed?.dispose()
    await service.close()
  })

  const deploy = async (properties: Record<string, unknown>) => {
    const connection: FlowNode = {
      id: 'connection',
      type: 'graph-connection',
      cloud: 'custom',
      grantType: 'none',
      serviceUrl: `${service.origin}/v1.0`,
      maxRetries: '0',
    }
    return deployNode(nodeRed, undefined, { entity: 'rows', output: 'item', ...properties }, { connection })
  }

  const link = (path: string): string => `${service.origin}/v1.0/${path}`
  const page = (value: unknown, next?: unknown): Reply => [
    200,
    { value, ...(next === undefined ? {} : { '@odata.nextLink': next }) },
  ]
  const refusal: Reply = [400, { error: { code: 'refused' } }]

  describe('nests collections', () => {
    const nested = { followNested: true }
    const begun = (id: string): object => ({ id, x: [1], 'x@odata.nextLink': link(`rows/${id}/x`) })

    it('and fails inside a page, which is read again as a whole when the error is fed back', async () => {
      const node = await deploy(nested)
      service.answers(page([{ id: 'a' }], link('p2')), page([begun('b')], link('p3')), refusal, refusal)
      node.send()
      const [caught] = await nodeRed.received(node.caught)
      assert.equal(graphOf(caught).nextLink, link('p2'))
      // The page behind is fetched meanwhile.
      const byPath: Reply = (response, { url }) => {
        const value = url.endsWith('/x') ? [2] : url.endsWith('/p3') ? [{ id: 'c' }] : [begun('b')]
        const next = url.endsWith('/p2') ? { '@odata.nextLink': link('p3') } : {}
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify({ value, ...next }))
      }
      service.answers(byPath, byPath, byPath)
      node.send(caught)
      await nodeRed.received(node.complete)
      assert.deepEqual(payloads(nodeRed.messages(node.out)), [
        { id: 'a' },
        { id: 'b', x: [1, 2] },
        { id: 'c' },
      ])
    })

    it('of which one is missing, though the collection itself is there', async () => {
      const node = await deploy({ ...nested, notFound: 'empty', output: 'array' })
      service.answers(page([begun('a')]), [404, { error: { code: 'itemNotFound' } }])
      node.send()
      const [caught] = await nodeRed.received(node.caught)
      assert.equal(codeOf(caught), 'itemNotFound')
      assert.deepEqual(nodeRed.messages(node.out), [])
    })

    const broken: [what: string, code: string, reply: () => Reply][] = [
      ['answers with no page', 'pageExpected', () => [200, { id: 'x' }]],
      ['answers with nothing', 'pageExpected', () => [204]],
      ['leads back', 'linkLoop', () => page([2], link('rows/a/x'))],
      ['leads elsewhere', 'linkToOtherHost', () => page([2], 'http://127.0.0.1:1/')],
      ['is no link', 'linkInvalid', () => page([2], { next: true })],
    ]
    for (const [what, code, reply] of broken) {
      it(`and whose nested link ${what}`, async () => {
        const node = await deploy({ ...nested, output: 'array' })
        service.answers(page([begun('a')]), reply(), reply())
        node.send()
        const [caught] = await nodeRed.received(node.caught)
        assert.equal(codeOf(caught), code)
      })
    }

    it('inside an object, at every depth, and behind a property that is not there', async () => {
      const node = await deploy({ ...nested, output: 'array' })
      const deep = { one: { 'many@odata.nextLink': link('many') }, 'x@odata.count': 2 }
      service.answers(page([deep]), page([{ y: [], 'y@odata.nextLink': link('y') }]), page(['z']))
      node.send()
      const [message] = await nodeRed.received(node.out)
      assert.deepEqual(message?.['payload'], [{ one: { many: [{ y: ['z'] }] }, 'x@odata.count': 2 }])
    })
  })

  describe('fails in the middle of a read', () => {
    it('with a limit, which counts the rows that came before', async () => {
      const node = await deploy({ limit: 3 })
      service.answers(page(['a', 'b'], link('p2')), refusal)
      node.send()
      const [caught] = await nodeRed.received(node.caught)
      service.answers(page(['c', 'd'], link('p3')))
      node.send(caught)
      await nodeRed.received(node.complete)
      assert.deepEqual(payloads(nodeRed.messages(node.out)), ['a', 'b', 'c'])
      assert.deepEqual(service.asked, ['GET /v1.0/p2'])
    })

    it('at its first page, which is asked for again where pages are waited for', async () => {
      const node = await deploy({ output: 'page', paging: 'demand' })
      service.answers(refusal, page(['a']))
      node.send({ parts: { id: 'outer', index: 7 } })
      const [caught] = await nodeRed.received(node.caught)
      node.send(caught)
      assert.deepEqual(payloads(await nodeRed.received(node.out)), [['a']])
    })

    it('by a link that leads nowhere, with no link to go on from', async () => {
      const node = await deploy({})
      for (const next of [
        5,
        { to: 'x' },
        'http://127.0.0.1:1/',
        `${service.origin.replace('//', '//u:p@')}/x`,
      ]) {
        const before = nodeRed.messages(node.caught).length
        service.answers(page(['a'], next))
        node.send({ parts: { id: 'outer', index: 7 } })
        const caught = (await nodeRed.received(node.caught, before + 1)).at(-1)
        assert.match(codeOf(caught) ?? '', /^link(?:Invalid|ToOtherHost)$/u)
        assert.equal(graphOf(caught).nextLink, undefined)
        assert.equal(graphOf(caught).rows, 1)
        assert.deepEqual(caught?.['parts'], { id: 'outer', index: 7 })
      }
      assert.equal(nodeRed.messages(node.out).length, 4)
    })

    it('with a limit, page by page on demand', async () => {
      const node = await deploy({ output: 'page', paging: 'demand', limit: 5 })
      service.answers(page([1, 2], link('p2')), page([3, 4], link('p3')), page([5, 6], link('p4')))
      node.send()
      for (let count = 1; count <= 3; count += 1) {
        const last = (await nodeRed.received(node.out, count)).at(-1)
        node.send(last)
      }
      await nodeRed.received(node.complete, 4)
      assert.deepEqual(payloads(nodeRed.messages(node.out)), [[1, 2], [3, 4], [5]])
      assert.equal(service.seen.length, 3)
    })
  })

  it('sends rows that are none, behind a message that wants nothing of it', async () => {
    const node = await deploy({ annotations: 'strip', followNested: true })
    const rows = [1, null, 'text', [[]], true, { __proto__x: 1 }, {}]
    service.answers([200, { '@odata.count': 'many', value: rows }])
    node.send({ cancel: false, reset: true, topic: 'kept' })
    await nodeRed.received(node.complete)
    const sent = nodeRed.messages(node.out)
    assert.deepEqual(payloads(sent), rows)
    assert.ok(sent.every((message) => message['topic'] === 'kept'))
    assert.ok(sent.every((message) => !('cancel' in message) && !('reset' in message)))
  })

  describe('tells changes', () => {
    const changes = { operation: 'changes', store: 'disk' }
    const last = (value: unknown, deltaLink: string): Reply => [200, { value, '@odata.deltaLink': deltaLink }]

    it('and sends whoever comes back elsewhere, or round in a circle: they are read from the beginning', async () => {
      const node = await deploy(changes)
      let rounds = 0
      const round = async (...replies: Reply[]): Promise<string[]> => {
        service.answers(...replies)
        node.send()
        rounds += 1
        await nodeRed.received(node.complete, rounds)
        return service.asked
      }
      const gone = (location: string): Reply => [410, { error: { code: 'resyncRequired' } }, { location }]
      assert.deepEqual(await round(last(['a'], link('d1'))), ['GET /v1.0/rows/delta'])
      assert.deepEqual(await round(gone('http://127.0.0.1:1/'), last(['a'], link('d2'))), [
        'GET /v1.0/d1',
        'GET /v1.0/rows/delta',
      ])
      assert.deepEqual(await round(gone('/v1.0/again?token='), last(['a'], link('d3'))), [
        'GET /v1.0/d2',
        'GET /v1.0/again?token=',
      ])
      assert.deepEqual(await round(gone(link('d3')), gone(link('d3')), last(['a'], link('d4'))), [
        'GET /v1.0/d3',
        'GET /v1.0/d3',
        'GET /v1.0/rows/delta',
      ])
      assert.equal(nodeRed.messages(node.out).length, 4)
      assert.equal(graphOf(nodeRed.messages(node.out)[1]).resync, 'apply')
    })

    it('and forgets again and again, which is an error', async () => {
      const node = await deploy(changes)
      const gone: Reply = [410, { error: { code: 'resyncRequired' } }]
      service.answers(gone, gone, gone, gone)
      node.send()
      const [caught] = await nodeRed.received(node.caught)
      assert.equal(codeOf(caught), 'resyncRequired')
      assert.equal(service.seen.length, 2)
    })

    it('in pages of which one is empty: what was not sent yet is told again after a stop', async () => {
      const node = await deploy(changes)
      const never: Reply = () => undefined
      service.answers(page(['a'], link('p2')), page(['b'], link('p3')), page([], link('p4')), never)
      node.send()
      await nodeRed.received(node.out)
      await until(() => service.seen.length === 4)
      node.send({ cancel: true })
      await nodeRed.received(node.complete, 2)
      assert.deepEqual(payloads(nodeRed.messages(node.out)), ['a'])
      service.answers(last(['b'], link('d1')))
      node.send()
      await nodeRed.received(node.complete, 3)
      assert.deepEqual(service.asked, ['GET /v1.0/p2'])
      assert.deepEqual(payloads(nodeRed.messages(node.out)), ['a', 'b'])
    })

    it('of which none is cut off by a limit, nor marked for a property that says nothing', async () => {
      const node = await deploy({ ...changes, limit: 1 })
      const rows = [
        { id: 1, deleted: null },
        { id: 2, deleted: false },
        { id: 3, deleted: {} },
      ]
      service.answers([200, { value: rows, '@odata.deltaLink': link('d0'), '@odata.nextLink': link('p2') }])
      service.answers(
        [200, { value: rows, '@odata.deltaLink': link('d0'), '@odata.nextLink': link('p2') }],
        last([4], link('d1')),
      )
      node.send()
      await nodeRed.received(node.complete)
      assert.deepEqual(payloads(nodeRed.messages(node.out)), [
        ...rows.slice(0, 2),
        { id: 3, deleted: {}, '@removed': { reason: 'deleted' } },
        4,
      ])
      assert.equal(graphOf(nodeRed.messages(node.out).at(-1)).deltaLink, link('d1'))
    })

    it('and a link for the next time that leads elsewhere, which is never kept', async () => {
      const node = await deploy({ ...changes, entity: 'others' })
      service.answers(last(['a'], 'http://127.0.0.1:1/delta'))
      node.send()
      const [caught] = await nodeRed.received(node.caught)
      assert.equal(codeOf(caught), 'linkToOtherHost')
      service.answers(last(['a'], link('d1')))
      node.send()
      await nodeRed.received(node.complete)
      assert.deepEqual(service.asked, ['GET /v1.0/others/delta'])
    })
  })
})
