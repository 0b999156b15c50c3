import assert from 'node:assert/strict'
import { demoConnection } from '../../support/demo-connection'
import { startLocalServer, type LocalServer } from '../../support/local-server'
import { codeOf, deployNode, graphOf, payloadOf, type FlowMessage } from '../../support/node-under-test'
import { tenantAndNodeRed } from '../../support/tenant-and-node-red'

interface Row {
  readonly id: string
}

const idsOf = (messages: readonly FlowMessage[]): string[] =>
  messages.flatMap((message) => payloadOf<Row | Row[]>(message)).map(({ id }) => id)

describe('a graph odata node that reads a collection', () => {
  const local = tenantAndNodeRed()

  const users = { entity: 'users', select: 'id', pageSize: '50' }

  it('goes on with another token when the first is revoked in the middle', async () => {
    local.tenant.graph.control.failNext(/skiptoken/u, { status: 401, body: {} })
    const node = await deployNode(local.nodeRed, local.tenant, { ...users, output: 'item' })
    node.send()
    await local.nodeRed.received(node.complete)
    assert.equal(new Set(idsOf(local.nodeRed.messages(node.out))).size, 200)
  })

  it('says where to go on when no other token helps', async () => {
    local.tenant.graph.control.failNext(/skiptoken/u, { status: 401, body: {} }, 4)
    const node = await deployNode(local.nodeRed, local.tenant, { ...users, output: 'page' })
    node.send()
    const [caught] = await local.nodeRed.received(node.caught)
    assert.equal(graphOf(caught).statusCode, 401)
    assert.equal(graphOf(caught).rows, 50)
    node.send(caught)
    await local.nodeRed.received(node.complete)
    assert.equal(new Set(idsOf(local.nodeRed.messages(node.out))).size, 200)
  })

  it('sends each row of each page once, though the collection changes meanwhile', async () => {
    const node = await deployNode(local.nodeRed, local.tenant, { ...users, output: 'page', paging: 'demand' })
    node.send()
    const [first] = await local.nodeRed.received(node.out)
    const [gone = ''] = idsOf([first ?? {}])
    local.tenant.graph.control.remove('users', gone)
    const added = local.tenant.graph.control.add('users', {
      displayName: 'Zoë Later',
      userPrincipalName: 'zoe.later@contoso.onmicrosoft.com',
    })
    for (let page = 1; page <= 3; page += 1) {
      node.send(local.nodeRed.messages(node.out)[page - 1])
      await local.nodeRed.received(node.out, page + 1)
    }
    const pages = local.nodeRed.messages(node.out)
    const ids = idsOf(pages)
    assert.equal(new Set(ids).size, ids.length)
    assert.ok(ids.includes(gone))
    const last = pages.at(-1)
    if (graphOf(last).nextLink !== undefined) {
      node.send(last)
      await local.nodeRed.received(node.out, 5)
    }
    assert.ok(idsOf(local.nodeRed.messages(node.out)).includes(String(added['id'])))
  })

  it('takes empty pages and annotations behind the rows for what they are', async () => {
    local.tenant.graph.control.emptyPage = 2
    local.tenant.graph.control.annotationsLast = true
    const node = await deployNode(local.nodeRed, local.tenant, { ...users, count: true, output: 'page' })
    node.send()
    await local.nodeRed.received(node.complete)
    const pages = local.nodeRed.messages(node.out)
    assert.equal(pages.length, 4)
    assert.equal(new Set(idsOf(pages)).size, 200)
    assert.equal(graphOf(pages[0]).count, 200)
  })

  it('asks through a batch what is too long for an address', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `user ${index} of those who are looked for`)
    const node = await deployNode(local.nodeRed, local.tenant, {
      ...users,
      filter: 'displayName in {names}',
      params: [{ name: 'names', value: 'payload', type: 'msg' }],
    })
    node.send({ payload: [...ids, 'Adele Vance'] })
    const [message] = await local.nodeRed.received(node.out)
    assert.equal(idsOf([message ?? {}]).length, 1)
    assert.ok((graphOf(message).url?.length ?? 0) > 8192)
    assert.deepEqual(
      local.tenant.graph.control.requests
        .filter(({ url }) => url.startsWith('/v1.0/'))
        .map(({ method, url }) => `${method} ${url}`)
        .slice(0, 1),
      ['POST /v1.0/$batch'],
    )
  })

  const links: [what: string, code: string, link: string][] = [
    ['that leads back', 'linkLoop', ''],
    ['to another host', 'linkToOtherHost', 'https://graph.example/v1.0/users'],
    ['that is no address', 'linkInvalid', '/v1.0/users?page=2'],
  ]
  for (const [what, code, link] of links) {
    it(`sends the rows in front of a link ${what}, then says so`, async () => {
      const node = await deployNode(local.nodeRed, local.tenant, { ...users, output: 'item' })
      let seen = ''
      local.tenant.graph.control.rewriteLink = (own) => {
        seen ||= own
        return link === '' ? seen : link
      }
      node.send()
      const [caught] = await local.nodeRed.received(node.caught)
      assert.equal(codeOf(caught), code)
      assert.ok(local.nodeRed.messages(node.out).length >= 50)
      assert.ok(local.tenant.graph.control.requests.every(({ url }) => !url.includes('example')))
    })
  }

  describe('from a service that', () => {
    let service: LocalServer
    let second: () => { type?: string; body: string | Buffer; cut?: boolean }

    before(async () => {
      service = await startLocalServer((request, response) => {
        const page = request.url?.includes('page=2') === true
        const rows = { value: [{ id: 'a' }], '@odata.nextLink': `${service.origin}/odata/rows?page=2` }
        const { type, body, cut } = page ? second() : { body: JSON.stringify(rows) }
        response.writeHead(200, {
          'content-type': type ?? 'application/json',
          'content-length': Buffer.byteLength(body) + (cut === true ? 10 : 0),
        })
        if (cut === true) response.write(body, () => response.socket?.destroy())
        else response.end(body)
      })
    })
    after(async () => service?.close())

    const open = () =>
      demoConnection(local.tenant, {
        grantType: 'none',
        cloud: 'custom',
        serviceUrl: `${service.origin}/odata`,
      })

    const secondPages: [what: string, code: string, page: { type?: string; body: string; cut?: boolean }][] =
      [
        ['cuts a page in the middle', 'answerCut', { body: '{"value":[{"id":"b"},{"id"', cut: true }],
        ['sends half a page as if it were whole', 'notJson', { body: '{"value":[{"id":"b"},{"id"' }],
        ['sends no JSON', 'notJson', { body: 'value' }],
        ['sends a web page', 'htmlAnswer', { type: 'text/html', body: '<html></html>' }],
        ['sends a page without rows', 'pageExpected', { body: '{"@odata.context":"$metadata#rows"}' }],
        ['sends rows that are no list', 'pageExpected', { body: '{"value":{"id":"b"}}' }],
      ]
    for (const [what, code, page] of secondPages) {
      it(what, async () => {
        second = () => page
        const node = await deployNode(
          local.nodeRed,
          local.tenant,
          { entity: 'rows', output: 'item' },
          { connection: open() },
        )
        node.send()
        const [caught] = await local.nodeRed.received(node.caught)
        assert.equal(codeOf(caught), code)
        assert.deepEqual(idsOf(local.nodeRed.messages(node.out)), ['a'])
        assert.ok(graphOf(caught).nextLink?.endsWith('page=2'))
        second = () => ({ body: '{"value":[{"id":"c"}]}' })
        node.send(caught)
        await local.nodeRed.received(node.complete)
        assert.deepEqual(idsOf(local.nodeRed.messages(node.out)), ['a', 'c'])
      })
    }

    it('sends a page of 70 MB, which is more than is allowed until one allows it', async () => {
      const row = JSON.stringify({ id: 'big', text: 'x'.repeat(1_000_000) })
      const body = Buffer.from(`{"value":[${Array.from({ length: 70 }, () => row).join()}]}`)
      second = () => ({ body })
      const read = async (changes: Record<string, unknown>) => {
        const connection = { ...open(), ...changes }
        const node = await deployNode(
          local.nodeRed,
          local.tenant,
          { entity: 'rows', output: 'item' },
          {
            connection,
            // What the test wants to know of a row is its size.
            behind: (out) => [
              {
                id: 'size',
                type: 'function',
                z: 'tab',
                x: 0,
                y: 0,
                func: 'msg.payload = { id: msg.payload.id, size: (msg.payload.text ?? "").length }; return msg',
                outputs: 1,
                libs: [],
                wires: [[out]],
              },
            ],
          },
        )
        node.send()
        return node
      }
      const refused = await read({})
      const [caught] = await local.nodeRed.received(refused.caught)
      assert.equal(codeOf(caught), 'responseTooLarge')
      assert.match(JSON.stringify(caught?.['error']), /larger than 64 MB/u)
      const allowed = await read({ maxResponseSize: 75 })
      const sizes = (await local.nodeRed.received(allowed.out, 71)).map(
        (message) => payloadOf<{ size: number }>(message).size,
      )
      assert.deepEqual(sizes, [0, ...Array.from({ length: 70 }, () => 1_000_000)])
    })
  })
})
