import assert from 'node:assert/strict'
import { demoAccounts } from '../../../sandbox/contoso/tenant'
import { demoConnection } from '../../support/demo-connection'
import { sink, source, type FlowNode } from '../../support/node-red-process'
import { tenantAndNodeRed } from '../../support/tenant-and-node-red'
import { until } from '../../support/until'

const MANY = 60

describe('graph odata nodes that share a connection', () => {
  const local = tenantAndNodeRed()

  let deployed = 0

  /** A node that reads users by `msg.key`, and what is around it; its name is new each time. */
  function reader(name: string, properties: Record<string, unknown> = {}): FlowNode[] {
    return [
      source(`in-${name}`, 'tab', [name]),
      {
        id: name,
        type: 'graph-odata',
        z: 'tab',
        x: 0,
        y: 0,
        connection: 'connection',
        entity: 'users',
        key: 'key',
        keyType: 'msg',
        wires: [[`out-${name}`]],
        ...properties,
      },
      sink(`out-${name}`, 'tab'),
      {
        id: `catch-${name}`,
        type: 'catch',
        z: 'tab',
        x: 0,
        y: 0,
        scope: [name],
        wires: [[`caught-${name}`]],
      },
      sink(`caught-${name}`, 'tab'),
    ]
  }

  function flow(nodes: readonly FlowNode[][], connection: Record<string, unknown> = {}): FlowNode[] {
    return [
      { id: 'tab', type: 'tab', label: 'test' },
      { ...demoConnection(local.tenant, { batch: 'off' }), ...connection },
      ...nodes.flat(),
    ]
  }

  const user = demoAccounts[0]?.userPrincipalName ?? ''
  const answers = (name: string): number => local.nodeRed.messages(`out-${name}`).length

  function sendMany(name: string): void {
    for (let index = 0; index < MANY; index += 1) local.nodeRed.send(`in-${name}`, { key: user })
  }

  function names(...all: string[]): string[] {
    deployed += 1
    return all.map((name) => `${name}${deployed}`)
  }

  it('take turns: a single lookup does not wait behind what another node has queued', async () => {
    const [many = '', single = ''] = names('many', 'single')
    await local.nodeRed.deploy(flow([reader(many), reader(single)]))
    local.tenant.graph.control.delay = 40
    sendMany(many)
    await local.nodeRed.received(`out-${many}`, 4)
    local.nodeRed.send(`in-${single}`, { key: user })
    await local.nodeRed.received(`out-${single}`)
    assert.ok(answers(many) < MANY / 2, `${answers(many)} of ${MANY} went before it`)
    await local.nodeRed.received(`out-${many}`, MANY)
  })

  it('take turns: a read of many pages does not hold up a single lookup either', async () => {
    const [all = '', single = ''] = names('all', 'single')
    const pages = { key: '', keyType: 'str', pageSize: 5, output: 'page', select: 'id' }
    await local.nodeRed.deploy(flow([reader(all, pages), reader(single)], { concurrency: '1' }))
    local.tenant.graph.control.delay = 20
    local.nodeRed.send(`in-${all}`, {})
    await local.nodeRed.received(`out-${all}`, 2)
    local.nodeRed.send(`in-${single}`, { key: user })
    await local.nodeRed.received(`out-${single}`)
    assert.ok(answers(all) < 12, `${answers(all)} pages went before it`)
  })

  it('lose only their own work when one of them is deployed anew', async () => {
    const [stays = '', goes = ''] = names('stays', 'goes')
    await local.nodeRed.deploy(flow([reader(stays), reader(goes)]))
    local.tenant.graph.control.delay = 60
    sendMany(goes)
    sendMany(stays)
    await local.nodeRed.received(`out-${stays}`, 4)
    // As the editor does it: what a connection keeps secret is sent only where it has changed.
    const changed = flow([reader(stays), reader(goes, { select: 'id' })], { credentials: undefined })
    await local.nodeRed.deploy(changed, 'nodes')
    await local.nodeRed.received(`out-${stays}`, MANY)
    assert.equal(answers(stays), MANY)
    assert.deepEqual(local.nodeRed.messages(`caught-${stays}`), [])
    assert.ok(answers(goes) < MANY, `${answers(goes)} of ${MANY} were answered all the same`)
    const { requests } = local.tenant.graph.control.traffic
    assert.ok(requests < 2 * MANY, `${requests} requests`)
  })

  it('take no more than four places in one mailbox, whether they call it me or by its name', async () => {
    const [mine = '', named = ''] = names('mine', 'named')
    const messages = { entity: 'messages', keyType: 'str', key: '', pageSize: 5, limit: 5 }
    await local.nodeRed.deploy(
      flow(
        [
          reader(mine, { ...messages, appendUrl: 'me/{entity}' }),
          reader(named, { ...messages, appendUrl: `users/${user}/{entity}` }),
        ],
        { concurrency: '12' },
      ),
    )
    local.nodeRed.send(`in-${mine}`, {})
    await local.nodeRed.received(`out-${mine}`)
    local.tenant.graph.control.throttle({ rate: 10_000, burst: 10_000 })
    local.tenant.graph.control.delay = 30
    for (let index = 0; index < 20; index += 1) {
      local.nodeRed.send(`in-${mine}`, {})
      local.nodeRed.send(`in-${named}`, {})
    }
    await until(() => answers(mine) === 21 && answers(named) === 20)
    assert.equal(local.tenant.graph.control.traffic.throttled, 0)
  })
})
