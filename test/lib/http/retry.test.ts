import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dispatchRequests } from '../../../nodes/lib/http/dispatch-policy'
import { pipeline, type HttpRequest, type HttpResponse, type Send } from '../../../nodes/lib/http/http'
import { directNetwork } from '../../../nodes/lib/http/network'
import { retry } from '../../../nodes/lib/http/retry'
import { createTransport, type Transport } from '../../../nodes/lib/http/transport'
import { readAnswer } from '../../../nodes/lib/odata/answer'
import { Problem } from '../../../nodes/lib/problem'
import { startLocalServer, type LocalServer } from '../../support/local-server'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const ok: Answer = (_request, response) => json(response, 200, { id: 1 })
const reset: Answer = (request) => request.socket.resetAndDestroy()
const refuse =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_request, response) =>
    json(response, status, { error: { code: 'x' } }, headers)
const cut: Answer = (_request, response) => {
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': '50', etag: 'W/"1"' })
  response.write('{"id"')
  setTimeout(() => response.destroy(), 10)
}
const notJson: Answer = (_request, response) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"value":[{"id":1}')
const html: Answer = (_request, response) =>
  response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')

function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

describe('a request is repeated', () => {
  let server: LocalServer
  let transport: Transport
  let answers: Answer[]
  let asked: number
  let send: Send

  before(async () => {
    server = await startLocalServer((request, response) => {
      const answer = answers[Math.min(asked, answers.length - 1)]
      asked += 1
      answer?.(request, response)
    })
    transport = createTransport(directNetwork)
    send = pipeline(
      [
        retry({
          maxRetries: 3,
          check: async (response, { url }) => readAnswer(response, url),
          random: () => 0,
        }),
      ],
      transport.send,
    )
  })
  after(async () => {
    transport.close()
    await server.close()
  })

  async function ask(script: Answer[], changes: Partial<HttpRequest> = {}): Promise<HttpResponse> {
    answers = script
    asked = 0
    return send({
      method: 'GET',
      url: `${server.origin}/x`,
      headers: new Map(),
      signal: new AbortController().signal,
      timeout: 1000,
      maxResponseSize: 1e6,
      ...changes,
    })
  }

  async function failure(script: Answer[], changes: Partial<HttpRequest> = {}): Promise<Problem> {
    const error: unknown = await ask(script, changes).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof Problem, String(error))
    return error
  }

  const write = { method: 'PATCH', body: '{}', repeat: 'idempotent' } as const
  const create = { method: 'POST', body: '{}' } as const

  const heals: [what: string, script: Answer[], changes: Partial<HttpRequest>, tries: number][] = [
    ['a read whose connection broke', [reset, ok], {}, 2],
    ['a read whose answer was cut', [cut, ok], {}, 2],
    ['a read that got half of its JSON', [notJson, ok], {}, 2],
    ['a read that got a web page', [html, ok], {}, 2],
    ['a read of an overloaded service', [refuse(503), refuse(504), refuse(502), ok], {}, 4],
    ['an update whose connection broke', [reset, ok], write, 2],
    ['a create that was throttled', [refuse(429, { 'retry-after': '0.05' }), ok], create, 2],
    ['a create that was put off with 503', [refuse(503, { 'retry-after': '0' }), ok], create, 2],
    ['a change of what is locked', [refuse(423), ok], create, 2],
  ]
  for (const [what, script, changes, tries] of heals) {
    it(what, async () => {
      const response = await ask(script, changes)
      assert.deepEqual([response.status, asked, response.repeated], [200, tries, true])
    })
  }

  const ends: [
    what: string,
    script: Answer[],
    changes: Partial<HttpRequest>,
    code: string,
    unknown: boolean,
  ][] = [
    ['a create whose connection broke', [reset, ok], create, 'connectionLost', true],
    ['a create that was answered by a web page', [html, ok], create, 'htmlAnswer', true],
    ['an update that never gets an answer', [reset], write, 'connectionLost', true],
    ['a read that never gets an answer', [reset], {}, 'connectionLost', false],
    ['a read that gets web pages only', [html], {}, 'htmlAnswer', false],
    ['a read that gets half of its JSON only', [notJson], {}, 'notJson', false],
  ]
  for (const [what, script, changes, code, unknown] of ends) {
    it(`but not for ever: ${what} ends in ${code}${unknown ? ', outcome unknown' : ''}`, async () => {
      const error = await failure(script, changes)
      assert.deepEqual([error.code, error.outcomeUnknown], [code, unknown])
    })
  }

  it('but not a create that a server failed at: its outcome is unknown', async () => {
    const response = await ask([refuse(500), ok], create)
    assert.deepEqual([response.status, response.outcomeUnknown, asked], [500, true, 1])
  })

  it('but not a create that was not sent, once it is: that is no lost try', async () => {
    const gone = await startLocalServer(() => undefined)
    await gone.close()
    const error = await failure([], { ...create, url: gone.origin })
    assert.deepEqual([error.code, error.outcomeUnknown], ['serviceUnreachable', false])
  })

  it('but not a write that was done: only its answer is missing', async () => {
    const response = await ask([cut, ok], create)
    assert.deepEqual([response.status, response.bodyLost, response.body.length, asked], [201, true, 0, 1])
    assert.equal(response.headers.get('etag'), 'W/"1"')
  })

  it('and a delete that finds nothing after a lost try has done its work', async () => {
    const erase = { method: 'DELETE', repeat: 'idempotent' } as const
    assert.equal((await ask([reset, refuse(404)], erase)).status, 204)
    assert.equal((await ask([refuse(404)], erase)).status, 404)
  })

  it('and an earlier try that may have been applied is not forgotten', async () => {
    const conditional = { ...write, repeat: 'conditional' } as const
    assert.equal((await ask([reset, refuse(412)], conditional)).lostTry, true)
    assert.equal((await ask([refuse(429), refuse(412)], conditional)).lostTry, undefined)
  })

  it('over a new connection after 503, over the same one after 429', async () => {
    await ask([ok])
    const before = server.connections()
    await ask([refuse(429), ok])
    assert.equal(server.connections(), before)
    await ask([refuse(503, { 'retry-after': '0' }), ok])
    assert.equal(server.connections(), before + 1)
  })

  it('no sooner than the service asks for, which is told', async () => {
    const told: number[] = []
    const begun = performance.now()
    await ask([refuse(429, { 'retry-after': '0.12' }), ok])
    assert.ok(performance.now() - begun >= 115)
    const stop = new AbortController()
    const onWait = (seconds: number): void => {
      told.push(seconds)
      stop.abort()
    }
    await assert.rejects(ask([refuse(429, { 'retry-after': '28' })], { onWait, signal: stop.signal }), {
      name: 'AbortError',
    })
    assert.deepEqual(told, [28])
  })

  it('but not behind the back of who has begun to write a file', async () => {
    let called = 0
    const into = async (_head: unknown, chunks: AsyncIterable<Buffer>): Promise<void> => {
      called += 1
      for await (const chunk of chunks) assert.ok(chunk)
    }
    assert.equal((await failure([cut, ok], { into })).code, 'answerCut')
    assert.equal(called, 1)
    assert.equal((await ask([refuse(429), ok], { into })).status, 200)
    assert.equal(called, 2)
  })

  it('but not when it is stopped; a write that was sent by then has an unknown outcome', async () => {
    const silent: Answer = () => stop.abort()
    let stop = new AbortController()
    assert.equal((await failure([silent], { ...write, signal: stop.signal })).outcomeUnknown, true)
    stop = new AbortController()
    await assert.rejects(ask([silent], { signal: stop.signal }), { name: 'AbortError' })
  })

  it('and what ends it before its next try leaves the outcome of a lost one unknown', async () => {
    const stop = new AbortController()
    const soon: Answer = (request, response) => {
      refuse(504, { 'retry-after': '5' })(request, response)
      setTimeout(() => stop.abort(), 20)
    }
    assert.equal((await failure([soon], { ...write, signal: stop.signal })).outcomeUnknown, true)

    const settings = { serviceUrl: server.origin, concurrency: 1, batch: 'off', graph: false } as const
    const dispatch = dispatchRequests(settings)
    const closing: Answer = (request, response) => {
      dispatch.close()
      refuse(504)(request, response)
    }
    const before = send
    const check = async (response: HttpResponse, { url }: HttpRequest) => readAnswer(response, url)
    send = pipeline([retry({ maxRetries: 3, check, random: () => 0 }), dispatch], transport.send)
    try {
      const error = await failure([closing, ok], write)
      assert.deepEqual([error.code, error.outcomeUnknown], ['connectionClosed', true])
    } finally {
      send = before
    }
  })
})
