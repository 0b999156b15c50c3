import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import type { HttpRequest } from '../../../nodes/lib/http/http'
import { directNetwork } from '../../../nodes/lib/http/network'
import { createTransport, type Transport } from '../../../nodes/lib/http/transport'
import { TransportFailure } from '../../../nodes/lib/http/transport-failure'
import { startLocalServer, type LocalServer } from '../../support/local-server'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

describe('the transport', () => {
  let handler: Handler = (_request, response) => response.end()
  let server: LocalServer
  let transport: Transport

  before(async () => {
    server = await startLocalServer((request, response) => handler(request, response))
    transport = createTransport(directNetwork)
  })
  after(async () => {
    transport.close()
    await server.close()
  })

  function request(changes: Partial<HttpRequest> = {}): HttpRequest {
    return {
      method: 'GET',
      url: `${server.origin}/x`,
      headers: new Map(),
      signal: new AbortController().signal,
      timeout: 2000,
      maxResponseSize: 1e6,
      ...changes,
    }
  }

  async function failure(changes: Partial<HttpRequest> = {}): Promise<unknown> {
    return transport.send(request(changes)).then(
      () => undefined,
      (error: unknown) => error,
    )
  }

  describe('takes compression off', () => {
    const packings: [encoding: string, pack: (data: Buffer) => Buffer][] = [
      ['gzip', gzipSync],
      ['x-gzip', gzipSync],
      ['br', brotliCompressSync],
      ['deflate', deflateSync],
      ['deflate', deflateRawSync],
      ['deflate, gzip', (data) => gzipSync(deflateSync(data))],
    ]
    for (const [encoding, pack] of packings) {
      it(`${encoding} by ${pack.name || 'two'}`, async () => {
        handler = (_request, response) =>
          response.writeHead(200, { 'content-encoding': encoding }).end(pack(Buffer.from('content')))
        assert.equal((await transport.send(request())).body.toString(), 'content')
      })
    }

    it('and notices that it is broken', async () => {
      handler = (_request, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('content').subarray(0, 15))
      const error = await failure()
      assert.ok(error instanceof TransportFailure)
      assert.deepEqual([error.kind, error.code], ['cut', 'answerCut'])
    })

    it('but not what is wrapped without end', async () => {
      handler = (_request, response) =>
        response
          .writeHead(200, { 'content-encoding': Array.from({ length: 5 }, () => 'gzip').join(', ') })
          .end(gzipSync(gzipSync(gzipSync(gzipSync(gzipSync('content'))))))
      const error = await failure()
      assert.ok(error instanceof TransportFailure)
      assert.equal(error.code, 'answerCut')
    })

    it('and leaves an answer without a body alone', async () => {
      handler = (_request, response) => response.writeHead(204, { 'content-encoding': 'gzip' }).end()
      assert.equal((await transport.send(request())).body.length, 0)
    })
  })

  it('sends a body with its length, whatever the method', async () => {
    const seen: unknown[] = []
    handler = (incoming, response) => {
      let text = ''
      incoming.on('data', (chunk: Buffer) => (text += chunk.toString()))
      incoming.on('end', () => {
        seen.push([incoming.method, incoming.headers['content-length'], text])
        response.end()
      })
    }
    for (const method of ['POST', 'PATCH', 'DELETE'] as const)
      await transport.send(request({ method, body: 'ü' }))
    await transport.send(request({ method: 'POST' }))
    assert.deepEqual(seen, [
      ['POST', '2', 'ü'],
      ['PATCH', '2', 'ü'],
      ['DELETE', '2', 'ü'],
      ['POST', '0', ''],
    ])
  })

  it('asks over a connection of its own where that is wanted', async () => {
    handler = (_request, response) => response.end()
    await transport.send(request())
    const before = server.connections()
    await transport.send(request())
    assert.equal(server.connections(), before)
    await transport.send(request({ fresh: true }))
    assert.equal(server.connections(), before + 1)
  })

  describe('knows what a failure means for repeating', () => {
    let raw: Server
    let onSocket: (socket: Socket) => void
    const sockets = new Set<Socket>()

    before(async () => {
      raw = createServer((socket) => {
        sockets.add(socket)
        socket.on('error', () => undefined)
        onSocket(socket)
      })
      await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve))
    })
    after(() => {
      for (const socket of sockets) socket.destroy()
      raw.close()
    })

    const at = (scheme: string) => `${scheme}://127.0.0.1:${(raw.address() as AddressInfo).port}/`
    const head = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n'

    const table: [
      what: string,
      scheme: string,
      peer: (socket: Socket) => void,
      kind: string,
      code: string,
    ][] = [
      [
        'a reset after the request',
        'http',
        (socket) => socket.once('data', () => socket.resetAndDestroy()),
        'lost',
        'connectionLost',
      ],
      [
        'an end after the request',
        'http',
        (socket) => socket.once('data', () => socket.end()),
        'lost',
        'connectionLost',
      ],
      ['silence after the request', 'http', () => undefined, 'lost', 'timeout'],
      [
        'no HTTP',
        'http',
        (socket) => socket.once('data', () => socket.end('220 smtp\r\n')),
        'lost',
        'connectionLost',
      ],
      [
        'a status that is none',
        'http',
        (socket) => socket.once('data', () => socket.end('HTTP/1.1 000 no\r\ncontent-length: 0\r\n\r\n')),
        'lost',
        'connectionLost',
      ],
      [
        'a body that is cut',
        'http',
        (socket) => socket.once('data', () => socket.end(`${head}some`)),
        'cut',
        'answerCut',
      ],
      [
        'a body that stalls',
        'http',
        (socket) => socket.once('data', () => socket.write(`${head}some`)),
        'cut',
        'timeout',
      ],
      [
        'a body that comes drop by drop',
        'http',
        (socket) => {
          const drops = setInterval(() => socket.write('x'), 20)
          socket.on('close', () => clearInterval(drops)).once('data', () => socket.write(head))
        },
        'cut',
        'timeout',
      ],
      [
        'a reset in the handshake',
        'https',
        (socket) => socket.once('data', () => socket.resetAndDestroy()),
        'notSent',
        'connectionLost',
      ],
      ['silence in the handshake', 'https', () => undefined, 'notSent', 'timeout'],
      [
        'a handshake with no TLS',
        'https',
        (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 no\r\n\r\n')),
        'final',
        'connectionLost',
      ],
    ]
    for (const [what, scheme, peer, kind, code] of table) {
      it(`${what} is ${kind}`, async () => {
        onSocket = peer
        const error = await failure({ url: at(scheme), timeout: 80 })
        assert.ok(error instanceof TransportFailure, String(error))
        assert.deepEqual([error.kind, error.code], [kind, code])
      })
    }

    it('a port that nobody listens at is notSent, a name that nobody has nameUnknown', async () => {
      const gone = await startLocalServer(() => undefined)
      await gone.close()
      const refused = await failure({ url: `${gone.origin}/` })
      assert.ok(refused instanceof TransportFailure)
      assert.deepEqual([refused.kind, refused.code], ['notSent', 'serviceUnreachable'])
      const unknown = await failure({ url: 'http://no-such-host.invalid/' })
      assert.ok(unknown instanceof TransportFailure)
      assert.ok(unknown.kind === 'nameUnknown' || unknown.values['reason'] === 'EAI_AGAIN', unknown.message)
    })
  })

  it('takes a refusal for one though its explanation is longer than may be, and a success for none', async () => {
    handler = (_request, response) => response.writeHead(403, { 'x-kind': 'refusal' }).end('x'.repeat(2000))
    const refusal = await transport.send(request({ method: 'DELETE', maxResponseSize: 1000 }))
    assert.deepEqual(
      [refusal.status, refusal.headers.get('x-kind'), refusal.body.length],
      [403, 'refusal', 0],
    )
    handler = (_request, response) => response.writeHead(200).end('x'.repeat(2000))
    const success = await failure({ method: 'DELETE', maxResponseSize: 1000 })
    assert.ok(success instanceof TransportFailure)
    assert.deepEqual([success.kind, success.head?.status], ['tooLarge', 200])
  })

  describe('hands a body on piece by piece', () => {
    it('as it comes, past the limit that holds for answers in memory', async () => {
      const pieces: string[] = []
      handler = (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' })
        response.end(gzipSync('a file'))
      }
      const answer = await transport.send(
        request({
          maxResponseSize: 1,
          into: async (head, chunks) => {
            assert.equal(head.status, 200)
            assert.equal(head.headers.get('content-type'), 'text/plain')
            for await (const chunk of chunks) pieces.push(chunk.toString())
          },
        }),
      )
      assert.deepEqual([pieces.join(''), answer.status, answer.body.length], ['a file', 200, 0])
    })

    it('but not what is no success', async () => {
      handler = (_request, response) => response.writeHead(404).end('none')
      const answer = await transport.send(request({ into: async () => assert.fail('called') }))
      assert.equal(answer.body.toString(), 'none')
    })

    it('without timing who takes it', async () => {
      handler = (_request, response) => {
        response.write('first')
        setTimeout(() => response.end('second'), 20)
      }
      const pieces: string[] = []
      await transport.send(
        request({
          timeout: 60,
          into: async (_head, chunks) => {
            for await (const chunk of chunks) {
              pieces.push(chunk.toString())
              await new Promise((resolve) => setTimeout(resolve, 100))
            }
          },
        }),
      )
      assert.equal(pieces.join(''), 'firstsecond')
    })

    it('and ends the connection when the one who takes it fails, or takes no more', async () => {
      const closed: boolean[] = []
      handler = (incoming, response) => {
        incoming.socket.once('close', () => closed.push(true))
        response.writeHead(200, { 'content-length': '1000000' })
        response.write('begin')
      }
      const reason = new Error('disk full')
      const failed = await failure({
        into: async (_head, chunks) => {
          for await (const chunk of chunks) if (chunk.length > 0) throw reason
        },
      })
      assert.equal(failed, reason)
      await transport.send(request({ into: async () => undefined }))
      await new Promise((resolve) => setTimeout(resolve, 20))
      assert.deepEqual(closed, [true, true])
    })

    it('and tells the one who takes it that it was cut or stalls', async () => {
      handler = (_request, response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('begin')
      }
      const taken: string[] = []
      const error = await failure({
        timeout: 60,
        into: async (_head, chunks) => {
          for await (const chunk of chunks) taken.push(chunk.toString())
        },
      })
      assert.ok(error instanceof TransportFailure)
      assert.deepEqual([error.kind, error.code, taken], ['cut', 'timeout', ['begin']])
    })

    it('and stops when it is told to', async () => {
      const stop = new AbortController()
      handler = (_request, response) => response.write('begin')
      const error = await failure({
        signal: stop.signal,
        into: async (_head, chunks) => {
          for await (const chunk of chunks) if (chunk.length > 0) stop.abort()
        },
      })
      assert.equal((error as Error).name, 'AbortError')
    })
  })
})
