import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { createGraphClient, type GraphClient } from '../../../nodes/lib/graph-client'
import { TenantClients } from '../../../nodes/graph-connection/tenant-clients'
import { startLocalServer, type LocalServer } from '../../support/local-server'
import { read } from '../../support/read-request'
import { openSettings } from '../../support/settings'
import { until } from '../../support/until'

describe('the clients of the tenants that messages name', () => {
  let server: LocalServer
  let clients: TenantClients
  let held: ServerResponse[]
  let closed: string[]

  before(async () => {
    server = await startLocalServer((req, res) => {
      if (req.url === '/slow') held.push(res)
      else answer(res, { value: [{ id: 2 }] })
    })
  })

  beforeEach(() => {
    held = []
    closed = []
    clients = new TenantClients(
      (tenant) => ({
        client: createGraphClient({
          settings: openSettings(server.origin),
          tokens: undefined,
          trace: () => undefined,
          network: { proxy: 'none', tls: {} },
        }),
        tokens: { close: () => closed.push(tenant) } as never,
      }),
      2,
    )
  })

  afterEach(() => clients.clear())

  after(async () => server.close())

  function answer(res: ServerResponse, body: unknown): void {
    res.setHeader('content-type', 'application/json')
    res.end(JSON.stringify(body))
  }

  async function rows(client: GraphClient, path: string): Promise<unknown[]> {
    const all: unknown[] = []
    const options = { signal: new AbortController().signal }
    for await (const page of client.read(read(path), options))
      if (page.kind === 'page') all.push(...page.rows)
    return all
  }

  it('are kept as long as there is room, the last used first', () => {
    const [a, b] = [clients.get('a'), clients.get('b')]
    assert.equal(clients.get('a'), a)
    clients.get('c')
    assert.equal(clients.get('a'), a)
    assert.notEqual(clients.get('b'), b)
  })

  it('finish what they are at when they make room for others, and keep no socket after it', async () => {
    const reading = rows(clients.get('a'), 'slow')
    await until(() => held.length === 1)
    for (const tenant of ['b', 'c', 'd']) clients.get(tenant)
    const [res] = held
    assert.ok(res)
    const { socket } = res
    answer(res, { value: [{ id: 1 }], '@odata.nextLink': `${server.origin}/next` })
    assert.deepEqual(await reading, [{ id: 1 }, { id: 2 }])
    await until(() => socket?.destroyed !== false)
    assert.deepEqual(closed, [])
  })

  it('end with the sign-in that their tokens came from, also those that made room', async () => {
    const reading = rows(clients.get('a'), 'slow')
    const ended = assert.rejects(reading)
    await until(() => held.length === 1)
    for (const tenant of ['b', 'c']) clients.get(tenant)
    clients.clear()
    await ended
    assert.deepEqual(closed.toSorted(), ['a', 'b', 'c'])
  })
})
