import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GraphFacts } from '../../../nodes/graph-odata/message'
import { startTenant, type LocalTenant } from '../../../sandbox'
import { startNodeRed, type NodeRedProcess } from '../../support/node-red-process'
import {
  codeOf,
  deployNode,
  graphOf,
  payloadOf,
  type DeployOptions,
  type FlowMessage,
} from '../../support/node-under-test'
import { until } from '../../support/until'

interface Item {
  readonly id: string
  readonly name: string
  readonly size: number
  readonly file: { readonly mimeType: string; readonly hashes: { readonly sha256Hash: string } }
}

const large = randomBytes(25_000_000)
const hash = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex').toUpperCase()

describe('a graph odata node that uploads', () => {
  let tenant: LocalTenant
  let nodeRed: NodeRedProcess
  let folder: string

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'uploads-'))
    writeFileSync(join(folder, 'large.bin'), large)
    writeFileSync(join(folder, 'middle.bin'), large.subarray(0, 5_000_000))
    writeFileSync(join(folder, 'empty.txt'), '')
    tenant = await startTenant({ users: 10 })
    nodeRed = await startNodeRed({ settings: { fileWorkingDirectory: folder } })
  })
  after(async () => {
    await nodeRed?.dispose()
    await tenant?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  beforeEach(() => tenant.graph.control.reset())

  const deploy = async (properties: Record<string, unknown>, options: DeployOptions = {}) =>
    deployNode(nodeRed, tenant, { operation: 'upload', ...properties }, options)

  async function run(
    properties: Record<string, unknown>,
    message: FlowMessage = {},
    options: DeployOptions = {},
  ): Promise<FlowMessage> {
    const node = await deploy(properties, options)
    node.send(message)
    const caught = nodeRed.received(node.caught).then(([error]) => {
      throw new Error(JSON.stringify(error?.['error']))
    })
    const [sent] = await Promise.race([nodeRed.received(node.out), caught])
    caught.catch(() => {})
    assert.ok(sent !== undefined)
    return sent
  }

  async function refusal(
    properties: Record<string, unknown>,
    message: FlowMessage = {},
  ): Promise<FlowMessage> {
    const node = await deploy(properties)
    node.send(message)
    const [caught] = await nodeRed.received(node.caught)
    assert.ok(caught !== undefined)
    return caught
  }

  const seen = (method: string, path: string) =>
    tenant.graph.control.requests.filter((request) => request.method === method && request.url.includes(path))
  const ranges = (): (string | undefined)[] =>
    seen('PUT', '/upload/').map(({ headers }) => headers['content-range'])

  /** Everything that Node-RED keeps, as an intruder would search it. */
  function stored(): string {
    return readdirSync(nodeRed.userDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('node_modules'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
      .join('\n')
  }

  const sources: [what: string, before: string, bytes: string][] = [
    ['a text', `msg.payload = 'grün'`, 'grün'],
    ['a Buffer', `msg.payload = Buffer.from('bytes')`, 'bytes'],
    ['a view on an ArrayBuffer', `msg.payload = new Uint16Array([0x4241, 0x4443]).subarray(1)`, 'CD'],
    [
      'a stream',
      `msg.payload = (async function* () { yield 'from '; yield Buffer.from('a stream') })()`,
      'from a stream',
    ],
    ['nothing at all', `msg.payload = Buffer.alloc(0)`, ''],
  ]
  for (const [what, before, bytes] of sources) {
    it(`takes ${what}`, async () => {
      const message = await run({ entity: 'me/drive/root:/in/note.txt:' }, { topic: 'kept' }, { before })
      const { size, file } = payloadOf<Item>(message)
      assert.deepEqual([size, file.hashes.sha256Hash], [Buffer.byteLength(bytes), hash(bytes)])
      assert.equal(message['topic'], 'kept')
      assert.equal(graphOf(message).statusCode, 201)
      assert.equal(seen('PUT', '/content').length, 1)
    })
  }

  it('takes a stream that is large', async () => {
    const before = `const piece = Buffer.alloc(1e6)
      msg.payload = (async function* () { for (let i = 0; i < 25; i += 1) yield piece })()`
    const message = await run({ entity: 'me/drive/root:/stream.bin:' }, {}, { before })
    assert.equal(payloadOf<Item>(message).file.hashes.sha256Hash, hash(Buffer.alloc(25e6)))
    assert.equal(ranges().length, 3)
  })

  it('takes a file that is large, in ranges and without the token', async () => {
    const message = await run({ entity: 'me/drive/root:/large.bin:', file: 'large.bin' })
    assert.equal(payloadOf<Item>(message).file.hashes.sha256Hash, hash(large))
    assert.deepEqual(ranges(), [
      'bytes 0-10485759/25000000',
      'bytes 10485760-20971519/25000000',
      'bytes 20971520-24999999/25000000',
    ])
    assert.ok(seen('PUT', '/upload/').every(({ authorized, origin }) => !authorized && origin === 'download'))
    assert.ok(!JSON.stringify(message['graph']).includes('tempauth'))
  })

  it('takes an empty file', async () => {
    const message = await run({ entity: 'me/drive/root:/empty.txt', file: 'empty.txt' })
    assert.equal(payloadOf<Item>(message).size, 0)
  })

  it('goes on where the connection was cut, and shows how far it is', async () => {
    const { control } = tenant.graph
    control.cutNext('upload', 3_000_000)
    control.cutNext('upload', Infinity)
    control.cutNext('upload', 7_000_000)
    const node = await deploy({ entity: 'me/drive/root:/cut.bin:', file: 'large.bin' })
    node.send()
    const [message] = await nodeRed.received(node.out)
    assert.equal(payloadOf<Item>(message).file.hashes.sha256Hash, hash(large))
    assert.equal(ranges().length, 5)
    const shown = nodeRed.messages(node.status).map(({ status }) => (status as { text: string }).text)
    assert.match(shown[0] ?? '', /^uploading 0/u)
    assert.equal(shown.at(-1), 'done')
  })

  it('replaces, renames or refuses what is there', async () => {
    const address = { entity: 'me/drive/root:/there.txt:' }
    const first = payloadOf<Item>(await run({ ...address, conflict: 'fail' }, { payload: 'one' }))
    assert.equal(codeOf(await refusal({ ...address }, { payload: 'two' })), 'nameAlreadyExists')
    const second = await run({ ...address, conflict: 'replace' }, { payload: 'three' })
    assert.deepEqual([payloadOf<Item>(second).id, graphOf(second).statusCode], [first.id, 200])
    const third = payloadOf<Item>(await run({ ...address, conflict: 'rename' }, { payload: 'four' }))
    assert.equal(third.name, 'there 1.txt')
    const byId = await run(
      { entity: 'me/drive/items', key: first.id, conflict: 'fail' },
      { payload: 'five!' },
    )
    assert.deepEqual([payloadOf<Item>(byId).id, payloadOf<Item>(byId).size], [first.id, 5])
  })

  it('refuses at the end what has got the name meanwhile, and takes its session back', async () => {
    await run({ entity: 'me/drive/root:/taken.bin:' }, { payload: 'small' })
    const caught = await refusal({ entity: 'me/drive/root:/taken.bin:', file: 'large.bin' })
    assert.equal(codeOf(caught), 'nameAlreadyExists')
    await until(() => seen('DELETE', '/upload/').length === 1)
  })

  it('replaces only the version that it is told to', async () => {
    const first = await run({ entity: 'me/drive/root:/version.txt:' }, { payload: 'one' })
    const { id, eTag } = payloadOf<Item & { eTag: string }>(first)
    const address = { entity: 'me/drive/items', key: id, ifMatch: eTag }
    await run(address, { payload: 'two' })
    for (const attempt of [{}, { file: 'large.bin' }]) {
      const caught = await refusal({ ...address, ...attempt }, { payload: 'three' })
      const { statusCode, current, etag } = caught['graph'] as GraphFacts
      assert.deepEqual([statusCode, (current as Item).id], [412, id])
      assert.notEqual(etag, eTag)
      assert.doesNotMatch(JSON.stringify(current), /tempauth|downloadUrl/u)
      const again = { ...address, ifMatch: 'graph.etag', ifMatchType: 'msg' }
      assert.equal(graphOf(await run(again, { graph: caught['graph'], payload: 'merged' })).statusCode, 200)
    }
  })

  it("says in the service's words what cannot be written, or has no room", async () => {
    const { id } = payloadOf<Item>(await run({ entity: 'me/drive/root:/open.txt:' }, { payload: 'one' }))
    tenant.graph.control.failNext('/content', { status: 423, body: { error: { code: 'resourceLocked' } } }, 9)
    const locked = await refusal({ entity: 'me/drive/items', key: id }, { payload: 'two' })
    assert.deepEqual([codeOf(locked), graphOf(locked).statusCode], ['resourceLocked', 423])
    // Of as many bytes as no drive has room for, though the disk holds none of them.
    const huge = join(folder, 'huge.bin')
    writeFileSync(huge, '')
    truncateSync(huge, 2e12)
    const full = await refusal({ entity: 'me/drive/root:/huge.bin:', file: 'huge.bin' })
    assert.deepEqual([codeOf(full), graphOf(full).statusCode], ['quotaLimitReached', 507])
    assert.deepEqual(ranges(), [])
  }).timeout(60_000)

  it('says whether a file of its own making may be in its way', async () => {
    tenant.graph.control.failNext(({ method }) => method === 'PUT', 'reset', 1, 'after')
    const caught = await refusal({ entity: 'me/drive/root:/twice.txt:' }, { payload: 'once' })
    assert.deepEqual(
      [codeOf(caught), (caught['graph'] as { outcome?: string }).outcome],
      ['nameAlreadyExists', 'unknown'],
    )
  })

  it('sends a photo as what it is', async () => {
    const png = Buffer.from('89504e470d0a1a0a0000', 'hex')
    const message = await run(
      { entity: 'me/photo' },
      {},
      { before: `msg.payload = Buffer.from('${png.toString('hex')}', 'hex')` },
    )
    assert.equal(graphOf(message).statusCode, 200)
    const [request] = seen('PUT', '/photo/$value')
    assert.equal(request?.headers['content-type'], 'image/png')
  })

  it('attaches a file to a message, and says where it is', async () => {
    const draft = await deployNode(nodeRed, tenant, { operation: 'create', entity: 'me/messages' })
    draft.send({ payload: { subject: 'With a file' } })
    const [created] = await nodeRed.received(draft.out)
    const { id } = payloadOf<{ id: string }>(created)
    const address = { entity: 'me/messages', key: id, appendUrl: 'attachments' }
    const named = { params: [{ name: 'name', value: 'note.txt', type: 'str' }] }
    const small = await run({ ...address, ...named }, { payload: 'hello' })
    assert.deepEqual(
      [
        payloadOf<Item>(small).name,
        Buffer.from(payloadOf<{ contentBytes: string }>(small).contentBytes, 'base64').toString(),
      ],
      ['note.txt', 'hello'],
    )
    const big = await run({ ...address, file: 'middle.bin' }, { payload: 'kept' })
    assert.deepEqual([payloadOf<string>(big), graphOf(big).statusCode], ['kept', 201])
    const { location } = big['graph'] as { location: string }
    assert.ok(location.startsWith(`${tenant.graph.origin}/v1.0/me/messages/`), location)
    const read = await deployNode(nodeRed, tenant, { appendUrl: 'location', appendUrlType: 'msg' })
    read.send({ location })
    const [attachment] = await nodeRed.received(read.out)
    const { name, size } = payloadOf<Item>(attachment)
    assert.deepEqual([name, size], ['middle.bin', 5_000_000])
  })

  it('shows the request of a dry run and sends nothing', async () => {
    const small = await run({ entity: 'me/drive/root:/a.txt:', dryRun: true }, { payload: 'x' })
    const { method, url, headers } = payloadOf<{
      method: string
      url: string
      headers: Record<string, string>
    }>(small)
    assert.deepEqual(
      [method, url, headers['content-type']],
      [
        'PUT',
        `${tenant.graph.origin}/v1.0/me/drive/root:/a.txt:/content?@microsoft.graph.conflictBehavior=fail`,
        'text/plain; charset=utf-8',
      ],
    )
    const big = await run({ entity: 'me/drive/root:/a.bin:', file: 'large.bin', dryRun: true })
    assert.deepEqual(payloadOf<{ body: unknown }>(big).body, {
      item: { '@microsoft.graph.conflictBehavior': 'fail', fileSize: large.length },
    })
    assert.deepEqual([seen('PUT', ''), seen('POST', 'createUploadSession')], [[], []])
  })

  const refused: [what: string, code: string, properties: Record<string, unknown>, message: FlowMessage][] = [
    ['an object', 'uploadBodyInvalid', { entity: 'me/drive/root:/a.txt:' }, { payload: { a: 1 } }],
    ['a file that is not there', 'fileMissing', { entity: 'me/drive/root:/a.txt:', file: 'none.txt' }, {}],
    ['a folder', 'fileNotReadable', { entity: 'me/drive/root:/a.txt:', file: '.' }, {}],
    [
      'an attachment without a name',
      'uploadNameMissing',
      { entity: 'me/messages', key: 'x', appendUrl: 'attachments' },
      { payload: 'a' },
    ],
  ]
  for (const [what, code, properties, message] of refused) {
    it(`refuses ${what}`, async () => assert.equal(codeOf(await refusal(properties, message)), code))
  }

  describe('that is stopped', () => {
    /** Deploys, sends, and waits until the second range is on its way; no answer comes to it. */
    async function underWay(properties: Record<string, unknown>, options: DeployOptions = {}) {
      tenant.graph.control.failNext(
        ({ headers }) => headers['content-range']?.startsWith('bytes 10485760-') === true,
        'stall',
      )
      const node = await deploy({ entity: 'me/drive/root:/stopped.bin:', ...properties }, options)
      node.send()
      await until(() => ranges().length === 2)
      return node
    }

    it('takes its session back where the flow cancels it', async () => {
      const node = await underWay({ file: 'large.bin' })
      node.send({ cancel: true })
      await nodeRed.received(node.complete, 2)
      await until(() => seen('DELETE', '/upload/').length === 1)
      assert.deepEqual(nodeRed.messages(node.out), [])
    })

    it('takes its session back on a deploy where nothing can go on with it', async () => {
      await underWay({}, { before: `msg.payload = Buffer.alloc(25e6)` })
      await nodeRed.deploy([{ id: 'tab', type: 'tab', label: 'empty' }])
      await until(() => seen('DELETE', '/upload/').length === 1)
    })

    it('goes on after a deploy where it comes from a file', async () => {
      const { id } = await underWay({ file: 'large.bin' })
      const again = await deploy({ entity: 'me/drive/root:/stopped.bin:', file: 'large.bin' }, { id })
      again.send()
      const [message] = await nodeRed.received(again.out)
      assert.equal(payloadOf<Item>(message).file.hashes.sha256Hash, hash(large))
      assert.equal(seen('POST', 'createUploadSession').length, 1)
      assert.equal(seen('DELETE', '/upload/').length, 0)
    })

    it('goes on after a power cut, and keeps the way there secret', async () => {
      const node = await underWay({ file: 'large.bin' })
      const uploadUrl = seen('PUT', '/upload/')[0]?.url ?? ''
      const id = /\/upload\/([^?]+)/u.exec(uploadUrl)?.[1] ?? ''
      assert.notEqual(id, '')
      await nodeRed.kill()
      assert.ok(readdirSync(join(nodeRed.userDir, 'graph-connection')).length > 0)
      assert.equal(stored().includes(id), false)
      assert.equal(nodeRed.log().includes(id), false)
      tenant.graph.control.requests.length = 0
      await nodeRed.restart()
      node.send()
      const [message] = await nodeRed.received(node.out)
      assert.equal(payloadOf<Item>(message).file.hashes.sha256Hash, hash(large))
      assert.equal(seen('POST', 'createUploadSession').length, 0)
      assert.deepEqual(ranges(), ['bytes 10485760-20971519/25000000', 'bytes 20971520-24999999/25000000'])
    })
  })
})
