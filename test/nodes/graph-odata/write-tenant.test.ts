import assert from 'node:assert/strict'
import { startTenant, type LocalTenant } from '../../../sandbox'
import type { GraphFacts } from '../../../nodes/graph-odata/message'
import { startNodeRed, type NodeRedProcess } from '../../support/node-red-process'
import { demoConnection } from '../../support/demo-connection'
import { codeOf, deployNode, payloadOf, type FlowMessage } from '../../support/node-under-test'

interface Item {
  readonly id: string
  readonly displayName?: string
  readonly '@odata.etag'?: string
}

const factsOf = (message: FlowMessage | undefined): GraphFacts => message?.['graph'] as GraphFacts

const at = (dateTime: string) => ({ dateTime, timeZone: 'UTC' })

describe('a graph odata node that writes to the local tenant', () => {
  let tenant: LocalTenant
  let nodeRed: NodeRedProcess

  before(async () => {
    tenant = await startTenant({ users: 30 })
    nodeRed = await startNodeRed()
  })
  after(async () => {
    await nodeRed?.dispose()
    await tenant?.close()
  })

  /** One message through one node: what it sends, or what a Catch node gets. */
  async function once(
    properties: Record<string, unknown>,
    message: FlowMessage,
    connection: Record<string, unknown> = {},
  ): Promise<FlowMessage | undefined> {
    const node = await deployNode(nodeRed, tenant, properties, {
      connection: demoConnection(tenant, connection),
    })
    node.send(message)
    const [ended] = await Promise.race([nodeRed.received(node.out), nodeRed.received(node.caught)])
    return ended
  }

  const contacts = { entity: 'contacts', appendUrl: 'me/{entity}' }
  const oneContact = { ...contacts, key: 'payload.id', keyType: 'msg' }

  it('creates, changes, and deletes what it created', async () => {
    const created = await once({ operation: 'create', ...contacts }, { payload: { givenName: 'Ada' } })
    assert.equal(factsOf(created).statusCode, 201)
    const { id } = payloadOf<Item>(created)
    const changed = await once(
      { operation: 'update', ...oneContact, answer: 'representation' },
      { payload: { ...payloadOf<object>(created), givenName: 'Augusta' } },
    )
    assert.equal(payloadOf<{ givenName: string }>(changed).givenName, 'Augusta')
    const deleted = await once({ operation: 'delete', ...oneContact, allowDelete: true }, { payload: { id } })
    assert.equal(factsOf(deleted).statusCode, 204)
    assert.equal(factsOf(await once(oneContact, { payload: { id } })).statusCode, 404)
  })

  it('does not write over a change that it has not seen', async () => {
    const created = await once({ operation: 'create', ...contacts }, { payload: { givenName: 'Ada' } })
    const { id, '@odata.etag': version } = payloadOf<Item>(created)
    assert.ok(version !== undefined)
    const read = { id, '@odata.etag': version }
    const update = { operation: 'update', ...oneContact }
    await once(update, { payload: { ...read, givenName: 'Theirs' } })
    const refused = await once(update, { payload: { ...read, givenName: 'Mine' } })
    assert.equal(factsOf(refused).statusCode, 412, JSON.stringify(refused?.['error']))
    const { current, etag } = factsOf(refused)
    assert.equal((current as { givenName: string }).givenName, 'Theirs')
    assert.notEqual(etag, version)
    const { error: _, ...again } = refused ?? {}
    assert.ok((factsOf(await once(update, again)).statusCode ?? 0) < 300)
  })

  it('writes a list in batches, and knows what became of each', async () => {
    const payload = Array.from({ length: 45 }, (_, index) => ({
      givenName: String(index),
      ...(index === 7 ? { noSuchProperty: true } : {}),
    }))
    const sent = await once({ operation: 'create', ...contacts }, { payload }, { batch: 'on' })
    const { results = [], failed } = factsOf(sent)
    assert.equal(failed, 1)
    assert.equal(results.length, 45)
    assert.equal(results[7]?.statusCode, 400)
    const answers = payloadOf<{ givenName: string; id?: string }[]>(sent)
    assert.deepEqual(
      answers.map(({ givenName }) => givenName),
      payload.map(({ givenName }) => givenName),
    )
    assert.equal(answers.filter(({ id }) => id !== undefined).length, 44)
  })

  it('adds a member by its id and removes it again', async () => {
    const created = await once(
      { operation: 'create', entity: 'groups' },
      { payload: { displayName: 'New', mailNickname: 'new', mailEnabled: false, securityEnabled: true } },
    )
    assert.equal(factsOf(created).statusCode, 201, JSON.stringify(created?.['error']))
    const group = payloadOf<Item>(created)
    const [outsider] = payloadOf<Item[]>(await once({ entity: 'users', limit: '1' }, {}))
    assert.ok(outsider !== undefined)
    const links = { entity: 'groups', key: group.id, appendUrl: 'members/$ref' }
    const added = await once({ operation: 'create', ...links }, { payload: outsider })
    assert.equal(factsOf(added).statusCode, 204, JSON.stringify(added?.['error']))
    const twice = await once({ operation: 'create', ...links }, { payload: outsider.id })
    assert.equal(factsOf(twice).statusCode, 400)
    const removed = await once(
      {
        operation: 'delete',
        entity: 'groups',
        key: group.id,
        appendUrl: 'members/{member}/$ref',
        params: [{ name: 'member', value: outsider.id, type: 'str' }],
        allowDelete: true,
      },
      {},
    )
    assert.equal(factsOf(removed).statusCode, 204)
  })

  it('updates or creates, whichever is needed', async () => {
    const upsert = { operation: 'upsert', appendUrl: "applications(uniqueName='{name}')" }
    const params = [{ name: 'name', value: 'topic', type: 'msg' }]
    const body = { displayName: 'Reports' }
    const codes = []
    for (const payload of [body, { ...body, description: 'd' }])
      codes.push(factsOf(await once({ ...upsert, params }, { topic: "it's new", payload })).statusCode)
    assert.deepEqual(codes, [201, 204])
  })

  it('creates a message with what belongs to it, and extends it', async () => {
    const attachment = {
      '@odata.type': '#microsoft.graph.fileAttachment',
      name: 'a.txt',
      contentBytes: 'YQ==',
    }
    const created = await once(
      { operation: 'create', entity: 'me/messages' },
      { payload: { subject: 'With a file', attachments: [attachment] } },
    )
    const message = { entity: 'me/messages', key: payloadOf<Item>(created).id }
    const files = await once({ ...message, appendUrl: 'attachments' }, {})
    assert.deepEqual(
      payloadOf<{ name: string }[]>(files).map(({ name }) => name),
      ['a.txt'],
    )
    const extension = {
      '@odata.type': 'microsoft.graph.openTypeExtension',
      extensionName: 'Com.Contoso.Order',
      state: 'new',
    }
    await once({ operation: 'create', ...message, appendUrl: 'extensions' }, { payload: extension })
    const named = { ...message, appendUrl: 'extensions/Com.Contoso.Order' }
    await once({ operation: 'update', ...named }, { payload: { ...extension, state: 'sent' } })
    assert.equal(payloadOf<{ state: string }>(await once(named, {})).state, 'sent')
    await once({ operation: 'delete', ...named, allowDelete: true }, {})
    assert.equal(factsOf(await once(named, {})).statusCode, 404)
  })

  it('adds twenty members in one request', async () => {
    const group = { displayName: 'Many', mailNickname: 'many', mailEnabled: false, securityEnabled: true }
    const created = await once({ operation: 'create', entity: 'groups' }, { payload: group })
    const many = { entity: 'groups', key: payloadOf<Item>(created).id }
    const users = payloadOf<Item[]>(await once({ entity: 'users', limit: '20', select: 'id' }, {}))
    const members = users.map(({ id }) => `${tenant.graph.origin}/v1.0/directoryObjects/${id}`)
    const added = await once({ operation: 'update', ...many }, { payload: { 'members@odata.bind': members } })
    assert.equal(factsOf(added).statusCode, 204, JSON.stringify(added?.['error']))
    assert.equal(payloadOf<Item[]>(await once({ ...many, appendUrl: 'members' }, {})).length, 20)
  })

  it('changes a task of Planner for the version that was read, or for the newest where none is known', async () => {
    const [task] = payloadOf<(Item & { title: string })[]>(await once({ entity: 'planner/tasks' }, {}))
    assert.ok(task !== undefined)
    const update = { operation: 'update', entity: 'planner/tasks', key: 'payload.id', keyType: 'msg' }
    const { id, '@odata.etag': version } = task
    const read = { id, ...(version === undefined ? {} : { '@odata.etag': version }) }
    assert.equal(factsOf(await once(update, { payload: { ...read, title: 'First' } })).statusCode, 204)
    const late = await once(update, { payload: { ...read, title: 'Late' } })
    assert.equal(factsOf(late).statusCode, 412)
    assert.equal((factsOf(late).current as { title: string }).title, 'First')
    const body = { body: '{"title":"Newest"}', bodyType: 'json' }
    assert.equal(factsOf(await once({ ...update, ...body }, { payload: { id } })).statusCode, 204)
    const now = await once({ entity: 'planner/tasks', key: id }, {})
    assert.equal(payloadOf<{ title: string }>(now).title, 'Newest')
  })

  it('calls actions with a body, and functions with values of every type in their address', async () => {
    const message = { subject: 'Hello', toRecipients: [{ emailAddress: { address: 'a@contoso.com' } }] }
    const sent = await once({ operation: 'call', appendUrl: 'me/sendMail' }, { payload: { message } })
    assert.equal(factsOf(sent).statusCode, 202)
    const wrong = await once({ operation: 'call', appendUrl: 'me/sendMail' }, { payload: { mail: message } })
    assert.equal(factsOf(wrong).statusCode, 400)

    const get = { operation: 'call', method: 'GET' }
    const event = { subject: 'Stocktaking', start: at('2031-05-06T08:00:00'), end: at('2031-05-06T09:00:00') }
    await once({ operation: 'create', entity: 'me/events' }, { payload: event })
    const dates = [
      { name: 'from', value: '$toMillis("2031-05-06T00:00:00Z")~>$fromMillis()', type: 'jsonata' },
      { name: 'to', value: '2031-05-07', type: 'str' },
    ]
    const append = 'me/calendarView?startDateTime={from}&endDateTime={to}'
    const view = await once({ ...get, appendUrl: append, params: dates, select: 'subject' }, {})
    assert.deepEqual(
      payloadOf<{ subject: string }[]>(view).map(({ subject }) => subject),
      ['Stocktaking'],
    )
    const report = 'reports/getOffice365ActiveUserDetail'
    for (const [call, value] of [
      ["period='{value}'", 'D7'],
      ['date={value}', '2026-11-01'],
    ]) {
      const params = [{ name: 'value', value, type: 'str' }]
      const answer = await once({ ...get, appendUrl: `${report}(${call})`, params }, {})
      assert.equal(factsOf(answer).statusCode, 200, JSON.stringify(answer?.['error']))
    }
    const search = "me/drive/root/search(q='{text}')"
    const params = [{ name: 'text', value: "it's", type: 'str' }]
    assert.deepEqual(payloadOf(await once({ ...get, appendUrl: search, params }, {})), [])
  })

  it('waits for a copy that goes on after the answer', async () => {
    const files = payloadOf<(Item & { file?: object })[]>(
      await once({ entity: 'me/drive/root/children' }, {}),
    )
    const file = files.find((item) => item.file !== undefined)
    assert.ok(file !== undefined)
    const copy = { operation: 'call', appendUrl: `me/drive/items/${file.id}/copy`, wait: true }
    const sent = await once(copy, { payload: { name: 'a copy.txt' } })
    assert.equal(codeOf(sent), undefined, JSON.stringify(sent?.['error']))
    assert.equal(payloadOf<{ status: string }>(sent).status, 'completed')
    const names = payloadOf<{ name: string }[]>(await once({ entity: 'me/drive/root/children' }, {}))
    assert.ok(names.some(({ name }) => name === 'a copy.txt'))
  })
})
