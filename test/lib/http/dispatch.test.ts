import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { dispatchRequests, type DispatchSettings } from '../../../nodes/lib/http/dispatch-policy'
import { pipeline, type HttpRequest, type HttpResponse, type Send } from '../../../nodes/lib/http/http'
import { orderByItem } from '../../../nodes/lib/http/item-order'
import { directNetwork } from '../../../nodes/lib/http/network'
import { followRedirects } from '../../../nodes/lib/http/redirect'
import { retry } from '../../../nodes/lib/http/retry'
import { createTransport, type Transport } from '../../../nodes/lib/http/transport'
import { readAnswer } from '../../../nodes/lib/odata/answer'
import { Problem } from '../../../nodes/lib/problem'
import { startLocalServer, type LocalServer } from '../../support/local-server'
import { until } from '../../support/until'

interface Part {
  readonly id: string
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly body?: unknown
}

interface PartAnswer {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

/** What came in: one request, or the parts of a batch. */
interface Seen {
  readonly url: string
  readonly parts?: readonly Part[]
}

describe('requests that go to one service', () => {
  let server: LocalServer
  let transport: Transport
  let seen: Seen[]
  /** Answers a request that comes alone, or a part. */
  let answerPart: (url: string, method: string, tries: number) => PartAnswer | undefined
  /** Answers a whole batch; undefined: by its parts. */
  let answerBatch: ((response: ServerResponse, parts: readonly Part[]) => boolean) | undefined
  let latency: number
  /** How many must have come before the first is answered. */
  let crowd: number
  let inFlight: number
  let mostInFlight: number
  let tries: Map<string, number>
  const closing: { close(): void }[] = []

  before(async () => {
    server = await startLocalServer((request, response) => {
      inFlight += 1
      mostInFlight = Math.max(mostInFlight, inFlight)
      response.once('close', () => (inFlight -= 1))
      void handle(request, response)
    })
    transport = createTransport(directNetwork)
  })
  beforeEach(() => {
    seen = []
    answerPart = () => ({ status: 200, body: { ok: true } })
    answerBatch = undefined
    latency = 5
    crowd = 1
    inFlight = 0
    mostInFlight = 0
    tries = new Map()
  })
  afterEach(() => {
    for (const one of closing.splice(0)) one.close()
  })
  after(async () => {
    transport.close()
    await server.close()
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const url = request.url ?? ''
    const sent = Buffer.concat(chunks).toString()
    const parts = url.endsWith('/$batch') ? (JSON.parse(sent) as { requests: Part[] }).requests : undefined
    seen.push({ url, ...(parts === undefined ? {} : { parts }) })
    await until(() => seen.length >= crowd)
    await delay(latency)
    if (parts === undefined) {
      const { status, headers, body } = one(url.replace('/v1.0', ''), request.method ?? '')
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(body === undefined ? '' : JSON.stringify(body))
      return
    }
    if (answerBatch?.(response, parts) === true) return
    const responses = parts.flatMap((part) => {
      const answer = one(part.url, part.method)
      return answer === undefined ? [] : [{ id: part.id, ...answer }]
    })
    response.writeHead(200, { 'content-type': 'application/json', 'request-id': 'outer' })
    response.end(JSON.stringify({ responses: responses.toReversed() }))
  }

  function one(url: string, method: string): PartAnswer {
    const count = (tries.get(url) ?? 0) + 1
    tries.set(url, count)
    return answerPart(url, method, count) as PartAnswer
  }

  function sender(changes: Partial<DispatchSettings> = {}, maxRetries = 3): Send {
    const dispatch = dispatchRequests({
      serviceUrl: `${server.origin}/v1.0`,
      concurrency: 2,
      batch: 'auto',
      graph: true,
      ...changes,
    })
    closing.push(dispatch)
    const check = async (response: HttpResponse, { url }: HttpRequest) => readAnswer(response, url)
    const policies = [
      followRedirects(),
      orderByItem(),
      retry({ maxRetries, check, random: () => 0 }),
      dispatch,
    ]
    return pipeline(policies, transport.send)
  }

  function request(path: string, changes: Partial<HttpRequest> = {}): HttpRequest {
    return {
      method: 'GET',
      url: `${server.origin}/v1.0${path}`,
      headers: new Map([['accept', 'application/json']]),
      signal: new AbortController().signal,
      timeout: 2000,
      maxResponseSize: 1e6,
      ...changes,
    }
  }

  const patch = { method: 'PATCH', body: '{"a":1}', repeat: 'idempotent' } as const
  const users = (count: number): string[] => Array.from({ length: count }, (_, index) => `/users/${index}`)
  const shape = (): number[] => seen.map(({ parts }) => parts?.length ?? 1)

  describe('in a busy flow', () => {
    it('go at once where nothing is under way, and together from then on', async () => {
      const send = sender()
      const answers = await Promise.all(users(45).map(async (path) => send(request(path))))
      assert.deepEqual(shape(), [1, 20, 20, 4])
      assert.ok(mostInFlight <= 2)
      assert.ok(answers.every(({ status, body }) => status === 200 && body.toString() === '{"ok":true}'))
    })

    it('wait for those of the same turn alone, as long as there is a place', async () => {
      const send = sender({ concurrency: 4 })
      crowd = 3
      const first = send(request('/users/1'))
      await delay(5)
      const second = users(2).map(async (path) => send(request(path)))
      await delay(5)
      const third = send(request('/users/9'))
      await Promise.all([first, ...second, third])
      assert.deepEqual(shape(), [1, 2, 1])
    })

    it('do not leave any more when they are closed in the turn in which they came', async () => {
      const dispatch = dispatchRequests({
        serviceUrl: `${server.origin}/v1.0`,
        concurrency: 4,
        batch: 'auto',
        graph: true,
      })
      const send = pipeline([dispatch], transport.send)
      crowd = 2
      const sent = users(3).map(async (path) => send(request(path)))
      dispatch.close()
      const [first, ...others] = await Promise.allSettled([
        Promise.race([sent[0], delay(50)]),
        ...sent.slice(1),
      ])
      assert.equal(first?.status, 'fulfilled')
      for (const other of others) {
        assert.ok(other.status === 'rejected' && other.reason instanceof Problem)
        assert.equal(other.reason.code, 'connectionClosed')
      }
      assert.equal(seen.length, 1)
      crowd = 1
      await sent[0]
    })

    it('are forgotten when they are given up in the turn in which they came', async () => {
      const send = sender({ concurrency: 4 })
      const stop = new AbortController()
      const first = send(request('/users/1'))
      const second = send(request('/users/2', { signal: stop.signal }))
      const third = send(request('/users/3'))
      stop.abort(new Error('enough'))
      await assert.rejects(second, /enough/)
      await Promise.all([first, third])
      assert.deepEqual(shape(), [1, 1])
    })

    it('go one by one where batching is off, and give the same', async () => {
      answerPart = (url) => ({ status: 200, headers: { ETag: `W/"${url}"` }, body: { id: url, big: 'x' } })
      const ask = async (batch: 'auto' | 'off') => {
        const send = sender({ batch })
        const all = await Promise.all(users(10).map(async (path) => send(request(path))))
        return all.map(({ status, body, headers, url }) => [status, String(body), headers.get('etag'), url])
      }
      assert.deepEqual(await ask('auto'), await ask('off'))
      assert.deepEqual(
        shape().slice(-10),
        Array.from({ length: 10 }, () => 1),
      )
    })

    it('carry headers and body as they are', async () => {
      const send = sender({ concurrency: 1 })
      const headers = new Map([
        ['authorization', 'Bearer SECRET'],
        ['if-match', 'W/"1"'],
        ['content-type', 'application/json'],
      ])
      await Promise.all([
        send(request('/me')),
        send(request('/users/1', { ...patch, headers, body: '{"n":12345678901234567890}' })),
        send(request('/users/2', { method: 'POST', repeat: 'safe' })),
      ])
      const [first, second] = seen[1]?.parts ?? []
      assert.deepEqual(first?.headers, { 'if-match': 'W/"1"', 'content-type': 'application/json' })
      assert.deepEqual([first?.method, first?.url], ['PATCH', '/users/1'])
      assert.deepEqual([second?.body, second?.headers['content-type']], [{}, 'application/json'])
    })

    it('are of many owners, each in turn', async () => {
      const send = sender({ batch: 'off', concurrency: 1 })
      const order: string[] = []
      const work = ['big', 'big', 'big', 'big', 'small'].map(async (owner, index) => {
        await send(request(`/users/${index}`, { owner }))
        order.push(owner)
      })
      await Promise.all(work)
      assert.deepEqual(order, ['big', 'big', 'small', 'big', 'big'])
    })

    it('leave when they are stopped, and only they', async () => {
      const send = sender({ concurrency: 1 })
      const stop = new AbortController()
      const first = send(request('/users/0'))
      const gone = send(request('/users/1', { signal: stop.signal }))
      const stays = send(request('/users/2'))
      stop.abort()
      await assert.rejects(gone, { name: 'AbortError' })
      assert.deepEqual([(await first).status, (await stays).status], [200, 200])
      assert.deepEqual(
        seen.map(({ url }) => url),
        ['/v1.0/users/0', '/v1.0/users/2'],
      )
    })

    it('leave a batch that is on its way; a write among them has an unknown outcome', async () => {
      const send = sender({ concurrency: 1 })
      const stop = new AbortController()
      latency = 30
      const first = send(request('/users/0'))
      const read = send(request('/users/1', { signal: stop.signal }))
      const write = send(request('/users/2', { ...patch, signal: stop.signal }))
      const stays = send(request('/users/3'))
      await first
      setTimeout(() => stop.abort(), 5)
      await assert.rejects(read, { name: 'AbortError' })
      await assert.rejects(write, (error: unknown) => error instanceof Problem && error.outcomeUnknown)
      assert.equal((await stays).status, 200)
    })

    it('are refused in clear words when too many wait', async () => {
      const send = sender({ concurrency: 1 })
      latency = 100
      const stops = Array.from({ length: 20_002 }, () => new AbortController())
      const all = stops.map(async ({ signal }, index) =>
        send(request(`/users/${index}`, { signal })).catch((error: unknown) => error),
      )
      const last = await all.at(-1)
      assert.ok(last instanceof Problem)
      assert.deepEqual([last.code, last.values], ['queueFull', { limit: 20_000 }])
      for (const stop of stops) stop.abort()
      await Promise.all(all)
    })

    it('end when the connection is closed', async () => {
      const send = sender({ concurrency: 1 })
      latency = 20
      const [first, second] = [send(request('/users/0')), send(request('/users/1'))]
      closing.pop()?.close()
      await assert.rejects(second, { code: 'connectionClosed' })
      assert.equal((await first).status, 200)
    })
  })

  describe('on one item', () => {
    it('run one after another when one of them is a write, through its repeats', async () => {
      const send = sender({ concurrency: 4 })
      const done: string[] = []
      answerPart = (url, method, count) => {
        done.push(`${method} ${url}`)
        return {
          status: method === 'PATCH' && count === 1 ? 429 : 200,
          headers: { 'retry-after': '0' },
          body: {},
        }
      }
      await Promise.all([
        send(request('/users/1', patch)),
        send(request('/users/1/manager')),
        send(request('/users/1', { method: 'DELETE', repeat: 'idempotent' })),
        send(request('/users/2')),
      ])
      assert.deepEqual(
        done.filter((line) => line.includes('/users/1')),
        ['PATCH /users/1', 'PATCH /users/1', 'GET /users/1/manager', 'DELETE /users/1'],
      )
      assert.ok(done.indexOf('GET /users/2') < 2)
    })

    it('are the same item however its address is written', async () => {
      const send = sender({ concurrency: 4, batch: 'off' })
      latency = 20
      const addresses = ['/users/a@b', "/users('a@b')", '/Users/A%40b', '/users/a@b/']
      const done = await Promise.all(addresses.map(async (url) => send(request(url, patch))))
      assert.deepEqual([mostInFlight, done.length], [1, 4])
    })

    it('do not wait when all of them read, or make something new', async () => {
      const send = sender({ concurrency: 4, batch: 'off' })
      crowd = 4
      const create = { method: 'POST', body: '{}' } as const
      await Promise.all([
        send(request('/users', create)),
        send(request('/users', create)),
        send(request('/users/1')),
        send(request('/users/1')),
      ])
      assert.equal(mostInFlight, 4)
    })
  })

  describe('in one mailbox', () => {
    it('are four at a time, however many there may be', async () => {
      const send = sender({ concurrency: 8 })
      const messages = async (owner: string) =>
        Promise.all(
          Array.from({ length: 10 }, async (_, index) => send(request(`${owner}/messages/${index}`))),
        )
      crowd = 4
      await messages('/me')
      assert.equal(mostInFlight, 4)
      seen = []
      crowd = 8
      await Promise.all([messages('/users/a'), messages('/users/b')])
      assert.equal(mostInFlight, 8)
      assert.ok(seen.every(({ parts }) => parts === undefined))
    })

    it('are of one mailbox, whether it is called me or by the name of who has signed in', async () => {
      const send = sender({ concurrency: 8, isAccount: (name) => name === 'adele@contoso.com' })
      latency = 20
      const owners = ['/me', '/users/Adele@contoso.com', "/users('adele%40contoso.com')"]
      await Promise.all(
        owners.flatMap((owner) => users(4).map(async (_, at) => send(request(`${owner}/events/${at}`)))),
      )
      assert.equal(mostInFlight, 4)
    })

    it('cost no more each where there are thousands of mailboxes', async () => {
      const began = process.cpuUsage()
      const quick = pipeline(
        [
          dispatchRequests({
            serviceUrl: `${server.origin}/v1.0`,
            concurrency: 4,
            batch: 'auto',
            graph: true,
          }),
        ],
        async ({ url }) => ({ status: 200, headers: new Map(), body: Buffer.from('{}'), url }),
      )
      const all = users(5000).map(async (user) => quick(request(`${user}/mailFolders/inbox`)))
      assert.equal((await Promise.all(all)).length, 5000)
      const { user, system } = process.cpuUsage(began)
      assert.ok((user + system) / 1e6 < 8, `${(user + system) / 1e6} s of processor time`)
    })
  })

  describe('as parts of a batch', () => {
    /** One goes alone, the others together. */
    async function together(
      paths: readonly string[],
      changes: Partial<HttpRequest> = {},
      maxRetries?: number,
    ): Promise<(HttpResponse | Problem)[]> {
      const send = sender({ concurrency: 1 }, maxRetries)
      const first = send(request('/first'))
      const rest = paths.map(async (path) =>
        send(request(path, changes)).catch((error: unknown) => {
          assert.ok(error instanceof Problem, String(error))
          return error
        }),
      )
      await first
      return Promise.all(rest)
    }

    const statuses = (all: (HttpResponse | Problem)[]): (number | string)[] =>
      all.map((one) => (one instanceof Problem ? one.code : one.status))

    it('are repeated one by one, each after its own time', async () => {
      answerPart = (url, _method, count) =>
        url === '/users/1' && count === 1
          ? { status: 429, headers: { 'Retry-After': '0.05' }, body: { error: { code: 'x' } } }
          : { status: 200, body: {} }
      assert.deepEqual(statuses(await together(users(3))), [200, 200, 200])
      assert.deepEqual([tries.get('/users/0'), tries.get('/users/1')], [1, 2])
    })

    it('are followed where they are redirected', async () => {
      answerPart = (url) =>
        url === '/users/1'
          ? { status: 302, headers: { Location: `${server.origin}/v1.0/users/9` } }
          : { status: 200, body: { url } }
      const [, second] = await together(users(2))
      assert.ok(second !== undefined && !(second instanceof Problem))
      assert.equal(second.body.toString(), '{"url":"/users/9"}')
    })

    it('have no body where the service writes null', async () => {
      answerPart = () => ({ status: 204, body: null })
      const all = await together(users(2))
      assert.ok(all.every((one) => !(one instanceof Problem) && one.body.length === 0))
    })

    it('that the service leaves out are treated as lost', async () => {
      answerPart = (url, _method, count) =>
        url === '/users/1' && count === 1 ? undefined : { status: 200, body: {} }
      assert.deepEqual(statuses(await together(users(3))), [200, 200, 200])
      tries.clear()
      const [lost] = (await together(['/users/1', '/users/2'], patch, 0)) as Problem[]
      assert.deepEqual([lost?.code, lost?.outcomeUnknown], ['partMissing', true])
    })

    const garbage: [what: string, part: object][] = [
      ...[0, -1, 150, 200.5, 1e9, '200', null].map((status): [string, object] => [
        `a status of ${JSON.stringify(status)}`,
        { status },
      ]),
      ['no object', [200]],
    ]
    for (const [what, part] of garbage) {
      it(`that are answered with ${what} are treated as lost`, async () => {
        answerPart = (url) => (url === '/users/1' ? (part as PartAnswer) : { status: 200, body: {} })
        const [lost] = (await together(['/users/1', '/users/2'], patch, 0)) as Problem[]
        assert.deepEqual([lost?.code, lost?.outcomeUnknown], ['partMissing', true])
      })
    }

    it('are answered whatever stands in headers that nobody asked for', async () => {
      const headers = { 'X-Odd': { toString: 1, valueOf: 1 }, ETag: 'W/"1"' } as unknown as Record<
        string,
        string
      >
      answerPart = (url) => ({ status: 200, ...(url === '/first' ? {} : { headers }), body: { ok: true } })
      const all = await together(users(2), patch)
      assert.deepEqual(
        all.map((one) => (one instanceof Problem ? one.code : one.headers.get('etag'))),
        ['W/"1"', 'W/"1"'],
      )
    })

    it('that failed because of another are sent again', async () => {
      answerPart = (url, _method, count) =>
        url === '/users/1' && count === 1 ? { status: 424, body: {} } : { status: 200, body: {} }
      assert.deepEqual(statuses(await together(users(2))), [200, 200])
    })

    it('may be as large together as each of them alone', async () => {
      answerPart = () => ({ status: 200, body: { text: 'x'.repeat(5000) } })
      const limit = { maxResponseSize: 6000 }
      assert.deepEqual(statuses(await together(users(12), { ...patch, ...limit })), Array(12).fill(200))
      assert.deepEqual(shape(), [1, 12])
      assert.ok([...tries.values()].every((count) => count === 1))
    })

    it('are written once more, alone, where they are too large together', async () => {
      answerPart = () => ({ status: 200, body: { text: 'x' } })
      answerBatch = (response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ responses: [], text: 'x'.repeat(50_000) }))
        return true
      }
      assert.deepEqual(
        statuses(await together(users(3), { ...patch, maxResponseSize: 1000 })),
        [200, 200, 200],
      )
      assert.deepEqual(shape(), [1, 3, 1, 1, 1])
    })

    it('of one version do not decide for those of another', async () => {
      const long = `${server.origin}/other/${'x'.repeat(8000)}`
      answerBatch = (response) => {
        if (seen.at(-1)?.url !== '/other/$batch') return false
        response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
        return true
      }
      const send = sender({ concurrency: 1 })
      await send(request('', { url: long }))
      seen = []
      await Promise.all(users(5).map(async (path) => send(request(path))))
      assert.deepEqual(shape(), [1, 4])
    })

    const wholes: [status: number, headers: Record<string, string>, alone: boolean][] = [
      [400, {}, true],
      [413, {}, true],
      [415, {}, true],
      [404, {}, true],
      [405, {}, true],
      [501, {}, true],
      [408, {}, false],
      [429, { 'retry-after': '0.02' }, false],
      [503, { 'retry-after': '0.02' }, false],
      [503, {}, false],
      [500, {}, false],
      [502, {}, false],
      [504, {}, false],
    ]
    for (const [status, headers, alone] of wholes) {
      it(`are ${alone ? 'sent alone' : 'repeated'} when the whole batch is answered with ${status}`, async () => {
        let batches = 0
        answerBatch = (response) => {
          batches += 1
          if (!alone && batches > 1) return false
          response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{}')
          return true
        }
        assert.deepEqual(statuses(await together(users(3))), [200, 200, 200])
        assert.equal(batches, alone ? 1 : 2)
      })
    }

    for (const [status, headers, unknown] of [
      [429, { 'retry-after': '0.02' }, false],
      [503, { 'retry-after': '0.02' }, false],
      [503, {}, true],
      [500, {}, true],
      [504, {}, true],
    ] as const) {
      it(`that must not be done twice are ${unknown ? 'of unknown outcome' : 'repeated'} when the batch is answered with ${status}${'retry-after' in headers ? ' and a time' : ''}`, async () => {
        let batches = 0
        answerBatch = (response) => {
          batches += 1
          if (batches > 1) return false
          response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('{}')
          return true
        }
        const send = sender({ concurrency: 1, batch: 'on' })
        const first = send(request('/first'))
        const creates = ['/users', '/groups'].map(async (path) =>
          send(request(path, { method: 'POST', body: '{}' })),
        )
        await first
        for (const answer of await Promise.all(creates)) {
          assert.deepEqual([answer.status, answer.outcomeUnknown === true], [unknown ? status : 200, unknown])
        }
        assert.equal(batches, unknown ? 1 : 2)
      })
    }

    for (const status of [404, 405, 501]) {
      it(`come from no batch any more where the service has none and says ${status}`, async () => {
        answerBatch = (response) => {
          response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
          return true
        }
        const send = sender({ concurrency: 1 })
        for (let round = 0; round < 2; round += 1) {
          await Promise.all(users(4).map(async (path) => send(request(path))))
        }
        assert.equal(seen.filter(({ parts }) => parts !== undefined).length, 1)
      })
    }

    it('go over a new connection after one of them was answered with 503', async () => {
      answerPart = (url, _method, count) =>
        url !== '/first' && count === 1
          ? { status: 503, headers: { 'retry-after': '0.01' }, body: {} }
          : { status: 200, body: {} }
      await together(users(2))
      const before = server.connections()
      tries.clear()
      assert.deepEqual(statuses(await together(users(2))), [200, 200])
      assert.equal(server.connections(), before + 1)
    })

    it('can be what the service finds too long for an address, once', async () => {
      const long = "/users?$filter=displayName eq 'x'"
      answerPart = (_url, _method, count) => (count === 1 ? { status: 414 } : { status: 200, body: {} })
      assert.equal((await sender()(request(encodeURI(long)))).status, 200)
      assert.deepEqual(shape(), [1, 1])
      assert.equal(seen[1]?.parts?.[0]?.url, encodeURI(long))
      answerPart = () => ({ status: 414, body: {} })
      assert.equal((await sender()(request(encodeURI(long)))).status, 414)
      seen = []
      assert.equal((await sender({ graph: false })(request(encodeURI(long)))).status, 414)
      assert.equal(seen.length, 1)
    })

    for (const [what, breakIt] of [
      ['cut', (response: ServerResponse) => void response.destroy()],
      ['no JSON', (response: ServerResponse) => void response.writeHead(200).end('{"responses":[')],
      ['a web page', (response: ServerResponse) => void response.writeHead(200).end('<html>')],
    ] as const) {
      it(`are repeated where the batch is ${what}, unless that might do them twice`, async () => {
        let batches = 0
        answerBatch = (response) => {
          batches += 1
          if (batches > 1) return false
          breakIt(response)
          return true
        }
        assert.deepEqual(statuses(await together(users(3))), [200, 200, 200])
        batches = 0
        const send = sender({ concurrency: 1, batch: 'on' })
        const first = send(request('/first'))
        const creates = ['/users', '/groups'].map(async (path) =>
          send(request(path, { method: 'POST', body: '{}' })).catch((error: unknown) => error as Problem),
        )
        await first
        for (const error of await Promise.all(creates)) {
          assert.ok(error instanceof Problem && error.outcomeUnknown)
        }
      })
    }
  })

