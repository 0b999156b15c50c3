import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startTenant, type LocalTenant } from '../../sandbox'
import { defaultPorts } from '../../sandbox/contoso/tenant'
import {
  packageRoot,
  sink,
  startNodeRed,
  type FlowNode,
  type NodeRedProcess,
} from '../support/node-red-process'

const folder = join(packageRoot(__dirname), 'examples')
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

function readExample(file: string): FlowNode[] {
  return JSON.parse(readFileSync(join(folder, file), 'utf8')) as FlowNode[]
}

/** The same flow, with the local tenant where this test has it. */
function onTenant(flow: FlowNode[], tenant: LocalTenant): FlowNode[] {
  const text = JSON.stringify(flow)
    .replaceAll(`http://127.0.0.1:${defaultPorts.graph}`, tenant.graph.origin)
    .replaceAll(`http://127.0.0.1:${defaultPorts.signIn}`, tenant.signIn.origin)
  return JSON.parse(text) as FlowNode[]
}

describe('the example flows', () => {
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

  for (const file of files) {
    it(`${file} runs as it is`, async () => {
      const nodes = onTenant(readExample(file), tenant)
      const start = nodes.find(({ type }) => type === 'inject')
      const end = nodes.find(({ type }) => type === 'debug')
      assert.ok(start !== undefined && end !== undefined)
      const placed = nodes.map((node) => {
        if (node.type === 'graph-connection') return node
        // The debug node's place is taken by one that tells the test what arrives.
        return node === end ? sink(node.id, 'tab') : Object.assign({}, node, { z: 'tab' })
      })
      await nodeRed.deploy([{ id: 'tab', type: 'tab', label: file }, ...placed])
      const response = await nodeRed.adminFetch(`/inject/${start.id}`, { method: 'POST' })
      assert.equal(response.status, 200)
      const [message] = await nodeRed.received(end.id)
      const payload = message?.['payload']
      assert.ok(Array.isArray(payload) ? payload.length > 0 : typeof payload === 'object' && payload !== null)
    })
  }

  it('show a list that is written in part, and what failed of it', async () => {
    const nodes = onTenant(readExample('06 - Create from a list.json'), tenant)
    const [answers, refused] = nodes.filter(({ type }) => type === 'debug')
    assert.ok(answers !== undefined && refused !== undefined)
    const placed = nodes.map((node) => {
      if (node.type === 'graph-connection') return node
      return node.type === 'debug' ? sink(node.id, 'tab') : Object.assign({}, node, { z: 'tab' })
    })
    await nodeRed.deploy([{ id: 'tab', type: 'tab', label: 'in part' }, ...placed])
    await nodeRed.adminFetch('/inject/f1f0000000000002', { method: 'POST' })
    const [written] = await nodeRed.received(answers.id)
    const results = (written?.['graph'] as { results?: { statusCode: number }[] } | undefined)?.results ?? []
    assert.deepEqual(
      results.map(({ statusCode }) => statusCode),
      [201, 400, 201],
    )
    const [failed] = await nodeRed.received(refused.id)
    const elements = failed?.['payload'] as { element: { surname: string }; message: string }[] | undefined
    const [first, ...others] = elements ?? []
    assert.equal(first?.element.surname, 'Holloway')
    assert.match(first.message, /favouriteColour/u)
    assert.deepEqual(others, [])
  })

  it('share one connection, so that a second import finds the one that is there', () => {
    const connections = files.flatMap((file) =>
      readExample(file).filter(({ type }) => type === 'graph-connection'),
    )
    assert.equal(connections.length, files.length)
    for (const connection of connections) assert.deepEqual(connection, connections[0])
  })

  it('name no node twice', () => {
    const ids = files.flatMap((file) =>
      readExample(file)
        .filter(({ type }) => type !== 'graph-connection')
        .map(({ id }) => id),
    )
    assert.equal(new Set(ids).size, ids.length)
  })
})
