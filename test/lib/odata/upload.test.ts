import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createGraphClient, type GraphClient } from '../../../nodes/lib/graph-client'
import { nextExpected } from '../../../nodes/lib/odata/content-range'
import type { Answer } from '../../../nodes/lib/odata/answer'
import type { Uploaded } from '../../../nodes/lib/odata/upload'
import type { UploadSettings } from '../../../nodes/lib/odata/transfers'
import type { Notes } from '../../../nodes/lib/notes'
import {
  fileSource,
  memorySource,
  spooledSource,
  type UploadSource,
} from '../../../nodes/lib/odata/upload-source'
import { uploadTarget } from '../../../nodes/lib/odata/upload-target'
import { ServiceError } from '../../../nodes/lib/odata/service-error'
import { Problem } from '../../../nodes/lib/problem'
import { startLocalServer, type LocalServer } from '../../support/local-server'
import { read } from '../../support/read-request'
import { openSettings } from '../../support/settings'

const MB = 1024 * 1024
const large = randomBytes(25 * MB)
const hash = (data: Buffer): string => createHash('sha256').update(data).digest('hex')

type Fault =
  | 'cut before'
  | 'cut after'
  | 'gone'
  | { readonly status: number; readonly code: string }
  /** The range is not taken, and this is said to be expected next. */
  | { readonly expects: readonly unknown[] }

const SESSION = /\/(?:up|attachmentSessions)\/(\d+)(\/content)?/u

/** An upload session as Graph documents it, with faults for the ranges to come. */
class SessionService {
  readonly sessions = new Map<string, Buffer[]>()
  readonly begun: unknown[] = []
  readonly ranges: string[] = []
  readonly authorizations: (string | undefined)[] = []
  /** Of the requests to the service itself. */
  readonly versions: (string | undefined)[] = []
  deleted = 0
  files: Buffer[] = []
  faults: (Fault | undefined)[] = []
  outlook = false
  /** The host of upload URLs that are their own permission. */
  origin = ''
  /** Where To Do keeps its sessions; blank for all others. */
  todo = ''

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const url = request.url ?? ''
    if (!SESSION.test(url)) this.versions.push(request.headers['if-match'])
    if (url.endsWith('/createUploadSession')) {
      this.begun.push(JSON.parse(body.toString()))
      const id = String(this.begun.length)
      this.sessions.set(id, [])
      const uploadUrl =
        this.todo === '' ? `${this.origin}/up/${id}?sig=secret` : `${this.todo}/attachmentSessions/${id}`
      answer(response, 200, { uploadUrl })
    } else if (SESSION.test(url)) this.#session(request, response, body)
    else if (this.files.length > 0 && url.endsWith('conflictBehavior=fail')) {
      answer(response, 409, { error: { code: 'nameAlreadyExists', message: 'It is there.' } })
    } else {
      this.files.push(body)
      if (this.faults.shift() === 'cut after') request.socket.destroy()
      else
        answer(response, 201, { id: 'small', size: body.length, url, type: request.headers['content-type'] })
    }
  }

  #session(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    this.authorizations.push(request.headers.authorization)
    const [, id = '', content] = SESSION.exec(request.url ?? '') ?? []
    if ((this.todo !== '' && request.method === 'PUT') !== (content !== undefined)) {
      answer(response, 405, { error: { code: 'methodNotAllowed', message: 'Ranges go to the content.' } })
      return
    }
    const parts = this.sessions.get(id)
    if (parts === undefined) {
      answer(response, 404, { error: { code: 'itemNotFound', message: 'The session is not there.' } })
      return
    }
    const has = parts.reduce((sum, part) => sum + part.length, 0)
    if (request.method === 'DELETE') {
      this.deleted += 1
      this.sessions.delete(id)
      response.writeHead(204).end()
      return
    }
    if (request.method === 'GET') {
      answer(response, 200, { nextExpectedRanges: [`${has}-`] })
      return
    }
    this.#range(request, response, { id, parts, has, body })
  }

  #range(request: IncomingMessage, response: ServerResponse, { id, parts, has, body }: Range): void {
    const [first = 0, last = 0, total = 0] = (request.headers['content-range']?.match(/\d+/gu) ?? []).map(
      Number,
    )
    this.ranges.push(request.headers['content-range'] ?? '')
    const fault = this.faults.shift()
    if (fault === 'cut before') request.socket.destroy()
    else if (fault === 'gone') {
      this.sessions.delete(id)
      answer(response, 404, { error: { code: 'itemNotFound' } })
    } else if (typeof fault === 'object') {
      refuse(response, fault)
    } else if (first !== has || body.length !== last - first + 1) {
      answer(response, 416, { error: { code: 'invalidRange' } })
    } else {
      parts.push(body)
      const done = last + 1 === total
      if (done) this.#finish(id, parts)
      if (fault === 'cut after') request.socket.destroy()
      else this.#took(response, done, last + 1)
    }
  }

  #finish(id: string, parts: readonly Buffer[]): void {
    this.files.push(Buffer.concat(parts))
    this.sessions.delete(id)
  }

  #took(response: ServerResponse, done: boolean, next: number): void {
    if (done && this.outlook)
      response
        .writeHead(201, {
          location: `https://outlook.example/api/v2.0/Users('u')/Messages('m')/Attachments('AAM=1')`,
        })
        .end()
    else if (done) answer(response, 201, { id: 'large', size: next })
    else if (this.outlook) answer(response, 200, { NextExpectedRanges: [String(next)] })
    else answer(response, 202, { nextExpectedRanges: [`${next}-`] })
  }
}

