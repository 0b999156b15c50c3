import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { entity, errorOf, startGraphUnderTest, type GraphUnderTest } from '../../support/graph-tokens'

type Json = Record<string, unknown>

const unit = 320 * 1024
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

describe('The local Graph takes files', () => {
  let test: GraphUnderTest
  before(async () => (test = await startGraphUnderTest()))
  after(() => test.close())
  afterEach(() => test.graph.control.reset())

  const put = (path: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
    test.send('PUT', path, body, { 'content-type': 'text/plain', ...headers })
  const json = async (response: Response, status: number): Promise<Json> => {
    const text = await response.text()
    assert.equal(response.status, status, text)
    return JSON.parse(text) as Json
  }
  const download = async (path: string, headers: Record<string, string> = {}): Promise<Response> => {
    const redirect = await test.send('GET', `${path}/content`)
    assert.equal(redirect.status, 302)
    return fetch(redirect.headers.get('location') ?? '', { headers })
  }
  const session = async (path: string, item: Json = {}, status = 200): Promise<string> => {
    const { uploadUrl } = await json(await test.send('POST', `${path}/createUploadSession`, { item }), status)
    return String(uploadUrl)
  }
  const range = (url: string, bytes: Buffer, from: number, to: number, headers = {}): Promise<Response> =>
    fetch(url, {
      method: 'PUT',
      headers: { 'content-range': `bytes ${from}-${to}/${bytes.length}`, ...headers },
      body: new Uint8Array(bytes.subarray(from, to + 1)),
    })

  it('small ones with one request: new, replaced, renamed or refused', async () => {
    const path = '/me/drive/root:/New/Deep/plan%231.txt:'
    const made = await json(await put(`${path}/content`, 'one'), 201)
    assert.deepEqual([made['name'], made['size']], ['plan#1.txt', 3])
    const again = await json(await put(`${path}/content`, 'two!'), 200)
    assert.equal(again['id'], made['id'])
    assert.notEqual(again['eTag'], made['eTag'])
    assert.equal(
      ((again['file'] as Json)['hashes'] as Json)['sha256Hash'],
      sha256(Buffer.from('two!')).toUpperCase(),
    )
    const fail = `${path}/content?@microsoft.graph.conflictBehavior=fail`
    assert.deepEqual((await errorOf(await put(fail, 'x'))).slice(0, 2), [409, 'nameAlreadyExists'])
    const renamed = await json(await put(fail.replace('=fail', '=rename'), 'x'), 201)
    assert.equal(renamed['name'], 'plan#1 1.txt')
    const stale = { 'if-match': String(made['eTag']) }
    const byId = `/me/drive/items/${String(made['id'])}`
    assert.equal((await put(`${byId}/content`, 'x', stale)).status, 412)
    assert.equal((await json(await put(`${byId}/content`, 'three'), 200))['size'], 5)
    assert.equal(await (await download(byId)).text(), 'three')
    test.graph.control.lock(String(made['id']))
    assert.equal((await put(`${byId}/content`, 'x')).status, 423)
  })

  it('gives them back whole, in parts, or not at all if nothing has changed', async () => {
    const path = '/me/drive/root:/Welcome.txt:'
    const whole = await download(path)
    const text = await whole.text()
    const tag = whole.headers.get('etag') ?? ''
    const part = await download(path, { range: 'bytes=3-6', 'if-range': tag })
    assert.deepEqual([part.status, await part.text()], [206, text.slice(3, 7)])
    assert.equal(part.headers.get('content-range'), `bytes 3-6/${text.length}`)
    assert.equal((await download(path, { range: 'bytes=3-6', 'if-range': '"old"' })).status, 200)
    assert.equal((await download(path, { 'if-none-match': tag })).status, 304)
    assert.equal((await test.send('GET', `${path}/content`, undefined, { 'if-none-match': tag })).status, 304)
  })

  it('large ones in ranges, and nothing but the next range', async () => {
    const bytes = randomBytes(2 * unit + 1000)
    const url = await session('/me/drive/root:/large.bin:', { fileSize: bytes.length })
    assert.notEqual(new URL(url).origin, test.graph.origin)
    assert.equal((await range(url, bytes, 0, unit - 1, { authorization: 'Bearer x' })).status, 401)
    const first = await json(await range(url, bytes, 0, unit - 1), 202)
    assert.deepEqual(first['nextExpectedRanges'], [`${unit}-`])
    assert.equal((await range(url, bytes, 0, unit - 1)).status, 416)
    assert.equal((await range(url, bytes, 2 * unit, bytes.length - 1)).status, 416)
    assert.equal((await range(url, bytes, unit, unit + 999)).status, 400)
    assert.equal((await range(url, bytes.subarray(1), unit, 2 * unit - 1)).status, 400)
    assert.deepEqual((await json(await fetch(url), 200))['nextExpectedRanges'], [`${unit}-`])
    await json(await range(url, bytes, unit, 2 * unit - 1), 202)
    const item = await json(await range(url, bytes, 2 * unit, bytes.length - 1), 201)
    assert.equal(item['size'], bytes.length)
    const back = Buffer.from(await (await download('/me/drive/root:/large.bin:')).arrayBuffer())
    assert.equal(sha256(back), sha256(bytes))
    assert.equal((await fetch(url)).status, 404)
  })

  it('goes on after a range that broke on its way', async () => {
    const bytes = randomBytes(2 * unit)
    const url = await session('/me/drive/root:/broken.bin:')
    test.graph.control.cutNext('upload', 100_000)
    await assert.rejects(range(url, bytes, 0, unit - 1))
    assert.deepEqual((await json(await fetch(url), 200))['nextExpectedRanges'], ['0-'])
    await json(await range(url, bytes, 0, unit - 1), 202)
    await json(await range(url, bytes, unit, bytes.length - 1), 201)
    test.graph.control.cutNext('download', 100_000)
    await assert.rejects(async () => (await download('/me/drive/root:/broken.bin:')).arrayBuffer())
    const rest = await download('/me/drive/root:/broken.bin:', { range: 'bytes=100000-' })
    assert.equal(rest.status, 206)
    assert.deepEqual(Buffer.from(await rest.arrayBuffer()), bytes.subarray(100_000))
  })

  it('no more than there is room for, and no name that is taken by the end', async () => {
    const large = { item: { fileSize: 2_000_000_000_000 } }
    const response = await test.send('POST', '/me/drive/root:/huge.bin:/createUploadSession', large)
    assert.deepEqual((await errorOf(response)).slice(0, 2), [507, 'quotaLimitReached'])
    const bytes = Buffer.from('content')
    const taken = await session('/me/drive/root:/Welcome.txt:')
    assert.deepEqual((await errorOf(await range(taken, bytes, 0, 6))).slice(0, 2), [409, 'nameAlreadyExists'])
    const behavior = (kind: string): Json => ({ '@microsoft.graph.conflictBehavior': kind })
    const replaced = await session('/me/drive/root:/Welcome.txt:', behavior('replace'))
    assert.equal((await json(await range(replaced, bytes, 0, 6), 200))['name'], 'Welcome.txt')
    const renamed = await session('/me/drive/root:/Welcome.txt:', behavior('rename'))
    assert.equal((await json(await range(renamed, bytes, 0, 6), 201))['name'], 'Welcome 1.txt')
    const cancelled = await session('/me/drive/root:/never.txt:')
    assert.equal((await fetch(cancelled, { method: 'DELETE' })).status, 204)
    assert.equal((await range(cancelled, bytes, 0, 6)).status, 404)
  })

  it('attachments in the way of Outlook', async () => {
    const message = await json(await test.send('POST', '/me/messages', { subject: 'Large' }), 201)
    const attachments = `/me/messages/${String(message['id'])}/attachments`
    const bytes = randomBytes(3_500_000)
    const item = { attachmentType: 'file', name: 'flower.jpg', size: bytes.length }
    const start = (AttachmentItem: Json): Promise<Response> =>
      test.send('POST', `${attachments}/createUploadSession`, { AttachmentItem })
    assert.equal((await start({ ...item, size: 1000 })).status, 400)
    const url = String((await json(await start(item), 201))['uploadUrl'])
    const between = await json(await range(url, bytes, 0, 1_999_999), 200)
    assert.deepEqual(between['NextExpectedRanges'], ['2000000'])
    const last = await range(url, bytes, 2_000_000, bytes.length - 1)
    assert.deepEqual([last.status, await last.text()], [201, ''])
    const location = last.headers.get('location') ?? ''
    const made = await entity(await test.send('GET', location))
    assert.deepEqual([made['name'], made['size']], ['flower.jpg', bytes.length])
    assert.equal(
      (await entity(await test.send('GET', attachments.replace('/attachments', ''))))['hasAttachments'],
      true,
    )
  })

  it('a photo', async () => {
    assert.equal((await put('/me/photo/$value', 'png', { 'content-type': 'image/png' })).status, 200)
    assert.equal(await (await test.send('GET', '/me/photo/$value')).text(), 'png')
    assert.equal((await put('/me/photo/$value', 'x')).status, 400)
  })
})
