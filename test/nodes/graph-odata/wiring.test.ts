import assert from 'node:assert/strict'
import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import type { Node } from 'node-red'
import helper from 'node-red-node-test-helper'
import graphConnection = require('../../../nodes/graph-connection/graph-connection')
import graphOData = require('../../../nodes/graph-odata/graph-odata')
import { ScriptedService } from '../../support/scripted-service'
import { until } from '../../support/until'

helper.init(require.resolve(process.env['NODE_RED'] ?? 'node-red-4'))

describe('the wiring of a graph odata node', () => {
  beforeEach(() => helper.startServer())
  afterEach(async () => {
    await helper.unload()
    await new Promise<void>((resolve) => {
      helper.stopServer(resolve)
    })
  })

  async function load(
    properties: Record<string, unknown>,
    serviceUrl = 'http://[::1]:9/v1.0',
  ): Promise<Node> {
    const nodes = [
      {
        id: 'connection',
        type: 'graph-connection',
        cloud: 'custom',
        grantType: 'none',
        serviceUrl,
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

  it('gives up the request of a read when it closes, and sends no other', async () => {
    const service = await new ScriptedService().start()
    try {
      const ended = new Promise<void>((resolve) => {
        // Never answered: it ends because the node lets go of its socket.
        service.answers((response) => response.once('close', resolve))
      })
      const node = await load({ entity: 'users', connection: 'connection' }, `${service.origin}/v1.0`)
      node.receive({ payload: 1 })
      await until(() => service.asked.length > 0)
      await node.close(false)
      await ended
      assert.deepEqual(service.asked, ['GET /v1.0/users'])
    } finally {
      await service.close()
    }
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
