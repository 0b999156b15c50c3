import assert from 'node:assert/strict'
import { demoConnection } from '../../support/demo-connection'
import { codeOf, deployNode, graphOf, payloadOf, type FlowMessage } from '../../support/node-under-test'
import { tenantAndNodeRed } from '../../support/tenant-and-node-red'

const KEYS = 60

describe('a graph odata node that is sent many messages at once', () => {
  const local = tenantAndNodeRed()

  /** So many messages out of one, as a split makes them. */
  const burst = (keys: string): string =>
    `for (const [index, key] of (${keys}).entries()) node.send({ ...msg, index, key }); return`
  const byKey = { entity: 'users', key: 'key', keyType: 'msg', select: 'displayName,userPrincipalName' }

  async function usersOf(): Promise<string[]> {
    const node = await deployNode(local.nodeRed, local.tenant, {
      entity: 'users',
      select: 'userPrincipalName',
      limit: KEYS,
    })
    node.send()
    const [all] = await local.nodeRed.received(node.out)
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
      local.tenant.graph.control.traffic.reset()
      const node = await deployNode(local.nodeRed, local.tenant, byKey, {
        connection: demoConnection(local.tenant, { batch }),
        before: burst(JSON.stringify(wanted)),
      })
      node.send()
      const answers = await local.nodeRed.received(node.out, KEYS)
      assert.deepEqual(
        answersOf(answers),
        wanted.map((name) => (name === 'nobody@nowhere' ? undefined : name)),
      )
      const [refused] = await local.nodeRed.received(node.caught)
      assert.deepEqual([refused?.['index'], codeOf(refused)], [30, 'Request_ResourceNotFound'])
      const { requests, mostConcurrent } = local.tenant.graph.control.traffic
      assert.ok(mostConcurrent <= 4, `${mostConcurrent} at a time`)
      if (batch === 'auto') assert.ok(requests <= 8, `${requests} requests`)
      else assert.equal(requests, KEYS + 1)
    })
  }

  it('ends each when they are cancelled, those too that have not begun', async () => {
    const node = await deployNode(local.nodeRed, local.tenant, byKey, {
      before: `for (let index = 0; index < 100; index += 1) node.send({ ...msg, index, key: 'adele' })
node.send({ cancel: true }); return`,
    })
    local.tenant.graph.control.requests.length = 0
    node.send()
    await local.nodeRed.received(node.complete, 101)
    assert.deepEqual([local.nodeRed.messages(node.out), local.nodeRed.messages(node.caught)], [[], []])
    assert.ok(local.tenant.graph.control.requests.length <= 4)
  })

  it('loses none of them to throttling, resets and broken batches', async () => {
    const users = await usersOf()
    const faults = ['429', '503', 'reset', 'cut', 'html-502', 'missing-part', '504', '401'] as const
    local.tenant.graph.control.faults({ rate: 0.15, seed: 3, retryAfter: 0.05, kinds: faults })
    const node = await deployNode(local.nodeRed, local.tenant, byKey, {
      connection: demoConnection(local.tenant, { maxRetries: '8' }),
      before: burst(JSON.stringify(users)),
    })
    node.send()
    assert.deepEqual(answersOf(await local.nodeRed.received(node.out, KEYS, 20_000)), users)
    assert.ok(local.tenant.graph.control.traffic.faults.length > 0)
  })

  it('loses none of them while tokens are revoked one after another', async () => {
    const users = await usersOf()
    const wanted = Array.from({ length: 10 }, () => users).flat()
    local.tenant.graph.control.faults({ rate: 0.03, seed: 3, kinds: ['401'] })
    const node = await deployNode(local.nodeRed, local.tenant, byKey, {
      connection: demoConnection(local.tenant),
      before: burst(JSON.stringify(wanted)),
    })
    node.send()
    const answers = await local.nodeRed.received(node.out, wanted.length, 20_000)
    assert.deepEqual([answersOf(answers), local.nodeRed.messages(node.caught)], [wanted, []])
    assert.ok(local.tenant.graph.control.revoked.size > 5)
  })

  it('shows that the service makes it wait, and stops waiting when it is told to', async () => {
    local.tenant.graph.control.failNext('/users', { status: 429, headers: { 'retry-after': '28' }, body: {} })
    const node = await deployNode(local.nodeRed, local.tenant, { entity: 'users' })
    node.send()
    await local.nodeRed.received(node.status, 2)
    const texts = () =>
      local.nodeRed.messages(node.status).map(({ status }) => (status as { text?: string }).text)
    assert.ok(texts().includes('throttled, 28 s'), texts().join())
    node.send({ cancel: true })
    await local.nodeRed.received(node.complete, 2)
    assert.deepEqual(local.nodeRed.messages(node.out), [])
  })

  it('says of a create whose answer was lost that its outcome is unknown', async () => {
    const node = await deployNode(local.nodeRed, local.tenant, {
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
    local.tenant.graph.control.failNext('/groups', 'reset', 1, 'after')
    node.send()
    const [caught] = await local.nodeRed.received(node.caught)
    assert.equal((graphOf(caught) as { outcome?: string }).outcome, 'unknown')
    assert.match(
      String((caught?.['error'] as { message?: string } | undefined)?.message),
      /cannot be known: look before you send it again/u,
    )
  })
})
