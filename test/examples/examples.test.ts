import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
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
import { until } from '../support/until'

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

  it('keep a list and a CSV file equal, whichever is changed', async () => {
    const nodes = onTenant(readExample('07 - Keep a list and a CSV file equal.json'), tenant)
    const end = nodes.find(({ type }) => type === 'debug')?.id ?? ''
    const placed = nodes.map((node) => {
      if (node.type === 'graph-connection') return node
      return node.type === 'debug' ? sink(node.id, 'tab') : Object.assign({}, node, { z: 'tab' })
    })
    const csv = join(nodeRed.userDir, 'inventory.csv')
    rmSync(csv, { force: true })
    rmSync(join(nodeRed.userDir, 'inventory.last.json'), { force: true })
    await nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'list and file' },
      ...placed,
      { id: 'catch', type: 'catch', z: 'tab', x: 0, y: 0, scope: null, wires: [['caught']] },
      sink('caught', 'tab'),
    ])
    const written = (): number | undefined => statSync(csv, { throwIfNoEntry: false })?.mtimeMs
    let runs = nodeRed.messages(end).length
    const makeEqual = async (): Promise<Record<string, unknown>> => {
      runs += 1
      const before = written()
      await nodeRed.adminFetch('/inject/f117000000000002', { method: 'POST' })
      const message = (await nodeRed.received(end, runs))[runs - 1]
      // The file is written at the same time as that is told.
      await until(() => written() !== before && readFileSync(csv, 'utf8').split('\n').length > 2)
      return message?.['payload'] as Record<string, unknown>
    }
    const rows = (): string[] => readFileSync(csv, 'utf8').trimEnd().split(/\r?\n/u)
    const { graph } = tenant
    const address = 'sites/contoso.sharepoint.com:/sites/Operations:/lists/Inventory/items'

    const none = { created: 0, changed: 0, deleted: 0 }
    const first = await makeEqual()
    assert.deepEqual([first['rows'], first['toTheFile'], first['toTheList']], [450, 450, none])
    await until(() => rows().length === 451)
    const [header = '', one = '', , three = ''] = rows()
    assert.equal(header, 'SKU,Title,Category,Quantity,Price')
    assert.match(one, /^CT-1001,/u)

    const changed = one.replace(/,\d+,([^,]*)$/u, ',7,$1')
    const refused = three.replace(/,(?:Clothing|Shoes|Accessories),/u, ',Boats,')
    const added = 'CT-9001,"Scarf, long",Accessories,3,12.5'
    writeFileSync(csv, [header, changed, refused, ...rows().slice(4), added].join('\n'))
    graph.control.change(address, '4', { fields: { Title: 'Raincoat' } })
    graph.control.remove(address, '5')
    const second = await makeEqual()
    assert.deepEqual(second['toTheList'], { created: 1, changed: 2, deleted: 1 })
    assert.deepEqual([second['rows'], second['toTheFile'], second['refused']], [449, 2, ['CT-1003']])
    await until(() => rows().length === 450)
    assert.ok(rows().includes(changed) && rows().includes(refused) && rows().includes(added))
    assert.ok(rows().some((row) => row.startsWith('CT-1004,Raincoat,')))
    assert.ok(!rows().some((row) => row.startsWith('CT-1002,') || row.startsWith('CT-1005,')))

    writeFileSync(csv, rows().join('\n').replace(refused, three))
    const third = await makeEqual()
    assert.deepEqual([third['toTheList'], third['toTheFile'], third['refused']], [none, 0, []])

    // Neither a file that is gone nor a column without its name takes anything from the list.
    rmSync(csv)
    const fourth = await makeEqual()
    assert.deepEqual([fourth['rows'], fourth['toTheList'], fourth['toTheFile']], [449, none, 449])
    await until(() => rows().length === 450)
    writeFileSync(csv, rows().join('\n').replace('Quantity', 'Stock'))
    const caught = nodeRed.messages('caught').length
    await nodeRed.adminFetch('/inject/f117000000000002', { method: 'POST' })
    const refusal = (await nodeRed.received('caught', caught + 1))[caught]
    const { message = '' } = (refusal?.['error'] ?? {}) as { message?: string }
    assert.match(message, /no column Quantity/u)
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
