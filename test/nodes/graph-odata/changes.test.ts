import assert from 'node:assert/strict'
import { startTenant, type LocalTenant } from '../../../sandbox'
import { demoAccounts, tenantDomain, tenantId } from '../../../sandbox/contoso/tenant'
import { demoConnection } from '../../support/demo-connection'
import { startNodeRed, type FlowNode, type NodeRedProcess } from '../../support/node-red-process'
import {
  codeOf,
  deployNode,
  type DeployOptions,
  graphOf,
  payloadOf,
  type FlowMessage,
} from '../../support/node-under-test'

interface Row {
  readonly id: string
  readonly displayName?: string
  readonly '@removed'?: { reason: string }
}

const [adele, megan, alex] = demoAccounts.map(({ id }) => id)
const idOf = (id: string | undefined): string => id ?? ''

describe('a graph odata node that asks for changes', () => {
  let tenant: LocalTenant
  let nodeRed: NodeRedProcess

  before(async () => {
    tenant = await startTenant({ users: 60 })
    nodeRed = await startNodeRed({
      settings: {
        contextStorage: {
          default: { module: 'memory' },
          disk: { module: 'localfilesystem' },
          soon: { module: 'localfilesystem', config: { dir: 'soon', flushInterval: 0 } },
        },
      },
    })
  })
  after(async () => {
    await nodeRed?.dispose()
    await tenant?.close()
  })
  beforeEach(() => tenant.graph.control.reset())

  async function deploy(properties: Record<string, unknown> = {}, options: DeployOptions = {}) {
    const node = await deployNode(
      nodeRed,
      tenant,
      { operation: 'changes', entity: 'users', select: 'displayName', store: 'disk', ...properties },
      options,
    )
    let finished = 0
    let seen = 0
    /** One run; what it sent. */
    const run = async (message: FlowMessage = {}): Promise<readonly FlowMessage[]> => {
      node.send(message)
      finished += 1
      await nodeRed.received(node.complete, finished)
      const sent = nodeRed.messages(node.out).slice(seen)
      seen += sent.length
      return sent
    }
    return { node, run }
  }

  const rowsOf = (messages: readonly FlowMessage[]): Row[] =>
    messages.flatMap((message) => payloadOf<Row | Row[]>(message))

  it('begins with everything, then tells only what has changed', async () => {
    const { run } = await deploy()
    assert.equal(rowsOf(await run()).length, 60)
    assert.deepEqual(rowsOf(await run()), [])
    tenant.graph.control.change('users', idOf(adele), { displayName: 'Adele Changed' })
    tenant.graph.control.remove('users', idOf(megan))
    const changed = await run()
    const rows = new Map(rowsOf(changed).map((row) => [row.id, row]))
    assert.deepEqual(
      [...rows.keys()].toSorted((a, b) => a.localeCompare(b)),
      [adele, megan],
    )
    assert.equal(rows.get(idOf(adele))?.displayName, 'Adele Changed')
    assert.ok(rows.get(idOf(megan))?.['@removed'] !== undefined)
    assert.equal(graphOf(changed[0]).operation, 'changes')
    assert.ok(graphOf(changed[0]).deltaLink?.startsWith(tenant.graph.origin))
    assert.deepEqual(rowsOf(await run()), [])
  })

  it('begins with now where that is wanted', async () => {
    const { run } = await deploy({ start: 'now' })
    assert.deepEqual(rowsOf(await run()), [])
    tenant.graph.control.change('users', idOf(alex), { displayName: 'Alex Changed' })
    assert.deepEqual(
      rowsOf(await run()).map(({ id }) => id),
      [alex],
    )
  })

  it('begins with now where the service itself has no such beginning, and tells nothing of what was there', async () => {
    const inbox = `users/${adele}/mailFolders/inbox/messages`
    const added = { subject: 'Came later' }
    for (const output of ['array', 'item']) {
      const { run } = await deploy({ entity: inbox, select: 'subject', start: 'now', output, pageSize: '5' })
      assert.deepEqual(rowsOf(await run()), [])
      tenant.graph.control.add(inbox, added)
      assert.equal(rowsOf(await run()).length, 1)
      assert.deepEqual(rowsOf(await run()), [])
    }
  })

  it('begins again with now where it was stopped before it knew where that is', async () => {
    const inbox = `users/${adele}/mailFolders/inbox/messages`
    const { node, run } = await deploy({
      entity: inbox,
      select: 'subject',
      start: 'now',
      output: 'item',
      pageSize: '5',
    })
    tenant.graph.control.failNext(/token=/u, { status: 501, headers: {}, body: '' })
    node.send()
    await nodeRed.received(node.caught)
    assert.deepEqual(rowsOf(await run()), [])
    assert.deepEqual(rowsOf(await run()), [])
  })

  it('begins with now in lists of SharePoint', async () => {
    const list = 'sites/contoso.sharepoint.com:/sites/Operations:/lists/Projects/items'
    const { run } = await deploy({ entity: list, select: '', start: 'now' })
    assert.deepEqual(rowsOf(await run()), [])
    assert.match(tenant.graph.control.requests.at(-1)?.url ?? '', /token=latest/u)
    tenant.graph.control.change(`/${list}`, '3', { fields: { Title: 'Renamed' } })
    assert.equal(rowsOf(await run()).length, 1)
  })

  it('marks what was removed from a drive as it does elsewhere', async () => {
    const { run } = await deploy({ entity: 'me/drive/root', select: '' })
    const before = rowsOf(await run())
    const file = before.find((row) => 'file' in row)
    assert.ok(file !== undefined)
    tenant.graph.control.remove(`users/${adele}/drive/items`, file.id)
    const removed = rowsOf(await run()).find(({ id }) => id === file.id)
    assert.deepEqual(removed?.['@removed'], { reason: 'deleted' })
  })

  it('starts over by itself when the service has forgotten where it was, and says so', async () => {
    const { run } = await deploy({ output: 'item' })
    await run()
    tenant.graph.control.expireDeltaTokens()
    const again = await run()
    assert.equal(rowsOf(again).length, 60)
    assert.ok(again.every((message) => graphOf(message).resync === 'apply'))
    assert.deepEqual(rowsOf(await run()), [])
  })

  it('starts again when the message says so, and keeps that to itself', async () => {
    const { run } = await deploy()
    await run()
    const again = await run({ reset: true, topic: 'kept' })
    assert.equal(rowsOf(again).length, 60)
    assert.equal(again[0]?.['reset'], undefined)
    assert.equal(again[0]?.['topic'], 'kept')
    assert.equal(graphOf(again[0]).resync, undefined)
  })

  it('lets runs of the same query wait for each other', async () => {
    const { node } = await deploy({ output: 'item', pageSize: '10' })
    tenant.graph.control.delay = 20
    node.send({ topic: 'first' })
    node.send({ topic: 'second' })
    await nodeRed.received(node.complete, 2)
    const sent = nodeRed.messages(node.out)
    assert.equal(sent.length, 60)
    assert.deepEqual(new Set(sent.map(({ topic }) => topic)), new Set(['first']))
  })

  it('takes a message of its own that comes back for another run where nothing is to be confirmed', async () => {
    const { run } = await deploy()
    const [first] = await run()
    assert.ok(graphOf(first).deltaLink !== undefined)
    tenant.graph.control.change('users', idOf(adele), { displayName: 'Adele In A Loop' })
    assert.deepEqual(
      rowsOf(await run(first)).map(({ id }) => id),
      [adele],
    )
  })

  it('keeps queries with other preferences apart, also with such as the headers name', async () => {
    const prefer = (value: string) => ({ headers: [{ name: 'Prefer', value, type: 'str' }] })
    const id = 'preferring'
    const rows = async (properties: Record<string, unknown>): Promise<number> => {
      const { run } = await deploy(properties, { id })
      return rowsOf(await run()).length
    }
    assert.equal(await rows({}), 60)
    assert.equal(await rows({}), 0)
    assert.equal(await rows(prefer('return=minimal')), 60)
    assert.equal(await rows({ immutableIds: true }), 60)
    assert.equal(await rows(prefer('return=minimal')), 0)
  })

  it('keeps different queries apart', async () => {
    const { run } = await deploy({ entity: 'payload', entityType: 'msg' })
    assert.equal(rowsOf(await run({ payload: 'users' })).length, 60)
    assert.ok(rowsOf(await run({ payload: 'groups' })).length > 0)
    assert.deepEqual(rowsOf(await run({ payload: 'users' })), [])
  })

  it('goes on after a restart where it was', async () => {
    const { node, run } = await deploy()
    await run()
    await nodeRed.restart()
    tenant.graph.control.change('users', idOf(adele), { displayName: 'Adele Restarted' })
    node.send()
    await nodeRed.received(node.complete, 2)
    assert.deepEqual(
      rowsOf(nodeRed.messages(node.out).slice(1)).map(({ id }) => id),
      [adele],
    )
  })

  it('counts a run as read only when its message comes back, where that is wanted', async () => {
    const { node, run } = await deploy({ checkpoint: 'confirmed', output: 'item' })
    const first = await run()
    const again = await run()
    assert.equal(rowsOf(again).length, 60)
    assert.ok(first.slice(0, -1).every((message) => graphOf(message).deltaLink === undefined))
    const last = again.at(-1)
    assert.ok(graphOf(last).deltaLink !== undefined)
    node.send(last)
    await nodeRed.received(node.complete, 3)
    node.send()
    await nodeRed.received(node.complete, 4)
    assert.equal(nodeRed.messages(node.out).length, 120)
  })

  it('has nothing to wait for where a run only says where now is', async () => {
    const { run } = await deploy({ start: 'now', checkpoint: 'confirmed' })
    await run()
    tenant.graph.control.change('users', idOf(alex), { displayName: 'Alex Confirmed' })
    assert.deepEqual(
      rowsOf(await run()).map(({ id }) => id),
      [alex],
    )
  })

  it('takes nothing that was kept for one account for another', async () => {
    const as = (index: number): FlowNode =>
      demoConnection(tenant, {
        credentials: { username: demoAccounts[index]?.userPrincipalName },
      })
    const count = async (connection: FlowNode): Promise<number> => {
      const { run } = await deploy(
        { entity: 'me/mailFolders/inbox/messages', select: 'subject' },
        { connection, id: 'mail' },
      )
      return rowsOf(await run()).length
    }
    assert.ok((await count(as(0))) > 0)
    assert.equal(await count(as(0)), 0)
    assert.ok((await count(as(1))) > 0)
    assert.equal(await count(as(0)), 0)
  })

  it('keeps one place for each tenant that messages name, however they write it', async () => {
    const connection = demoConnection(tenant, { grantType: 'client_credentials', tenants: tenantId })
    const { run } = await deploy({}, { connection })
    const rows = async (message: FlowMessage): Promise<number> => rowsOf(await run(message)).length
    assert.equal(await rows({}), 60)
    assert.equal(await rows({ tenant: tenantDomain.toUpperCase() }), 0)
    assert.equal(await rows({ tenant: tenantId }), 60)
    assert.equal(await rows({ tenant: ` ${tenantId.toUpperCase()} ` }), 0)
    assert.equal(await rows({}), 0)
  })

  it('refuses a store that does not exist', async () => {
    const { node } = await deploy({ store: 'elsewhere' })
    node.send()
    const [caught] = await nodeRed.received(node.caught)
    assert.equal(codeOf(caught), 'storeMissing')
  })

  it('warns of a store that forgets', async () => {
    await deploy({ store: '' })
    assert.match(nodeRed.log(), /kept in memory/u)
  })

  it('warns of a store that writes late, and not of one that writes soon', async () => {
    const before = nodeRed.log().length
    await deploy({ store: 'disk' })
    await deploy({ store: 'soon' })
    assert.deepEqual(
      nodeRed
        .log()
        .slice(before)
        .match(/store \S+ writes to disk only every \d+ s/gu),
      ['store “disk” writes to disk only every 30 s'],
    )
  })

  it('says so where a resource has no changes to tell', async () => {
    const { node } = await deploy({ entity: 'users', key: idOf(adele) })
    node.send()
    const [caught] = await nodeRed.received(node.caught)
    assert.ok(codeOf(caught) !== undefined)
    assert.deepEqual(nodeRed.messages(node.out), [])
  })
})
