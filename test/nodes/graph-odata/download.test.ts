import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTenant, type LocalTenant } from '../../../sandbox'
import { startNodeRed, type NodeRedProcess } from '../../support/node-red-process'
import { codeOf, deployNode, graphOf, payloadOf } from '../../support/node-under-test'

describe('a graph odata node that downloads', () => {
  let tenant: LocalTenant
  let nodeRed: NodeRedProcess
  let folder: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'downloads-'))
    tenant = await startTenant({ users: 10 })
    nodeRed = await startNodeRed({ settings: { fileWorkingDirectory: folder } })
  })
  after(async () => {
    await nodeRed?.dispose()
    await tenant?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(() => tenant.graph.control.reset())

  const deploy = async (properties: Record<string, unknown>) =>
    deployNode(nodeRed, tenant, { operation: 'download', ...properties })

  interface DriveFile {
    readonly id: string
    readonly name: string
    readonly size: number
  }

  async function anyFile(): Promise<DriveFile> {
    const node = await deployNode(nodeRed, tenant, { entity: 'me/drive/root/children' })
    node.send()
    const [message] = await nodeRed.received(node.out)
    const file = payloadOf<(DriveFile & { file?: object })[]>(message).find((item) => item.file !== undefined)
    assert.ok(file !== undefined)
    return file
  }

  it('gives the bytes of a file as a Buffer, without telling where they lay', async () => {
    const file = await anyFile()
    const node = await deploy({ entity: 'me/drive/items', key: file.id, appendUrl: 'content' })
    node.send({ topic: 'kept' })
    const [message] = await nodeRed.received(node.out)
    const bytes = payloadOf<Uint8Array>(message)
    assert.ok(bytes instanceof Uint8Array)
    assert.equal(bytes.length, file.size)
    assert.equal(message?.['topic'], 'kept')
    const { url, statusCode, operation } = graphOf(message)
    assert.deepEqual(
      [url, statusCode, operation],
      [`${tenant.graph.origin}/v1.0/me/drive/items/${file.id}/content`, 200, 'download'],
    )
    assert.ok(!JSON.stringify(message?.['graph']).includes('tempauth'))
    assert.ok(
      tenant.graph.control.requests.some(({ origin, authorized }) => origin === 'download' && !authorized),
    )
  })

  it('gives a text as text', async () => {
    const node = await deploy({ appendUrl: "reports/getOffice365ActiveUserDetail(period='D7')", as: 'text' })
    node.send()
    const [message] = await nodeRed.received(node.out)
    assert.match(payloadOf<string>(message), /^Report Refresh Date,/u)
  })

  it('writes a file that is there whole, and says where', async () => {
    const file = await anyFile()
    const node = await deploy({
      entity: 'me/drive/items',
      key: file.id,
      appendUrl: 'content',
      as: 'file',
      file: 'topic',
      fileType: 'msg',
    })
    node.send({ topic: 'copy.bin' })
    const [message] = await nodeRed.received(node.out)
    assert.equal(payloadOf<string>(message), join(folder, 'copy.bin'))
    assert.equal(readFileSync(join(folder, 'copy.bin')).length, file.size)
  })

  it('goes on where the connection broke', async () => {
    const file = await anyFile()
    tenant.graph.control.failNext(({ origin }) => origin === 'download', 'reset')
    const node = await deploy({ entity: 'me/drive/items', key: file.id, appendUrl: 'content' })
    node.send()
    const [message] = await nodeRed.received(node.out)
    assert.equal(payloadOf<Uint8Array>(message).length, file.size)
  })

  it('goes on each time that the connection breaks, and has all of a large file', async () => {
    const bytes = randomBytes(12_000_000)
    writeFileSync(join(folder, 'source.bin'), bytes)
    const sent = await deploy({
      operation: 'upload',
      entity: 'me/drive/root:/large.bin:',
      file: 'source.bin',
    })
    sent.send()
    await nodeRed.received(sent.out)
    tenant.graph.control.cutNext('download', 3_000_000, 3)
    const node = await deploy({ entity: 'me/drive/root:/large.bin', as: 'file', file: 'large.bin' })
    node.send()
    const [message] = await nodeRed.received(node.out)
    assert.ok(readFileSync(payloadOf<string>(message)).equals(bytes))
    const asked = tenant.graph.control.requests.filter(
      ({ origin, method }) => origin === 'download' && method === 'GET',
    )
    assert.deepEqual(
      asked.map(({ headers, authorized }) => [/^bytes=\d+-$/u.test(headers.range ?? ''), authorized]),
      [
        [false, false],
        [true, false],
        [true, false],
        [true, false],
      ],
    )
  })

  it('shows the request of a dry run and sends nothing', async () => {
    const node = await deploy({ entity: 'me/photo', dryRun: true })
    node.send()
    const [message] = await nodeRed.received(node.out)
    const { method, url } = payloadOf<{ method: string; url: string }>(message)
    assert.deepEqual([method, url], ['GET', `${tenant.graph.origin}/v1.0/me/photo/$value`])
    assert.deepEqual(tenant.graph.control.requests, [])
  })

  it('says what is not there, or takes it for nothing where that is wanted', async () => {
    const address = { entity: 'me/drive/items', key: 'nothing', appendUrl: 'content' }
    const strict = await deploy(address)
    strict.send()
    const [caught] = await nodeRed.received(strict.caught)
    assert.equal(codeOf(caught), 'itemNotFound')
    const lenient = await deploy({ ...address, as: 'text', notFound: 'empty' })
    lenient.send()
    const [message] = await nodeRed.received(lenient.out)
    assert.equal(payloadOf<string>(message), '')
    assert.equal(graphOf(message).statusCode, 404)
  })

  const refused: [what: string, code: string, properties: Record<string, unknown>][] = [
    ['a file without a name', 'fieldEmpty', { as: 'file' }],
    ['a folder that is not there', 'fileFolderMissing', { as: 'file', file: 'none/copy.bin' }],
    ['an unknown form', 'propertyInvalid', { as: 'paper' }],
    ['a size that is no number', 'notAWholeNumber', { maxSize: 'large' }],
  ]
  for (const [what, code, properties] of refused) {
    it(`refuses ${what}`, async () => {
      const node = await deploy({ appendUrl: 'me/photo/$value', ...properties })
      node.send()
      const [caught] = await nodeRed.received(node.caught)
      assert.equal(codeOf(caught), code)
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.endsWith('.part')),
        [],
      )
    })
  }

  it('shows how far it is', async () => {
    const node = await deploy({ appendUrl: 'me/photo/$value' })
    node.send()
    await nodeRed.received(node.out)
    const shown = nodeRed.messages(node.status).map(({ status }) => (status as { text: string }).text)
    assert.match(shown[0] ?? '', /^downloading /u)
    assert.equal(shown.at(-1), 'done')
  })
})