interface Range {
  readonly id: string
  readonly parts: Buffer[]
  /** Bytes that the session has. */
  readonly has: number
  readonly body: Buffer
}

function refuse(response: ServerResponse, fault: Exclude<Fault, string>): void {
  if ('expects' in fault) answer(response, 202, { nextExpectedRanges: fault.expects })
  else answer(response, fault.status, { error: { code: fault.code, message: 'no' } })
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

describe('an upload', () => {
  let server: LocalServer
  let service: SessionService
  let client: GraphClient
  let folder: string

  before(async () => {
    server = await startLocalServer((request, response) => void service.handle(request, response))
    client = createGraphClient({
      settings: openSettings(`${server.origin}/v1.0`, { maxRetries: 2 }),
      tokens: { get: async () => ({ value: 'TOKEN', expiresAt: undefined }), reject: () => {} },
      trace: () => {},
    })
    folder = mkdtempSync(join(tmpdir(), 'upload-'))
  })
  after(async () => {
    client.close()
    await server.close()
    rmSync(folder, { recursive: true })
  })
  beforeEach(() => {
    service = new SessionService()
    // Another host as far as the token goes: another name of this machine.
    service.origin = server.origin.replace('127.0.0.1', 'localhost')
  })

  async function put(
    source: UploadSource,
    changes: Partial<UploadSettings> = {},
    path = 'me/drive/root:/a b/c#.bin:',
  ): Promise<Answer> {
    return (await uploaded(source, changes, path)).answer
  }

  async function uploaded(
    source: UploadSource,
    changes: Partial<UploadSettings> = {},
    path = 'me/drive/root:/a b/c#.bin:',
  ): Promise<Uploaded> {
    try {
      return await client.upload(read(path), source, {
        signal: new AbortController().signal,
        conflict: 'fail',
        contentType: 'application/octet-stream',
        name: '',
        ...changes,
      })
    } finally {
      await source.close()
    }
  }

  async function problemOf(work: Promise<unknown>): Promise<Problem> {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof Problem, String(error))
    return error
  }

  const onDisk = (name: string, bytes: Buffer): string => {
    const path = join(folder, name)
    writeFileSync(path, bytes)
    return path
  }

  it('of a small file is one PUT', async () => {
    const done = await put(memorySource(Buffer.from('hello')), { contentType: 'text/plain' })
    assert.deepEqual(done.kind === 'single' && done.value, {
      id: 'small',
      size: 5,
      url: '/v1.0/me/drive/root:/a%20b/c%23.bin:/content?@microsoft.graph.conflictBehavior=fail',
      type: 'text/plain',
    })
  })

  it('of a small file whose first answer was lost may have met itself', async () => {
    service.faults = ['cut after']
    const problem = await problemOf(put(memorySource(Buffer.from('hello'))))
    assert.deepEqual([problem.code, problem.outcomeUnknown], ['nameAlreadyExists', true])
    const known = await problemOf(put(memorySource(Buffer.from('hello'))))
    assert.deepEqual([known.code, known.outcomeUnknown], ['nameAlreadyExists', false])
  })

  it('names the version that it is to replace', async () => {
    await put(memorySource(Buffer.from('hello')), { ifMatch: '"7"' }, 'me/drive/items/1')
    await put(memorySource(large), { ifMatch: '"8"' }, 'me/drive/items/1')
    assert.deepEqual(service.versions, ['"7"', '"8"'])
  })

  it('of nothing is an empty file', async () => {
    const done = await put(memorySource(Buffer.alloc(0)))
    assert.equal(done.statusCode, 201)
    assert.equal(service.files[0]?.length, 0)
  })

  it('of a large file goes range by range, in order, without the token', async () => {
    const progress: number[] = []
    const done = await put(memorySource(large), {
      conflict: 'rename',
      onProgress: (bytes, total) => progress.push(bytes / total),
    })
    assert.equal(done.kind === 'single' && (done.value as { id: string }).id, 'large')
    assert.equal(hash(service.files[0] ?? Buffer.alloc(0)), hash(large))
    assert.deepEqual(service.begun, [
      { item: { '@microsoft.graph.conflictBehavior': 'rename', fileSize: large.length } },
    ])
    for (const range of service.ranges.slice(0, -1)) {
      const [, first = '', last = ''] = /(\d+)-(\d+)/u.exec(range) ?? []
      assert.equal((Number(last) - Number(first) + 1) % 327_680, 0)
    }
    assert.deepEqual(
      service.authorizations.filter((value) => value !== undefined),
      [],
    )
    assert.ok(progress.length >= 3)
    assert.ok(!done.url.includes('secret'))
  })

  const broken: [what: string, faults: (Fault | undefined)[]][] = [
    ['a range that never arrived', [undefined, 'cut before']],
    ['an answer that was lost', [undefined, 'cut after']],
    ['a service that stumbles', [{ status: 500, code: 'generalException' }]],
    ['several of these', ['cut before', undefined, 'cut after']],
  ]
  for (const [what, faults] of broken) {
    it(`goes on where the session stands after ${what}`, async () => {
      service.faults = faults
      await put(memorySource(large))
      assert.equal(service.begun.length, 1)
      assert.equal(service.files.length, 1)
      assert.equal(hash(service.files[0] ?? Buffer.alloc(0)), hash(large))
    })
  }

  it('begins anew when the session is gone', async () => {
    service.faults = [undefined, 'gone']
    await put(memorySource(large))
    assert.equal(service.begun.length, 2)
    assert.equal(hash(service.files[0] ?? Buffer.alloc(0)), hash(large))
  })

  it('is repeated when the last answer is lost and the file may be replaced', async () => {
    service.faults = [undefined, undefined, 'cut after']
    await put(memorySource(large), { conflict: 'replace' })
    assert.equal(service.files.length, 2)
  })

  it('says so when the last answer is lost and a second upload would make another file', async () => {
    service.faults = [undefined, undefined, 'cut after']
    const problem = await problemOf(put(memorySource(large), { conflict: 'rename' }))
    assert.deepEqual([problem.code, problem.outcomeUnknown], ['uploadAnswerLost', true])
    assert.equal(service.files.length, 1)
  })

  it('says what the service refuses, and takes its session back', async () => {
    service.faults = [undefined, undefined, { status: 409, code: 'nameAlreadyExists' }]
    const problem = await problemOf(put(memorySource(large)))
    assert.ok(problem instanceof ServiceError)
    assert.equal(problem.code, 'nameAlreadyExists')
    assert.equal(service.deleted, 1)
  })

  it('gives up what is too large for one request where there are no sessions', async () => {
    const source = { ...memorySource(Buffer.alloc(0)), size: 251 * MB }
    assert.equal((await problemOf(put(source, {}, 'me/photo/$value'))).code, 'uploadTooLarge')
  })

  it('gives up when nothing gets through', async () => {
    service.faults = Array.from({ length: 10 }, () => ({ status: 503, code: 'serviceNotAvailable' }))
    assert.equal((await problemOf(put(memorySource(large)))).code, 'serviceNotAvailable')
  })

  for (const expects of [[], ['x'], [-5], [7.5], [1e18], ['99999999999999999999'], [{}]]) {
    it(`asks the session where it stands after ${JSON.stringify(expects)}`, async () => {
      service.faults = [undefined, { expects }]
      await put(memorySource(large))
      assert.equal(hash(service.files[0] ?? Buffer.alloc(0)), hash(large))
    })
  }

  it('gives up when it is sent back and forth', async () => {
    service.faults = Array.from({ length: 20 }, (_, index) => ({
      expects: [index % 2 === 0 ? '327680-' : '0-'],
    }))
    assert.equal((await problemOf(put(memorySource(large)))).code, 'uploadStuck')
    assert.ok(service.ranges.length <= 5, String(service.ranges.length))
  })

  it('takes its session back when it is cancelled', async () => {
    const stop = new AbortController()
    const work = put(memorySource(large), {
      signal: stop.signal,
      onProgress: (bytes) => bytes > 0 && stop.abort(new Error('cancelled')),
    })
    await assert.rejects(work, /cancelled/u)
    assert.equal(service.deleted, 1)
  })

  describe('from a file', () => {
    const notes = (): Notes & { kept: Map<string, string> } => {
      const kept = new Map<string, string>()
      return {
        kept,
        read: async (name) => kept.get(name),
        write: async (name, text) => void kept.set(name, text),
        remove: async (name) => void kept.delete(name),
      }
    }

    async function interrupted(path: string, note: Notes): Promise<void> {
      const stop = new AbortController()
      const work = put(await fileSource(path, 'file'), {
        signal: stop.signal,
        notes: note,
        keepSession: () => true,
        onProgress: (bytes) => bytes > 0 && stop.abort(new Error('restart')),
      })
      await assert.rejects(work, /restart/u)
    }

    it('goes on after a restart where it was', async () => {
      const path = onDisk('film.bin', large)
      const note = notes()
      await interrupted(path, note)
      const before = service.ranges.length
      await put(await fileSource(path, 'file'), { notes: note })
      assert.equal(service.begun.length, 1)
      assert.ok(service.ranges[before]?.startsWith(`bytes ${32 * 327_680}-`), service.ranges[before])
      assert.equal(hash(service.files[0] ?? Buffer.alloc(0)), hash(large))
      assert.equal(note.kept.size, 0)
    })

    it('begins anew after a restart when the file is another one', async () => {
      const path = onDisk('changed.bin', large)
      const note = notes()
      await interrupted(path, note)
      writeFileSync(path, Buffer.concat([large, Buffer.from('!')]))
      await put(await fileSource(path, 'file'), { notes: note })
      assert.equal(service.begun.length, 2)
    })

    it('does not mix two versions of a file that changes meanwhile', async () => {
      const path = onDisk('changing.bin', large)
      let changed = false
      const work = put(await fileSource(path, 'file'), {
        onProgress: (bytes) => {
          if (bytes > 0 && !changed) writeFileSync(path, randomBytes(large.length))
          changed ||= bytes > 0
        },
      })
      assert.equal((await problemOf(work)).code, 'fileChanged')
      assert.equal(service.files.length, 0)
      assert.equal(service.deleted, 1)
    })

    it('says which file is missing, without its folder', async () => {
      const problem = await problemOf(fileSource(join(folder, 'none.bin'), 'file'))
      assert.deepEqual([problem.code, problem.values['value']], ['fileMissing', 'none.bin'])
    })
  })

  describe('from a stream', () => {
    const spooled = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('graph-odata-'))

    it('of a length that nobody knows', async () => {
      const before = spooled()
      const stream = Readable.from([large.subarray(0, 9 * MB), large.subarray(9 * MB)])
      const source = await spooledSource(stream, 1e9, 'body', new AbortController().signal)
      await put(source)
      assert.equal(hash(service.files[0] ?? Buffer.alloc(0)), hash(large))
      assert.deepEqual(spooled(), before)
    })

    it('that breaks, or is too long, leaves nothing behind', async () => {
      const before = spooled()
      const signal = new AbortController().signal
      const breaking = Readable.from(
        (async function* () {
          yield Buffer.from('x')
          await Promise.reject(new Error('broken'))
        })(),
      )
      assert.equal((await problemOf(spooledSource(breaking, 1e9, 'body', signal))).code, 'streamBroken')
      const long = Readable.from([Buffer.alloc(1000)])
      assert.equal((await problemOf(spooledSource(long, 999, 'body', signal))).code, 'fileTooLarge')
      assert.deepEqual(spooled(), before)
    })
  })

  describe('of an attachment', () => {
    const attachments = 'me/messages/1/attachments'

    it('goes with its name and as text where it is small', async () => {
      await put(memorySource(Buffer.from('hi')), { name: 'hi.txt', contentType: 'text/plain' }, attachments)
      assert.deepEqual(JSON.parse(String(service.files[0])), {
        '@odata.type': '#microsoft.graph.fileAttachment',
        name: 'hi.txt',
        contentType: 'text/plain',
        contentBytes: 'aGk=',
      })
    })

    it('goes in ranges of four megabytes at most where it is large', async () => {
      service.outlook = true
      const { answer: done, location } = await uploaded(memorySource(large), { name: 'big.bin' }, attachments)
      assert.equal(location, `${server.origin}/v1.0/me/messages/1/attachments/AAM=1`)
      assert.equal(done.statusCode, 201)
      assert.equal(done.kind, 'empty')
      assert.equal(hash(service.files[0] ?? Buffer.alloc(0)), hash(large))
      assert.deepEqual(service.begun, [
        {
          AttachmentItem: {
            attachmentType: 'file',
            name: 'big.bin',
            contentType: 'application/octet-stream',
            size: large.length,
          },
        },
      ])
      for (const range of service.ranges) {
        const [, first = '', last = ''] = /(\d+)-(\d+)/u.exec(range) ?? []
        assert.ok(Number(last) - Number(first) < 4e6)
      }
    })

    it('goes to a task as To Do wants it: to its content, and with the token', async () => {
      const task = 'me/todo/lists/1/tasks/2'
      service.outlook = true
      service.todo = `${server.origin}/v1.0/${task}`
      service.faults = [undefined, 'cut before']
      const source = memorySource(large.subarray(0, 9 * MB))
      const { location } = await uploaded(source, { name: 'big.bin' }, `${task}/attachments`)
      assert.equal(location, `${server.origin}/v1.0/${task}/attachments/AAM=1`)
      assert.equal(hash(service.files[0] ?? Buffer.alloc(0)), hash(large.subarray(0, 9 * MB)))
      const item = { attachmentType: 'file', name: 'big.bin', contentType: 'application/octet-stream' }
      assert.deepEqual(service.begun, [{ attachmentInfo: { ...item, size: 9 * MB } }])
      assert.deepEqual(new Set(service.authorizations), new Set(['Bearer TOKEN']))
    })

    it('of a task tells the token to nobody else', async () => {
      service.outlook = true
      service.todo = `${service.origin}/v1.0/me/todo/lists/1/tasks/2`
      const attempt = put(memorySource(large), { name: 'a' }, 'me/todo/lists/1/tasks/2/attachments')
      assert.equal((await problemOf(attempt)).code, 'methodNotAllowed')
      assert.deepEqual(new Set(service.authorizations), new Set([undefined]))
    })

    it('of a task that is not wanted any more takes its session back', async () => {
      const task = 'me/todo/lists/1/tasks/2'
      service.todo = `${server.origin}/v1.0/${task}`
      service.faults = [{ status: 413, code: 'tooLarge' }]
      const attempt = put(memorySource(large), { name: 'a' }, `${task}/attachments`)
      assert.equal((await problemOf(attempt)).code, 'tooLarge')
      assert.equal(service.deleted, 1)
    })
  })
})