  it('leave though their gate opens just while it is looked at', async () => {
    const clock = performance.now.bind(performance)
    for (let looks = 0; looks <= 12; looks += 1) {
      const dispatch = dispatchRequests({
        serviceUrl: `${server.origin}/v1.0`,
        concurrency: 1,
        batch: 'off',
        graph: true,
      })
      closing.push(dispatch)
      let status = 429
      const send = pipeline([dispatch], async ({ url }) => {
        return { status, headers: new Map([['retry-after', '60']]), body: Buffer.from('{}'), url }
      })
      await send(request('/users/1'))
      status = 200
      // So often it is still a millisecond too early.
      let early = looks
      performance.now = () => clock() + (early-- > 0 ? 59_999 : 60_001)
      try {
        const answer = await Promise.race([send(request('/users/2')), delay(1000)])
        assert.equal(answer?.status, 200, `after ${looks} looks`)
      } finally {
        performance.now = clock
      }
    }
  })

  it('are told when the service makes them wait', async () => {
    const send = sender({ batch: 'off' })
    const told: string[] = []
    answerPart = () => ({ status: 429, headers: { 'retry-after': '28' }, body: {} })
    const stop = new AbortController()
    const wait = (name: string) => (seconds: number) => told.push(`${name} ${Math.round(seconds)}`)
    const first = send(request('/users/1', { signal: stop.signal, onWait: wait('first') }))
    await until(() => told.length > 0)
    const second = send(request('/users/2', { signal: stop.signal, onWait: wait('second') }))
    answerPart = () => ({ status: 200, body: {} })
    assert.equal((await send(request('/me/messages/1', { onWait: wait('mail') }))).status, 200)
    stop.abort()
    await assert.rejects(first, { name: 'AbortError' })
    await assert.rejects(second, { name: 'AbortError' })
    assert.deepEqual(told, ['first 28', 'second 28'])
  })
})
