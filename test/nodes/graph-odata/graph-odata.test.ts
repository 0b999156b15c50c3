import assert from 'node:assert/strict'
import { startTenant } from '../../../sandbox'
import { apps, demoAccounts, demoPassword } from '../../../sandbox/contoso/tenant'
import { demoConnection } from '../../support/demo-connection'
import type { FlowNode } from '../../support/node-red-process'
import {
  deployNode,
  graphOf,
  payloadOf,
  type FlowMessage,
  type Graph,
  type NodeUnderTest,
} from '../../support/node-under-test'
import { tenantAndNodeRed } from '../../support/tenant-and-node-red'

const [adele, , alex] = demoAccounts
const key = adele?.userPrincipalName ?? ''

describe('a graph odata node', () => {
  const local = tenantAndNodeRed()

  const deploy = async (properties: Record<string, unknown>, connection?: FlowNode): Promise<NodeUnderTest> =>
    deployNode(local.nodeRed, local.tenant, properties, connection === undefined ? {} : { connection })

  async function sent(
    properties: Record<string, unknown>,
    message: FlowMessage = {},
    count = 1,
  ): Promise<readonly FlowMessage[]> {
    const run = await deploy(properties)
    run.send(message)
    await local.nodeRed.received(run.complete).catch((error: unknown) => {
      throw new Error(JSON.stringify(local.nodeRed.messages(run.caught)) + String(error))
    })
    return local.nodeRed.received(run.out, count)
  }

  async function refused(
    properties: Record<string, unknown>,
    message: FlowMessage = {},
    connection?: FlowNode,
  ) {
    const run = await deploy(properties, connection)
    run.send(message)
    const [caught] = await local.nodeRed.received(run.caught)
    assert.ok(caught !== undefined)
    assert.deepEqual(local.nodeRed.messages(run.out), [])
    const text = JSON.stringify([caught, local.nodeRed.messages(run.status)]) + local.nodeRed.log()
    for (const secret of [apps.web.secrets[0], demoPassword, 'Bearer', 'eyJ']) {
      assert.equal(text.includes(secret), false, `${secret} stands in ${text}`)
    }
    const error = caught['error'] as { message: string; code?: string; cause?: unknown }
    assert.equal(error.cause, undefined)
    return { code: error.code, message: error.message, graph: caught['graph'] as Graph }
  }

  describe('reads', () => {
    it('an entity, all its pages, as one array', async () => {
      local.tenant.graph.control.pageSize = 30
      const [message] = await sent({ entity: 'users' }, { topic: 'kept' })
      const users = payloadOf<{ id: string }[]>(message)
      assert.equal(users.length, 200)
      assert.equal(new Set(users.map(({ id }) => id)).size, 200)
      assert.equal(message?.['topic'], 'kept')
      const { requestId, node, ...graph } = graphOf(message)
      assert.match(requestId ?? '', /^[0-9a-f-]{36}$/u)
      assert.match(node, /^node\d+$/u)
      assert.deepEqual(graph, {
        operation: 'read',
        url: `${local.tenant.graph.origin}/v1.0/users`,
        statusCode: 200,
        rows: 200,
      })
    })

    it('one item by its key', async () => {
      const [message] = await sent(
        { entity: 'users', key: 'payload.upn', keyType: 'msg' },
        { payload: { upn: key } },
      )
      assert.equal(payloadOf<{ userPrincipalName: string }>(message).userPrincipalName, key)
      assert.equal(message?.['parts'], undefined)
    })

    it('what belongs to the signed-in user by the append URL me/{entity}', async () => {
      const messages = await sent(
        { entity: 'messages', appendUrl: 'me/{entity}', select: 'subject', limit: '3', output: 'item' },
        {},
        3,
      )
      assert.deepEqual(
        messages.map(({ parts }) => [(parts as Graph & { index: number }).index, (parts as Graph).count]),
        [
          [0, undefined],
          [1, undefined],
          [2, 3],
        ],
      )
      assert.ok(messages.every((message) => 'subject' in payloadOf<object>(message)))
    })

    it('pages', async () => {
      const messages = await sent({ entity: 'users', select: 'id', pageSize: '80', output: 'page' }, {}, 3)
      assert.deepEqual(
        messages.map((message) => payloadOf<unknown[]>(message).length),
        [80, 80, 40],
      )
    })

    it('with every option of the query', async () => {
      const [message] = await sent({
        entity: 'users',
        select: 'id,displayName,mail',
        filter: 'startswith(displayName,{prefix}) and accountEnabled eq {on}',
        params: [
          { name: 'prefix', value: 'A', type: 'str' },
          { name: 'on', value: 'true', type: 'bool' },
        ],
        orderby: 'displayName',
        count: true,
        headers: [{ name: 'ConsistencyLevel', value: 'eventual', type: 'str' }],
        query: '{"$top":5}',
      })
      const users = payloadOf<{ displayName: string }[]>(message)
      assert.ok(users.length > 0)
      assert.ok(users.every(({ displayName }) => displayName.startsWith('A')))
      assert.equal(graphOf(message).count, users.length)
    })

    it('with a quote in a value, which stays a value', async () => {
      const [message] = await sent(
        {
          entity: 'users',
          filter: 'displayName eq {name}',
          params: [{ name: 'name', value: 'payload', type: 'msg' }],
        },
        { payload: "x' or displayName ne 'y" },
      )
      assert.deepEqual(payloadOf(message), [])
    })

    it('what the message says where the node says nothing', async () => {
      const [message] = await sent(
        {},
        { entity: 'users', key: alex?.id, appendUrl: 'manager', query: { $select: 'displayName' } },
      )
      assert.equal(typeof payloadOf<{ displayName: string }>(message).displayName, 'string')
      assert.ok(graphOf(message).url?.endsWith('/manager?$select=displayName'))
    })

    it('nothing of the message where the node says it', async () => {
      const [message] = await sent(
        { entity: 'users', limit: 1 },
        { entity: 'groups', key: 'x', query: { $top: 'x' } },
      )
      assert.equal(graphOf(message).url, `${local.tenant.graph.origin}/v1.0/users`)
    })

    it('a number, a text and bytes', async () => {
      const header = [{ name: 'ConsistencyLevel', value: 'eventual', type: 'str' }]
      assert.equal(payloadOf((await sent({ entity: 'users', appendUrl: '$count', headers: header }))[0]), 200)
      const [name] = await sent({ entity: 'users', key, appendUrl: 'displayName/$value' })
      assert.equal(payloadOf(name), adele?.displayName)
      const [photo] = await sent({ entity: 'users', key, appendUrl: 'photo/$value' })
      assert.ok(Buffer.isBuffer(payloadOf(photo)) || payloadOf(photo) instanceof Uint8Array)
    })

    it('an open service without a token', async () => {
      const connection = demoConnection(local.tenant, {
        grantType: 'none',
        serviceUrl: local.tenant.graph.openService,
        credentials: {},
      })
      const run = await deploy({ entity: 'Products' }, connection)
      run.send()
      const [message] = await local.nodeRed.received(run.out)
      assert.ok(payloadOf<unknown[]>(message).length > 0)
      assert.ok(local.tenant.graph.control.requests.every(({ authorized }) => !authorized))
    })

    it('as an application', async () => {
      const run = await deploy(
        { entity: 'groups' },
        demoConnection(local.tenant, { grantType: 'client_credentials' }),
      )
      run.send()
      const [message] = await local.nodeRed.received(run.out)
      assert.ok(payloadOf<unknown[]>(message).length > 0)
    })

    it('many messages at once, each with its own answer', async () => {
      const run = await deploy({ entity: 'users', key: 'payload', keyType: 'msg' })
      for (const account of demoAccounts) {
        run.send({ payload: account.id, topic: account.displayName })
      }
      const received = await local.nodeRed.received(run.out, demoAccounts.length)
      for (const message of received) {
        assert.equal(payloadOf<{ displayName: string }>(message).displayName, message['topic'])
      }
      await local.nodeRed.received(run.complete, demoAccounts.length)
    })

    it('nothing where nothing is there and that is no error', async () => {
      const [message] = await sent({ entity: 'users', key: 'nobody@contoso.com', notFound: 'empty' })
      assert.deepEqual(payloadOf(message), [])
      assert.equal(graphOf(message).statusCode, 404)
    })
  })

  it('shows its progress, and how many rows it was in the end', async () => {
    local.tenant.graph.control.pageSize = 10
    local.tenant.graph.control.delay = 30
    const run = await deploy({ entity: 'users', output: 'item', select: 'id' })
    run.send()
    await local.nodeRed.received(run.complete)
    const shown = local.nodeRed
      .messages(run.status)
      .map(({ status }) => status as { text: string; fill: string })
    assert.equal(shown.at(-1)?.text, '200 rows')
    assert.equal(shown.at(-1)?.fill, 'green')
    const progress = shown.filter(({ fill }) => fill === 'blue')
    assert.ok(progress.length >= 2, JSON.stringify(shown))
    assert.ok(progress.some(({ text }) => /^\d+ rows$/u.test(text)))
  })

  it('tells a Complete node how many rows there were, once', async () => {
    const run = await deploy({ entity: 'users', output: 'item', select: 'id' })
    run.send({ topic: 't' })
    await local.nodeRed.received(run.out, 200)
    const completed = await local.nodeRed.received(run.complete)
    assert.equal(completed.length, 1)
    assert.equal(graphOf(completed[0]).rows, 200)
    assert.equal(completed[0]?.['topic'], 't')
  })

  it('stops reading when it is cancelled, and finishes what it had begun', async () => {
    local.tenant.graph.control.pageSize = 1
    local.tenant.graph.control.delay = 20
    const run = await deploy({ entity: 'users', output: 'item' })
    run.send()
    await local.nodeRed.received(run.out, 3)
    run.send({ cancel: true })
    await local.nodeRed.received(run.complete, 2)
    assert.deepEqual(local.nodeRed.messages(run.caught), [])
    assert.ok(local.nodeRed.messages(run.out).length < 100)
  })

  it('stops reading when it is deployed anew', async () => {
    local.tenant.graph.control.pageSize = 1
    local.tenant.graph.control.delay = 20
    const run = await deploy({ entity: 'users', output: 'item' })
    run.send()
    await local.nodeRed.received(run.out, 3)
    await deploy({ entity: 'users' })
    const asked = local.tenant.graph.control.requests.length
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.equal(local.tenant.graph.control.requests.length, asked)
  })

  describe('refuses in clear words', () => {
    it('a missing connection', async () => {
      const { code, message } = await refused({ entity: 'users', connection: '' })
      assert.equal(code, 'connectionMissing')
      assert.match(message, /Choose one/u)
    })

    const fields: [
      what: string,
      code: string,
      says: RegExp,
      properties: Record<string, unknown>,
      message?: FlowMessage,
    ][] = [
      ['a missing entity', 'entityMissing', /entity/iu, {}],
      [
        'a key that the message does not hold',
        'fieldEmpty',
        /Key.*msg\.payload\.id/u,
        { entity: 'users', key: 'payload.id', keyType: 'msg' },
      ],
      ['a key of ..', 'unsafePath', /Key.*\.\./u, { entity: 'users', key: '..' }],
      [
        'an append URL to another host',
        'otherHost',
        /evil\.example/u,
        { appendUrl: 'https://evil.example/x' },
      ],
      ['an unfilled placeholder', 'placeholderUnfilled', /\{id\}/u, { appendUrl: 'groups/{id}' }],
      ['mustache', 'mustache', /\{\{payload\}\}/u, { entity: 'users/{{payload}}' }],
      [
        'a page size that is no number',
        'notAWholeNumber',
        /Page size.*many/u,
        { entity: 'users', pageSize: 'many' },
      ],
      [
        'JSONata that does not parse',
        'fieldInvalid',
        /Key/u,
        { entity: 'users', key: '$$$(', keyType: 'jsonata' },
      ],
      ['an unknown operation', 'propertyInvalid', /Operation.*fly/iu, { entity: 'users', operation: 'fly' }],
    ]
    for (const [what, code, says, properties, message] of fields) {
      it(what, async () => {
        const asked = local.tenant.graph.control.requests.length
        const error = await refused(properties, message)
        assert.equal(error.code, code)
        assert.match(error.message, says)
        assert.equal(local.tenant.graph.control.requests.length, asked)
      })
    }

    it("what the service refuses, with Graph's code, message and request id", async () => {
      const { code, message, graph } = await refused({ entity: 'users', key: 'nobody@contoso.com' })
      assert.equal(code, 'Request_ResourceNotFound')
      assert.equal(graph.statusCode, 404)
      assert.match(graph.requestId ?? '', /^[0-9a-f-]{36}$/u)
      assert.match(message, /nobody@contoso\.com/u)
      assert.ok(message.includes(graph.requestId ?? '?'))
    })

    for (const odd of ["O'Hara", 'a/b', 'a#b', '100%', 'a b', 'Zoë', '日本']) {
      it(`a user that is not there, whose key is ${odd}`, async () => {
        const { code, message } = await refused({ entity: 'users', key: odd })
        assert.equal(code, 'Request_ResourceNotFound')
        assert.ok(message.includes(odd), message)
      })
    }

    it('a permission that is missing', async () => {
      const connection = demoConnection(local.tenant, {
        grantType: 'client_credentials',
        clientId: apps.unprivileged.clientId,
        credentials: { clientSecret: apps.unprivileged.secrets[0] },
      })
      const { code, graph } = await refused({ entity: 'users' }, {}, connection)
      assert.equal(code, 'Authorization_RequestDenied')
      assert.equal(graph.statusCode, 403)
    })

    const secrets: [what: string, code: string, clientSecret: string][] = [
      ['a wrong client secret', 'clientSecretWrong', 'wrong'],
      ['an expired client secret', 'clientSecretExpired', apps.web.expiredSecret],
    ]
    for (const [what, code, clientSecret] of secrets) {
      it(what, async () => {
        const error = await refused(
          { entity: 'users' },
          {},
          demoConnection(local.tenant, { credentials: { clientSecret } }),
        )
        assert.equal(error.code, code)
        assert.match(error.message, /client secret/iu)
      })
    }

    it('HTML instead of data', async () => {
      const page = { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>' }
      local.tenant.graph.control.failNext('/users', page, 2)
      const { code, message } = await refused({ entity: 'users' })
      assert.equal(code, 'htmlAnswer')
      assert.match(message, /web page/u)
    })

    it('an error without a code', async () => {
      local.tenant.graph.control.failNext('/users', { status: 418, headers: {}, body: '' })
      assert.equal((await refused({ entity: 'users' })).code, 'HTTP_418')
    })

    it('a service that is down', async () => {
      const gone = await startTenant()
      const connection = demoConnection(gone)
      await gone.close()
      const { code, message } = await refused({ entity: 'users' }, {}, connection)
      assert.equal(code, 'serviceUnreachable')
      assert.match(message, /127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)/u)
    })

    it('a second page that fails, after the rows that came', async () => {
      local.tenant.graph.control.pageSize = 50
      local.tenant.graph.control.failNext(/skiptoken/u, { status: 501, headers: {}, body: '' })
      const run = await deploy({ entity: 'users', output: 'item' })
      run.send()
      await local.nodeRed.received(run.caught)
      assert.deepEqual(local.nodeRed.messages(run.complete), [])
      assert.equal(local.nodeRed.messages(run.out).length, 50)
    })
  })

  describe('survives a message that', () => {
    const hostile: [what: string, func: string][] = [
      [
        'has a graph that cannot be set',
        "Object.defineProperty(msg, 'graph', { value: 1, writable: false })",
      ],
      [
        'throws when it is copied',
        "Object.defineProperty(msg, 'x', { enumerable: true, get() { throw Error('no') } })",
      ],
    ]
    for (const [what, func] of hostile) {
      it(what, async () => {
        const run = await deployNode(
          local.nodeRed,
          local.tenant,
          { entity: 'users', key: 'nobody@contoso.com' },
          { before: func },
        )
        run.send()
        await new Promise((resolve) => setTimeout(resolve, 300))
        assert.equal((await local.nodeRed.adminFetch('/settings')).status, 200)
      })
    }
  })

  it('does not ask to sign in again where that would not help', async () => {
    const gone = await startTenant()
    const connection = demoConnection(gone, { grantType: 'client_credentials' })
    await gone.close()
    const run = await deploy({ entity: 'users' }, connection)
    run.send()
    await local.nodeRed.received(run.caught)
    const shown = local.nodeRed.messages(run.status).map(({ status }) => (status as { text: string }).text)
    assert.equal(shown.at(-1), 'failed')
    assert.doesNotMatch(shown.join(), /sign in/)
  })

  it('never let a rejection or an exception through', () => {
    assert.doesNotMatch(local.nodeRed.log(), /unhandled|uncaught|TypeError/iu)
  })
})