describe('where an upload goes', () => {
  const service = 'https://graph.microsoft.com/v1.0'
  const table: [address: string, kind: string, put: string, session?: string][] = [
    [
      '/me/drive/root:/a.txt:',
      'driveItem',
      '/me/drive/root:/a.txt:/content?@microsoft.graph.conflictBehavior=fail',
      '/me/drive/root:/a.txt:/createUploadSession',
    ],
    [
      '/me/drive/root:/f/a.txt',
      'driveItem',
      '/me/drive/root:/f/a.txt:/content?@microsoft.graph.conflictBehavior=fail',
      '/me/drive/root:/f/a.txt:/createUploadSession',
    ],
    [
      '/me/drive/root:/a.txt:/content',
      'driveItem',
      '/me/drive/root:/a.txt:/content?@microsoft.graph.conflictBehavior=fail',
      '/me/drive/root:/a.txt:/createUploadSession',
    ],
    [
      '/drives/b!x/items/01A:/a.txt:',
      'driveItem',
      '/drives/b!x/items/01A:/a.txt:/content?@microsoft.graph.conflictBehavior=fail',
      '/drives/b!x/items/01A:/a.txt:/createUploadSession',
    ],
    [
      '/me/drive/special/approot:/a.txt',
      'driveItem',
      '/me/drive/special/approot:/a.txt:/content?@microsoft.graph.conflictBehavior=fail',
      '/me/drive/special/approot:/a.txt:/createUploadSession',
    ],
    [
      '/drives/b!x/items/01A',
      'driveItem',
      '/drives/b!x/items/01A/content',
      '/drives/b!x/items/01A/createUploadSession',
    ],
    [
      '/sites/s/drive/items/01A/content',
      'driveItem',
      '/sites/s/drive/items/01A/content',
      '/sites/s/drive/items/01A/createUploadSession',
    ],
    [
      '/drives/b!x/items/01F/children/a%20b.txt/content',
      'driveItem',
      '/drives/b!x/items/01F:/a%20b.txt:/content?@microsoft.graph.conflictBehavior=fail',
      '/drives/b!x/items/01F:/a%20b.txt:/createUploadSession',
    ],
    [
      '/sites/s/lists/l/items/5/driveItem',
      'driveItem',
      '/sites/s/lists/l/items/5/driveItem/content',
      '/sites/s/lists/l/items/5/driveItem/createUploadSession',
    ],
    ['/sites/s/lists/l/items/5', 'stream', '/sites/s/lists/l/items/5'],
    ['/me/photo', 'stream', '/me/photo/$value'],
    ['/me/photo/$value', 'stream', '/me/photo/$value'],
    [
      '/me/messages/1/attachments',
      'attachment',
      '/me/messages/1/attachments',
      '/me/messages/1/attachments/createUploadSession',
    ],
  ]
  for (const [address, kind, put, session] of table) {
    it(`${address} is a ${kind}`, () => {
      const target = uploadTarget(service + address, 'fail')
      assert.equal(target.kind, kind)
      const url =
        target.kind === 'driveItem'
          ? target.content
          : target.kind === 'attachment'
            ? target.collection
            : target.url
      assert.equal(url, service + put)
      if (target.kind !== 'stream') assert.equal(target.session, service + session)
    })
  }

  const ranges: [body: object, next: number | undefined][] = [
    [{ nextExpectedRanges: ['26-'] }, 26],
    [{ nextExpectedRanges: ['12345-55232', '77829-99375'] }, 12_345],
    [{ NextExpectedRanges: ['2097152'] }, 2_097_152],
    [{ nextExpectedRanges: [] }, undefined],
    [{ nextExpectedRanges: ['x'] }, undefined],
    [{ nextExpectedRanges: [-1] }, undefined],
    [{ nextExpectedRanges: [0.5] }, undefined],
    [{}, undefined],
  ]
  for (const [body, next] of ranges) {
    it(`${JSON.stringify(body)} goes on at ${next}`, () => assert.equal(nextExpected({ ...body }), next))
  }
})
