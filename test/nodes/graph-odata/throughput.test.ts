import assert from 'node:assert/strict'
import { startTenant, type LocalTenant } from '../../../sandbox'
import { demoConnection } from '../../support/demo-connection'
import { startNodeRed, type NodeRedProcess } from '../../support/node-red-process'
import { codeOf, deployNode, graphOf, payloadOf, type FlowMessage } from '../../support/node-under-test'

const KEYS = 60

describe('a graph odata node that is sent many messages at once', () => {
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

  /** So many messages out of one, as a split makes them. */
  const burst = (keys: string): string =>
    `for (const [index, key] of (${keys}).entries()) node.send({ ...msg, index, key }); return`
  const byKey = { entity: 'users', key: 'key', keyType: 'msg', select: 'displayName,userPrincipalName' }

  async function usersOf(): Promise<string[]> {
    const node = await deployNode(nodeRed, tenant, {
      entity: 'users',
      select: 'userPrincipalName',
      limit: KEYS,
    })
    node.send()
    const [all] = await nodeRed.received(node.out)
    return payloadOf<{ userPrincipalName: string }[]>(all).map((user) => user.userPrincipalName)
  }

  const answersOf = (messages: readonly FlowMessage[]): (string | undefined)[] => {
    const names: (string | undefined)[] = []
    for (const message of messages) {
      names[Number(message['index'])] = payloadOf<{ userPrincipalName?: string }>(message).userPrincipalName
    }
    return [...names]
  }

  for (const batch of ['auto', 'off']) {
    it(`answers each with its own item, batches ${batch}`, async () => {
      const users = await usersOf()
      const wanted = [...users.slice(0, 30), 'nobody@nowhere', ...users.slice(30)]
      tenant.graph.control.traffic.reset()
      const node = await deployNode(nodeRed, tenant, byKey, {
        connection: demoConnection(tenant, { batch }),
        before: burst(JSON.stringify(wanted)),
      })
      node.send()
      const answers = await nodeRed.received(node.out, KEYS)
      assert.deepEqual(
        answersOf(answers),
        wanted.map((name) => (name === 'nobody@nowhere' ? undefined : name)),
      )
      const [refused] = await nodeRed.received(node.caught)
      assert.deepEqual([refused?.['index'], codeOf(refused)], [30, 'Request_ResourceNotFound'])
      const { requests, mostConcurrent } = tenant.graph.control.traffic
      assert.ok(mostConcurrent <= 4, `${mostConcurrent} at a time`)
      if (batch === 'auto') assert.ok(requests <= 8, `${requests} requests`)
      else assert.equal(requests, KEYS + 1)
    })
  }

  it('loses none of them to throttling, resets and broken batches', async () => {
    const users = await usersOf()
    const faults = ['429', '503', 'reset', 'cut', 'html-502', 'missing-part', '504', '401'] as const
    tenant.graph.control.faults({ rate: 0.15, seed: 3, retryAfter: 0.05, kinds: faults })
    const node = await deployNode(nodeRed, tenant, byKey, {
      connection: demoConnection(tenant, { maxRetries: '8' }),
      before: burst(JSON.stringify(users)),
    })
    node.send()
    assert.deepEqual(answersOf(await nodeRed.received(node.out, KEYS, 20_000)), users)
    assert.ok(tenant.graph.control.traffic.faults.length > 0)
  })

  it('shows that the service makes it wait, and stops waiting when it is told to', async () => {
    tenant.graph.control.failNext('/users', { status: 429, headers: { 'retry-after': '28' }, body: {} })
    const node = await deployNode(nodeRed, tenant, { entity: 'users' })
    node.send()
    await nodeRed.received(node.status, 2)
    const texts = () => nodeRed.messages(node.status).map(({ status }) => (status as { text?: string }).text)
    assert.ok(texts().includes('throttled, 28 s'), texts().join())
    node.send({ cancel: true })
    await nodeRed.received(node.complete, 2)
    assert.deepEqual(nodeRed.messages(node.out), [])
  })

  it('says of a create whose answer was lost that its outcome is unknown', async () => {
    const node = await deployNode(nodeRed, tenant, {
      entity: 'groups',
      operation: 'create',
      body: JSON.stringify({
        displayName: 'Lost',
        mailEnabled: false,
        mailNickname: 'lost',
        securityEnabled: true,
      }),
      bodyType: 'json',
    })
    tenant.graph.control.failNext('/groups', 'reset', 1, 'after')
    node.send()
    const [caught] = await nodeRed.received(node.caught)
    assert.equal((graphOf(caught) as { outcome?: string }).outcome, 'unknown')
    assert.match(
      String((caught?.['error'] as { message?: string } | undefined)?.message),
      /cannot be known: look before you send it again/u,
    )
  })
})
