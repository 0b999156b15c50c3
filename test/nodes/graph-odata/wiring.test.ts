import assert from 'node:assert/strict'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import type { Node } from 'node-red'
import helper from 'node-red-node-test-helper'
import graphConnection = require('../../../nodes/graph-connection/graph-connection')
import graphOData = require('../../../nodes/graph-odata/graph-odata')

helper.init(require.resolve(process.env['NODE_RED'] ?? 'node-red-4'))

describe('the wiring of a graph odata node', () => {
  beforeEach(() => helper.startServer())
  afterEach(async () => {
    await helper.unload()
    await new Promise<void>((resolve) => {
      helper.stopServer(resolve)
    })
  })

  async function load(properties: Record<string, unknown>): Promise<Node> {
    const nodes = [
      {
        id: 'connection',
        type: 'graph-connection',
        cloud: 'custom',
        grantType: 'none',
        serviceUrl: 'http://[::1]:9/v1.0',
      },
      { id: 'odata', type: 'graph-odata', wires: [], ...properties },
    ]
    await helper.load([graphConnection, graphOData], nodes)
    return helper.getNode('odata')
  }

  it('takes a flow that has none of its properties', async () => {
    const node = await load({})
    assert.equal(node.type, 'graph-odata')
  })

  it('calls done exactly once, with a code, where no connection is chosen', async () => {
    const node = await load({ entity: 'users' })
    const outcomes: unknown[] = []
    await new Promise<void>((resolve) => {
      node.on(
        'call:error' as 'close',
        ((call: { args: unknown[] }) => {
          outcomes.push(call.args[0])
          setTimeout(resolve, 50)
        }) as never,
      )
      node.receive({ payload: 1 })
    })
    assert.equal(outcomes.length, 1)
    assert.equal((outcomes[0] as { code: string }).code, 'connectionMissing')
  })

  it('leaves no file open that cannot be uploaded', async function () {
    // The kernel says that it holds 4096 bytes, and gives a few.
    const file = '/sys/devices/system/cpu/online'
    if (!existsSync(file) || !existsSync('/proc/self/fd')) this.skip()
    const node = await load({ operation: 'upload', entity: 'a', connection: 'connection', file })
    const failed = new Promise<string>((resolve) => {
      node.on(
        'call:error' as 'close',
        ((call: { args: { code: string }[] }) => resolve(call.args[0]?.code ?? '')) as never,
      )
    })
    node.receive({ payload: 1 })
    assert.equal(await failed, 'fileChanged')
    assert.ok(!openFiles().includes(file))
  })

  it('closes while a read is under way', async () => {
    const node = await load({ entity: 'users', connection: 'connection' })
    node.receive({ payload: 1 })
    await node.close(false)
  })
})

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)]
    } catch {
      // That of the listing itself is closed by now.
      return []
    }
  })
}
