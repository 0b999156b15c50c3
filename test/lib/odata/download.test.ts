import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGraphClient, type GraphClient } from '../../../nodes/lib/graph-client'
import { FileSink, MemorySink, type ByteSink } from '../../../nodes/lib/odata/byte-sink'
import { ServiceError } from '../../../nodes/lib/odata/service-error'
import { Problem } from '../../../nodes/lib/problem'
import { startLocalServer, type LocalServer } from '../../support/local-server'
import { read } from '../../support/read-request'
import { openSettings } from '../../support/settings'

const bytes = randomBytes(300_000)
const hash = (data: Buffer): string => createHash('sha256').update(data).digest('hex')

/** How the storage host behaves to one request; the last one stays. */
interface Behaviour {
  /** Bytes of the answer after which the connection is cut. */
  readonly cutAfter?: number
  readonly ranges?: boolean
  readonly etag?: string
  readonly content?: Buffer
  readonly stall?: boolean
  /** Without saying before how long it is. */
  readonly chunked?: boolean
}

describe('a download', () => {
  let service: LocalServer
  let storage: LocalServer
  let client: GraphClient
  let behaviours: Behaviour[]
  let seen: IncomingMessage[]
  let redirects: number
  let folder: string

  before(async () => {
    storage = await startLocalServer((request, response) => {
      seen.push(request)
      const behaviour = behaviours.length > 1 ? behaviours.shift() : behaviours[0]
      serve(request, response, behaviour ?? {})
    })
    service = await startLocalServer((request, response) => {
      redirects += 1
      if (request.url?.includes('missing') === true) {
        response.writeHead(404, { 'content-type': 'application/json' })
        response.end('{"error":{"code":"itemNotFound","message":"The resource could not be found."}}')
      } else response.writeHead(302, { location: `${storage.origin}/file?sig=${redirects}` }).end()
    })
    client = createGraphClient({
      settings: openSettings(`${service.origin}/v1.0`, { maxRetries: 2, timeout: 400 }),
      tokens: undefined,
      trace: () => {},
    })
    folder = mkdtempSync(join(tmpdir(), 'download-'))
  })
  after(async () => {
    client.close()
    await Promise.all([service.close(), storage.close()])
    rmSync(folder, { recursive: true })
  })
  beforeEach(() => {
    behaviours = [{}]
    seen = []
    redirects = 0
  })

  const get = async (
    sink: ByteSink,
    changes: {
      maxSize?: number
      signal?: AbortSignal
      onProgress?: (bytes: number, total?: number) => void
    } = {},
    path = 'me/drive/items/1/content',
  ) => client.download(read(path), sink, { signal: new AbortController().signal, maxSize: 1e9, ...changes })

  async function problemOf(work: Promise<unknown>): Promise<Problem> {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof Problem, String(error))
    return error
  }

  it('brings the bytes from where the service leads, and says how far it is', async () => {
    const sink = new MemorySink()
    const progress: [number, number | undefined][] = []
    const done = await get(sink, { onProgress: (...step) => progress.push(step as [number, number]) })
    assert.equal(hash(sink.bytes), hash(bytes))
    assert.equal(done.size, bytes.length)
    assert.equal(done.contentType, 'application/pdf')
    assert.equal(done.etag, '"1"')
    assert.equal(done.url, `${service.origin}/v1.0/me/drive/items/1/content`)
    assert.deepEqual(progress.at(-1), [bytes.length, bytes.length])
    assert.equal(seen[0]?.headers['accept-encoding'], 'identity')
  })

  for (const cut of [0, 1, 100_000, 299_999]) {
    it(`goes on by Range where it was cut after ${cut} bytes`, async () => {
      behaviours = [{ cutAfter: cut }, {}]
      const sink = new MemorySink()
      await get(sink)
      assert.equal(hash(sink.bytes), hash(bytes))
      assert.equal(seen.length, 2)
      // A fresh address for each part: the one before may have expired.
      assert.equal(redirects, 2)
      assert.match(seen[1]?.headers.range ?? 'none', cut === 0 ? /^none$/u : /^bytes=\d+-$/u)
    })
  }

  it('goes on any number of times while it gets further', async () => {
    behaviours = [...Array.from({ length: 6 }, () => ({ cutAfter: 50_000 })), {}]
    const sink = new MemorySink()
    await get(sink)
    assert.equal(hash(sink.bytes), hash(bytes))
  }).timeout(20_000)

  it('goes on after a stall', async () => {
    behaviours = [{ cutAfter: 100_000, stall: true }, {}]
    const sink = new MemorySink()
    await get(sink)
    assert.equal(hash(sink.bytes), hash(bytes))
  })

  it('passes over what it has where the service knows no ranges', async () => {
    behaviours = [{ cutAfter: 100_000 }, { ranges: false }]
    const sink = new MemorySink()
    await get(sink)
    assert.equal(hash(sink.bytes), hash(bytes))
  })

  for (const [what, length] of [
    ['shorter', 1000],
    ['longer', 400_000],
    ['as long', bytes.length],
  ] as const) {
    it(`begins anew when the file is another one by then, which is ${what}`, async () => {
      const other = randomBytes(length)
      behaviours = [{ cutAfter: 100_000 }, { etag: '"2"', content: other }]
      const sink = new MemorySink()
      const done = await get(sink)
      assert.equal(hash(sink.bytes), hash(other))
      assert.equal(done.etag, '"2"')
    })
  }

  it('gives up a file that changes each time', async () => {
    behaviours = Array.from({ length: 20 }, (_, index) => ({ cutAfter: 100_000, etag: `"${index}"` }))
    assert.equal((await problemOf(get(new MemorySink()))).code, 'fileChanging')
  })

  it('has all where only the end of the answer was lost', async () => {
    behaviours = [{ cutAfter: bytes.length, chunked: true }, {}]
    const sink = new MemorySink()
    await get(sink)
    assert.equal(hash(sink.bytes), hash(bytes))
  })

  it('knows where the bytes of an item are', async () => {
    const done = await get(new MemorySink(), {}, 'me/drive/root:/a b.txt')
    assert.equal(done.url, `${service.origin}/v1.0/me/drive/root:/a%20b.txt:/content`)
  })

  it('gives up after so many tries in vain', async () => {
    behaviours = [{ cutAfter: 100_000 }, { cutAfter: 0 }]
    const problem = await problemOf(get(new MemorySink()))
    assert.ok(['answerCut', 'connectionLost'].includes(problem.code), problem.code)
  })

  it('takes no more than it may, and does not begin where that is known before', async () => {
    const sink = new MemorySink()
    const problem = await problemOf(get(sink, { maxSize: 1000 }))
    assert.equal(problem.code, 'fileTooLarge')
    assert.equal(sink.bytes.length, 0)
  })

  it("says what the service refuses in the service's words", async () => {
    const problem = await problemOf(get(new MemorySink(), {}, 'me/drive/items/missing/content'))
    assert.ok(problem instanceof ServiceError)
    assert.equal(problem.code, 'itemNotFound')
  })

  it('stops at once when it is told to', async () => {
    behaviours = [{ cutAfter: 1000, stall: true }]
    const stop = new AbortController()
    const work = get(new MemorySink(), {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('stop')),
    })
    await assert.rejects(work, /stop/u)
  })

  describe('to a file', () => {
    it('is there whole, and replaces what was there', async () => {
      const path = join(folder, 'report.pdf')
      writeFileSync(path, 'old')
      behaviours = [{ cutAfter: 100_000 }, {}]
      const sink = new FileSink(path, 'file')
      await get(sink)
      assert.equal(readFileSync(path, 'utf8'), 'old')
      await sink.finish()
      assert.equal(hash(readFileSync(path)), hash(bytes))
      assert.deepEqual(readdirSync(folder), ['report.pdf'])
    })

    it('leaves nothing behind where it breaks', async () => {
      const path = join(folder, 'broken.pdf')
      behaviours = [{ cutAfter: 100_000 }, { cutAfter: 0 }]
      const sink = new FileSink(path, 'file')
      await problemOf(get(sink))
      await sink.discard()
      assert.equal(
        readdirSync(folder).some((name) => name.startsWith('broken')),
        false,
      )
    })

    it('is no folder, which is known before anything has come', async () => {
      mkdirSync(join(folder, 'taken'))
      const progress: number[] = []
      const sink = new FileSink(join(folder, 'taken'), 'file')
      const problem = await problemOf(get(sink, { onProgress: (done) => progress.push(done) }))
      assert.deepEqual([problem.code, problem.values['reason'], progress], ['fileNotWritable', 'EISDIR', []])
    })

    it('says which folder is missing', async () => {
      const sink = new FileSink(join(folder, 'nowhere', 'x.pdf'), 'file')
      const problem = await problemOf(get(sink))
      assert.equal(problem.code, 'fileFolderMissing')
      assert.deepEqual(problem.values, { field: 'file', value: 'x.pdf', reason: 'ENOENT' })
    })
  })
})

function serve(request: IncomingMessage, response: ServerResponse, behaviour: Behaviour): void {
  const { content = bytes, etag = '"1"', ranges = true } = behaviour
  const [, from = '0'] = /^bytes=(\d+)-$/u.exec(request.headers.range ?? '') ?? []
  const first = ranges ? Number(from) : 0
  if (first >= content.length) {
    response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
    return
  }
  const part = content.subarray(first)
  response.writeHead(first > 0 ? 206 : 200, {
    'content-type': 'application/pdf',
    ...(behaviour.chunked === true ? {} : { 'content-length': part.length }),
    etag,
    ...(first > 0 ? { 'content-range': `bytes ${first}-${content.length - 1}/${content.length}` } : {}),
  })
  const { cutAfter } = behaviour
  if (cutAfter === undefined) response.end(part)
  else {
    response.flushHeaders()
    // Written out before the cut, else the reset overtakes the bytes.
    response.write(part.subarray(0, cutAfter), () => {
      if (behaviour.stall !== true) setTimeout(() => response.socket?.destroy(), 20)
    })
  }
}
