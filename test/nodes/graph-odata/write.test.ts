import assert from 'node:assert/strict'
import type { GraphFacts } from '../../../nodes/graph-odata/message'
import { startNodeRed, type FlowNode, type NodeRedProcess } from '../../support/node-red-process'
import {
  codeOf,
  deployNode,
  payloadOf,
  type FlowMessage,
  type NodeUnderTest,
} from '../../support/node-under-test'
import { ScriptedService, type Reply } from '../../support/scripted-service'
import { until } from '../../support/until'

const factsOf = (message: FlowMessage | undefined): GraphFacts => message?.['graph'] as GraphFacts
const textOf = (message: FlowMessage | undefined): string =>
  (message?.['error'] as { message?: string } | undefined)?.message ?? ''
const conflict = { error: { code: 'clash', message: 'Another one has this name.' } }

describe('the graph odata node, writing', () => {
  const service = new ScriptedService()
  let nodeRed: NodeRedProcess

  before(async () => {
    await service.start()
    nodeRed = await startNodeRed()
  })
  after(async () => {
    await nodeRed?.dispose()
    await service.close()
  })

  async function deploy(properties: Record<string, unknown>): Promise<NodeUnderTest> {
    const connection: FlowNode = {
      id: 'connection',
      type: 'graph-connection',
      cloud: 'custom',
      serviceUrl: `${service.origin}/v1.0`,
      grantType: 'none',
      maxRetries: '1',
      batch: 'off',
    }
    return deployNode(nodeRed, undefined, properties, { connection })
  }

  const firstOf = async (sink: string): Promise<FlowMessage | undefined> => (await nodeRed.received(sink))[0]

  it('creates what the payload holds, and says where it is', async () => {
    service.answers([
      201,
      { '@odata.etag': 'W/"1"', id: '7', displayName: 'Adele' },
      { location: '/v1.0/users/7', 'request-id': 'r1' },
    ])
    const node = await deploy({ operation: 'create', entity: 'users' })
    node.send({ payload: { displayName: 'Adele' }, topic: 'kept' })
    const sent = await firstOf(node.out)
    assert.deepEqual(payloadOf(sent), { '@odata.etag': 'W/"1"', id: '7', displayName: 'Adele' })
    assert.equal(sent?.['topic'], 'kept')
    assert.deepEqual(factsOf(sent), {
      node: node.id,
      operation: 'create',
      url: `${service.origin}/v1.0/users`,
      statusCode: 201,
      requestId: 'r1',
      etag: 'W/"1"',
      location: `${service.origin}/v1.0/users/7`,
    })
    assert.deepEqual(service.asked, ['POST /v1.0/users'])
    assert.equal(service.seen[0]?.body, '{"displayName":"Adele"}')
  })

  it('leaves the payload as it came where the answer is empty', async () => {
    service.answers([204])
    const node = await deploy({
      operation: 'update',
      entity: 'users',
      key: 'payload.id',
      keyType: 'msg',
      body: '{"jobTitle":"Nurse"}',
      bodyType: 'json',
    })
    node.send({ payload: { id: '7' } })
    assert.deepEqual(payloadOf(await firstOf(node.out)), { id: '7' })
    assert.deepEqual(service.asked, ['PATCH /v1.0/users/7'])
    assert.equal(service.seen[0]?.body, '{"jobTitle":"Nurse"}')
  })

  it('deletes only where that is allowed', async () => {
    service.answers([204])
    const forbidden = await deploy({ operation: 'delete', entity: 'users', key: '7' })
    forbidden.send()
    const caught = await firstOf(forbidden.caught)
    assert.equal(codeOf(caught), 'deleteNotAllowed')
    assert.match(textOf(caught), /Allow delete/u)
    assert.deepEqual(service.asked, [])
    const allowed = await deploy({ operation: 'delete', entity: 'users', key: '7', allowDelete: true })
    allowed.send({ payload: 'kept' })
    assert.equal(payloadOf(await firstOf(allowed.out)), 'kept')
    assert.deepEqual(service.asked, ['DELETE /v1.0/users/7'])
  })

  it('calls an action with parameters or without', async () => {
    service.answers([202], [200, { value: true }])
    const node = await deploy({
      operation: 'call',
      appendUrl: 'users/{user}/{action}',
      params: [
        { name: 'user', value: 'adele@contoso.com', type: 'str' },
        { name: 'action', value: 'topic', type: 'msg' },
      ],
      body: 'payload',
      bodyType: 'msg',
    })
    node.send({ topic: 'sendMail', payload: { message: { subject: 's' } } })
    assert.equal(factsOf(await firstOf(node.out)).statusCode, 202)
    assert.equal(service.seen[0]?.body, '{"message":{"subject":"s"}}')
    const bare = await deploy({ operation: 'call', appendUrl: 'me/revokeSignInSessions', body: '' })
    bare.send({ payload: 1 })
    assert.equal(payloadOf(await firstOf(bare.out)), true)
    assert.equal(service.seen[1]?.body, '')
    assert.equal(service.seen[1].headers['content-type'], undefined)
  })

  it('reads all rows of a function, page by page', async () => {
    service.answers(
      [200, { value: [{ id: 1 }], '@odata.nextLink': `${service.origin}/v1.0/next` }],
      [200, { value: [{ id: 2 }] }],
    )
    const node = await deploy({
      operation: 'call',
      method: 'GET',
      appendUrl: "reports/getX(period='{period}')",
      params: [{ name: 'period', value: 'D7', type: 'str' }],
    })
    node.send()
    const sent = await firstOf(node.out)
    assert.deepEqual(payloadOf(sent), [{ id: 1 }, { id: 2 }])
    assert.equal(factsOf(sent).operation, 'call')
    assert.equal(service.asked[0], "GET /v1.0/reports/getX(period='D7')")
  })

  it('reads all rows of an action, a list as body being one parameter', async () => {
    service.answers(
      [200, { value: [{ id: 1 }], '@odata.nextLink': `${service.origin}/v1.0/next` }],
      [200, { value: [{ id: 2 }] }],
    )
    const node = await deploy({ operation: 'call', appendUrl: 'directoryObjects/getByIds', output: 'item' })
    node.send({ payload: ['1', '2'] })
    const sent = await nodeRed.received(node.out, 2)
    assert.deepEqual(sent.map(payloadOf), [{ id: 1 }, { id: 2 }])
    assert.deepEqual(service.asked, ['POST /v1.0/directoryObjects/getByIds', 'GET /v1.0/next'])
    assert.equal(service.seen[0]?.body, '["1","2"]')
  })

  it('takes the operation from the message', async () => {
    service.answers([204])
    const node = await deploy({ operation: 'message', allowDelete: true })
    node.send({ operation: 'delete', entity: 'users', key: '7' })
    assert.equal(factsOf(await firstOf(node.out)).operation, 'delete')
    assert.deepEqual(service.asked, ['DELETE /v1.0/users/7'])
    node.send({ operation: 'destroy', entity: 'users', key: '7' })
    assert.equal(codeOf(await firstOf(node.caught)), 'operationMissing')
  })

  it('shows the request of a dry run and sends nothing', async () => {
    service.answers()
    const node = await deploy({
      operation: 'upsert',
      appendUrl: 'me/contacts/{id}',
      params: [{ name: 'id', value: 'payload.id', type: 'msg' }],
      headers: [{ name: 'X-Own', value: '1', type: 'str' }],
      answer: 'representation',
      dryRun: true,
    })
    node.send({ payload: { id: '7', '@odata.etag': 'W/"3"' } })
    const request = payloadOf<Record<string, unknown>>(await firstOf(node.out))
    assert.equal(request['method'], 'PATCH')
    assert.equal(request['url'], `${service.origin}/v1.0/me/contacts/7`)
    assert.deepEqual(request['body'], { id: '7' })
    const headers = request['headers'] as Record<string, string>
    assert.equal(headers['prefer'], 'return=representation')
    assert.equal(headers['if-match'], 'W/"3"')
    assert.equal(headers['x-own'], '1')
    assert.equal('authorization' in headers, false)
    const otherwise = request['ifMissing'] as Record<string, unknown>
    assert.equal(otherwise['url'], `${service.origin}/v1.0/me/contacts`)
    assert.deepEqual(service.asked, [])
  })

  it('shows the request of a dry run also of what only reads, where the message says what is done', async () => {
    service.answers()
    const node = await deploy({ operation: 'message', dryRun: true, output: 'item', select: 'id' })
    const shown: unknown[] = []
    for (const operation of ['read', 'changes', 'download']) {
      node.send({ operation, entity: 'me/messages' })
      const message = (await nodeRed.received(node.out, shown.length + 1)).at(-1)
      const { method, url, headers } = payloadOf<{
        method: string
        url: string
        headers: Record<string, string>
      }>(message)
      shown.push([method, url.replace(`${service.origin}/v1.0/`, ''), headers['accept']])
    }
    assert.deepEqual(shown, [
      ['GET', 'me/messages?$select=id', 'application/json'],
      ['GET', 'me/messages/delta?$select=id', 'application/json'],
      ['GET', 'me/messages?$select=id', '*/*'],
    ])
    assert.deepEqual(service.asked, [])
  })

  it('reads although a dry run is left over from another operation', async () => {
    service.answers([200, { value: [{ id: 1 }] }])
    const node = await deploy({ operation: 'read', entity: 'users', dryRun: true })
    node.send()
    assert.deepEqual(payloadOf(await firstOf(node.out)), [{ id: 1 }])
  })

  it('offers the current item of a conflict, so that a flow can write again', async () => {
    const theirs = { '@odata.etag': 'W/"2"', id: '7', displayName: 'Theirs' }
    service.answers([412, conflict], [200, theirs], [204])
    const node = await deploy({ operation: 'update', entity: 'users', key: 'payload.id', keyType: 'msg' })
    node.send({ payload: { id: '7', '@odata.etag': 'W/"1"', displayName: 'Mine' } })
    const caught = await firstOf(node.caught)
    assert.equal(codeOf(caught), 'clash')
    assert.equal(factsOf(caught).statusCode, 412)
    assert.equal(factsOf(caught).etag, 'W/"2"')
    assert.deepEqual(factsOf(caught).current, theirs)
    const { error: _, ...again } = caught ?? {}
    node.send(again)
    assert.equal(factsOf(await firstOf(node.out)).statusCode, 204)
    assert.equal(service.seen[2]?.headers['if-match'], 'W/"2"')
  })

  it('says where nobody knows whether it was written', async () => {
    service.answers((response) => response.socket?.resetAndDestroy())
    const node = await deploy({ operation: 'create', entity: 'users' })
    node.send({ payload: { displayName: 'Adele' } })
    const caught = await firstOf(node.caught)
    assert.equal(factsOf(caught).outcome, 'unknown')
    assert.equal(factsOf(caught).operation, 'create')
  })

  it('says so also where it was cancelled when it had been sent', async () => {
    let arrived: () => void = () => {}
    const there = new Promise<void>((resolve) => (arrived = resolve))
    service.answers(() => arrived())
    const node = await deploy({ operation: 'update', entity: 'users', key: '7' })
    node.send({ payload: { displayName: 'Adele' } })
    await there
    node.send({ cancel: true })
    const finished = await nodeRed.received(node.complete, 2)
    assert.equal(finished.filter((message) => factsOf(message)?.outcome === 'unknown').length, 1)
    assert.deepEqual(nodeRed.messages(node.caught), [])
  })

  it('waits for work that takes longer, and shows how far it is', async () => {
    service.answers(
      [202, undefined, { location: '/op/1', 'retry-after': '0' }],
      [200, { status: 'running', percentageComplete: 40 }, { 'retry-after': '1' }],
      [200, { status: 'succeeded', resourceLocation: '/v1.0/me/drive/items/9' }],
    )
    const node = await deploy({ operation: 'call', appendUrl: 'me/drive/items/1/copy', wait: true })
    node.send({ payload: { name: 'copy' } })
    const sent = await firstOf(node.out)
    assert.equal(factsOf(sent).location, `${service.origin}/v1.0/me/drive/items/9`)
    assert.equal(factsOf(sent).statusCode, 200)
    const shown = nodeRed
      .messages(node.status)
      .map((message) => (message['status'] as { text?: string }).text)
    assert.ok(
      shown.some((text) => text?.includes('40') === true),
      shown.join(', '),
    )
  })

  describe('a list', () => {
    const byKey = { operation: 'update', entity: 'users', key: 'payload.id', keyType: 'msg' }

    it('is written element by element, in their order', async () => {
      service.answers([201, { id: '1' }, { 'request-id': 'r1' }], [201, { id: '2' }, { 'request-id': 'r2' }])
      const node = await deploy({ operation: 'create', entity: 'users' })
      // The second is answered after the first one only because it is asked after it.
      node.send({ payload: [{ name: 'a' }, { name: 'b' }] })
      const sent = await firstOf(node.out)
      const results = factsOf(sent).results ?? []
      assert.deepEqual(
        payloadOf<{ id: string }[]>(sent)
          .map(({ id }) => id)
          .sort(),
        ['1', '2'],
      )
      assert.deepEqual(
        results.map(({ statusCode }) => statusCode),
        [201, 201],
      )
      assert.equal(factsOf(sent).failed, 0)
      assert.equal(factsOf(sent).rows, 2)
      await nodeRed.received(node.complete)
      assert.deepEqual(nodeRed.messages(node.caught), [])
    })

    it('evaluates every field with its element as payload', async () => {
      service.answers(...Array.from({ length: 3 }, (): Reply => [204]))
      const node = await deploy({ ...byKey, body: 'rows', bodyType: 'msg' })
      node.send({ rows: [{ id: 'a' }, { id: 'b' }, { id: 'c' }], payload: 'other' })
      const sent = await firstOf(node.out)
      assert.deepEqual(
        service.asked.sort(),
        ['a', 'b', 'c'].map((id) => `PATCH /v1.0/users/${id}`),
      )
      // Answers without content leave the elements as they came.
      assert.deepEqual(payloadOf(sent), [{ id: 'a' }, { id: 'b' }, { id: 'c' }])
    })

    it('that is written in part is sent on, and is an error that says which failed and why', async () => {
      const byUrl: Reply = (response, { url }) => {
        const failed = url.endsWith('/b')
        response.writeHead(failed ? 409 : 204, { 'content-type': 'application/json' })
        response.end(failed ? JSON.stringify(conflict) : undefined)
      }
      service.answers(byUrl, byUrl, byUrl)
      const node = await deploy(byKey)
      node.send({ payload: [{ id: 'a' }, { id: 'b' }, { name: 'without id' }, { id: 'c' }] })
      const sent = await firstOf(node.out)
      const caught = await firstOf(node.caught)
      for (const message of [sent, caught]) {
        const { results = [], failed, rows } = factsOf(message)
        assert.equal(failed, 2)
        assert.equal(rows, 2)
        assert.deepEqual(
          results.map(({ statusCode, code }) => [statusCode, code]),
          [
            [204, undefined],
            [409, 'clash'],
            [undefined, 'fieldEmpty'],
            [204, undefined],
          ],
        )
        assert.match(results[1]?.message ?? '', /Another one has this name/u)
      }
      assert.equal(codeOf(caught), 'partialFailure')
      assert.match(textOf(caught), /2 of 4 /u)
      // What failed is there as it came, to be written again.
      assert.deepEqual(payloadOf<unknown[]>(sent)[1], { id: 'b' })
      assert.deepEqual(payloadOf<unknown[]>(caught)[1], { id: 'b' })
      const shown = nodeRed.messages(node.status).map((message) => message['status'] as { text?: string })
      assert.equal(shown.at(-1)?.text, '2 of 4 failed')
      assert.deepEqual(nodeRed.messages(node.complete), [])
    })

    it('warns of an element that is written, though its answer did not arrive', async () => {
      service.answers((response) => {
        response.writeHead(201, { 'content-type': 'application/json', 'content-length': '50' })
        response.write('{"id"', () => response.destroy())
      })
      const node = await deploy({ operation: 'create', entity: 'users' })
      node.send({ payload: [{ name: 'a' }] })
      const sent = await firstOf(node.out)
      assert.deepEqual([factsOf(sent).failed, payloadOf(sent)], [0, [{ name: 'a' }]])
      await until(() => nodeRed.log().includes(`[graph-odata:${node.id}] It was written, but what`))
    })

    it('that is empty is one message with an empty list', async () => {
      service.answers()
      const node = await deploy({
        operation: 'delete',
        entity: 'users',
        key: 'payload',
        keyType: 'msg',
        allowDelete: true,
      })
      node.send({ payload: [] })
      const sent = await firstOf(node.out)
      assert.deepEqual(payloadOf(sent), [])
      assert.deepEqual(factsOf(sent).results, [])
      assert.deepEqual(service.asked, [])
    })

    it('has no more than a hundred requests on their way, and ends when it is cancelled', async () => {
      let open = 0
      const never: Reply = () => {
        open += 1
      }
      service.answers(...Array.from({ length: 300 }, () => never))
      const node = await deploy(byKey)
      node.send({ payload: Array.from({ length: 300 }, (_, index) => ({ id: String(index) })) })
      await new Promise((resolve) => setTimeout(resolve, 500))
      assert.ok(open > 0 && open <= 100, String(open))
      node.send({ cancel: true })
      const finished = await nodeRed.received(node.complete, 2)
      const stopped = finished.find((message) => Array.isArray(message['payload']))
      assert.equal(factsOf(stopped).results?.[0]?.outcome, 'unknown')
      assert.deepEqual(nodeRed.messages(node.out), [])
      assert.deepEqual(nodeRed.messages(node.caught), [])
    })
  })
})
