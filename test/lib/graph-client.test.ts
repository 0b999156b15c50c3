import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createGraphClient, type GraphClient, type ReadRequest } from '../../nodes/lib/graph-client'
import type { ConnectionSettings } from '../../nodes/lib/connection-settings'
import type { AccessToken, TokenSource } from '../../nodes/lib/oauth2/token-source'
import type { Answer } from '../../nodes/lib/odata/answer'
import { ServiceError } from '../../nodes/lib/odata/service-error'
import { Problem } from '../../nodes/lib/problem'
import { startLocalServer, type LocalServer } from '../support/local-server'
import { read } from '../support/read-request'
import { openSettings } from '../support/settings'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

function json(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

describe('a graph client', () => {
  let handler: Handler = (_request, response) => response.end()
  let server: LocalServer
  let other: LocalServer
  let seenByOther: IncomingMessage[]
  const clients: GraphClient[] = []

  before(async () => {
    server = await startLocalServer((request, response) => handler(request, response))
    other = await startLocalServer((request, response) => {
      seenByOther.push(request)
      response.writeHead(200, { 'content-type': 'text/plain' }).end('from storage')
    })
  })
  beforeEach(() => {
    seenByOther = []
  })
  afterEach(() => {
    for (const client of clients.splice(0)) client.close()
  })
  after(async () => {
    await Promise.all([server.close(), other.close()])
  })

  function client(
    tokens?: TokenSource,
    settings: Partial<ConnectionSettings> = {},
    trace: (line: string) => void = () => {},
  ) {
    const made = createGraphClient({
      settings: openSettings(`${server.origin}/v1.0`, settings),
      tokens,
      trace,
    })
    clients.push(made)
    return made
  }

  async function answers(request: ReadRequest, made = client(), signal = new AbortController().signal) {
    const all: Answer[] = []
    for await (const answer of made.read(request, { signal })) all.push(answer)
    return all
  }

  async function refusal(request: ReadRequest, made = client()): Promise<Problem> {
    const error: unknown = await answers(request, made).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof Problem, String(error))
    assert.equal('cause' in error, false)
    return error
  }

  const rowsOf = (all: Answer[]): unknown[] =>
    all.flatMap((answer) => (answer.kind === 'page' ? answer.rows : []))

  describe('reads a collection', () => {
    it('by its links, used whole and unchanged, until there is none', async () => {
      const asked: (string | undefined)[] = []
      handler = ({ url }, response) => {
        asked.push(url)
        const link = `${server.origin}/v1.0/users?%24skiptoken=a%2Bb'c&x=(1)`
        const bodies = [
          { value: [1], '@odata.nextLink': link },
          { value: [], '@odata.nextLink': `${link}2` },
          { value: [2] },
        ]
        json(response, bodies[asked.length - 1])
      }
      assert.deepEqual(rowsOf(await answers(read('users'))), [1, 2])
      assert.deepEqual(asked, [
        '/v1.0/users',
        "/v1.0/users?%24skiptoken=a%2Bb'c&x=(1)",
        "/v1.0/users?%24skiptoken=a%2Bb'c&x=(1)2",
      ])
    })

    it('of another service by its own page size, because $top would be the number of rows', async () => {
      const asked: IncomingMessage[] = []
      handler = (request, response) => {
        asked.push(request)
        json(response, { value: [1] })
      }
      const made = client(undefined, { cloud: 'global', serviceUrl: `${server.origin}/api/data/v9.2` })
      await answers(read('accounts', { query: { pageSize: 50 } }), made)
      assert.equal(asked[0]?.url, '/api/data/v9.2/accounts')
      assert.equal(asked[0]?.headers['prefer'], 'odata.maxpagesize=50')
    })

    it('with its headers and preferences on every page', async () => {
      const seen: IncomingMessage['headers'][] = []
      handler = (request, response) => {
        seen.push(request.headers)
        json(response, {
          value: [1],
          ...(seen.length < 3 ? { '@odata.nextLink': `${server.origin}/${seen.length}` } : {}),
        })
      }
      await answers(
        read('users', {
          headers: new Map([
            ['consistencylevel', 'eventual'],
            ['prefer', 'outlook.timezone="UTC"'],
          ]),
          query: { pageSize: '5' },
        }),
      )
      assert.equal(seen.length, 3)
      for (const headers of seen) {
        assert.equal(headers['consistencylevel'], 'eventual')
        assert.equal(headers['prefer'], 'odata.maxpagesize=5, outlook.timezone="UTC"')
        assert.match(headers['client-request-id'] as string, /^[0-9a-f-]{36}$/u)
      }
    })

    it('no further than the limit', async () => {
      let pages = 0
      handler = (_request, response) => {
        pages += 1
        json(response, { value: [1, 2], '@odata.nextLink': `${server.origin}/${pages}` })
      }
      assert.deepEqual(rowsOf(await answers(read('users', { limit: 3 }))), [1, 2, 1])
      assert.equal(pages, 2)
      assert.deepEqual(rowsOf(await answers(read('users', { limit: 2 }))), [1, 2])
      assert.equal(pages, 3)
    })

    it('without fetching a page ahead that is behind the limit', async () => {
      const asked: (string | undefined)[] = []
      handler = ({ url }, response) => {
        asked.push(url)
        json(response, { value: [1, 2], '@odata.nextLink': `${server.origin}/${asked.length}` })
      }
      const signal = new AbortController().signal
      const all = client().read(read('users', { limit: 4 }), { signal, mayFetchAhead: () => true })
      for await (const _ of all) await new Promise((resolve) => setTimeout(resolve, 50))
      assert.deepEqual(asked, ['/v1.0/users', '/1'])
    })

    it('and notices links that go round in a circle', async () => {
      let asked = 0
      handler = (_request, response) => {
        asked += 1
        json(response, { value: [], '@odata.nextLink': `${server.origin}/v1.0/x?p=${asked % 3}` })
      }
      assert.equal((await refusal(read('users'))).code, 'linkLoop')
      assert.ok(asked < 12, String(asked))
    })

    it('and refuses a link to another host without asking it', async () => {
      handler = (_request, response) => json(response, { value: [1], '@odata.nextLink': `${other.origin}/x` })
      const made = client(fixedToken('SECRET'))
      const arrived: Answer[] = []
      await assert.rejects(
        async () => {
          const all = made.read(read('users'), { signal: new AbortController().signal })
          for await (const answer of all) arrived.push(answer)
        },
        { code: 'linkToOtherHost' },
      )
      assert.deepEqual(rowsOf(arrived), [1])
      assert.deepEqual(seenByOther, [])
    })

    for (const bad of [
      'http:\\\\host\\path',
      'http://user:pass@HOST/x',
      'ftp://HOST/x',
      'http://HOST/x\ty',
    ]) {
      it(`and refuses the link ${JSON.stringify(bad)}`, async () => {
        const link = bad.replace('HOST', new URL(server.origin).host)
        handler = (_request, response) => json(response, { value: [1], '@odata.nextLink': link })
        const { code } = await refusal(read('users'))
        assert.ok(code === 'linkInvalid' || code === 'linkToOtherHost', code)
      })
    }

    it('and encodes in a link only what HTTP cannot carry', async () => {
      const asked: (string | undefined)[] = []
      handler = ({ url }, response) => {
        asked.push(url)
        const link = `${server.origin}/v1.0/x?$filter=name eq 'ü'&q=日本%2f`
        json(response, { value: [1], ...(asked.length < 2 ? { '@odata.nextLink': link } : {}) })
      }
      await answers(read('users'))
      assert.equal(asked[1], "/v1.0/x?$filter=name%20eq%20'%C3%BC'&q=%E6%97%A5%E6%9C%AC%2f")
    })

    it('and gives up when nothing but empty pages come', async () => {
      let pages = 0
      handler = (_request, response) => {
        pages += 1
        json(response, { value: [], '@odata.nextLink': `${server.origin}/v1.0/x?p=${pages}` })
      }
      assert.equal((await refusal(read('users'))).code, 'pagesEmpty')
      assert.ok(pages < 1100)
    })

    it('and refuses a link that is no address', async () => {
      handler = (_request, response) => json(response, { value: [1], '@odata.nextLink': 'users?$skip=1' })
      assert.equal((await refusal(read('users'))).code, 'linkInvalid')
    })

    it('and goes on from the last good link where a repeated page leads to a lost one', async () => {
      const asked: string[] = []
      const pages: Record<string, object> = {
        a: { value: [1, 2], next: 'b' },
        b: { value: [3], next: 'c' },
        c: { value: [4, 5], next: 'd' },
        d: { value: [6] },
      }
      handler = ({ url = '' }, response) => {
        const name = url.slice(-1)
        asked.push(url.slice('/v1.0/'.length))
        const tries = asked.filter((one) => one.endsWith(name)).length
        if ((name === 'b' || name === 'c') && tries === 1) {
          json(response, {}, 503)
          return
        }
        if (name === 'd' && !url.includes('again')) {
          json(response, { error: { code: 'DirectoryPageTokenNotFoundException' } }, 400)
          return
        }
        const { value, next } = pages[name] as { value: number[]; next?: string }
        // Only the third answer of a page that was repeated has a link that is known.
        const link = `${server.origin}/v1.0/${name === 'c' && tries > 2 ? 'again-' : ''}${next}`
        json(response, { value, ...(next === undefined ? {} : { '@odata.nextLink': link }) })
      }
      const rows = rowsOf(await answers(read('a'), client(undefined, { maxRetries: 2 })))
      assert.deepEqual(rows, [1, 2, 3, 4, 5, 6])
      assert.deepEqual(asked, ['a', 'b', 'b', 'c', 'c', 'd', 'b', 'c', 'again-d'])
    })

    it('through one connection kept alive', async () => {
      let pages = 0
      handler = (_request, response) => {
        pages += 1
        json(response, {
          value: [1],
          ...(pages < 5 ? { '@odata.nextLink': `${server.origin}/${pages}` } : {}),
        })
      }
      const before = server.connections()
      await answers(read('users'))
      assert.equal(server.connections() - before, 1)
    })
  })

  describe('understands an answer by what it is', () => {
    const bom = Buffer.from([0xef, 0xbb, 0xbf])
    const table: [what: string, path: string, type: string, body: Buffer | string, expected: unknown][] = [
      ['an item', 'me', 'application/json', '{"id":"1"}', { id: '1' }],
      ['a property', 'me/mail', 'application/json', '{"@odata.context":"x/mail","value":"a@b"}', 'a@b'],
      ['an object in value', 'x/f()', 'application/json', '{"value":{"a":1}}', { a: 1 }],
      [
        'an entity reduced to a property called value',
        'x',
        'application/json',
        '{"@odata.context":"u#x(value)/$entity","value":"v"}',
        { '@odata.context': 'u#x(value)/$entity', value: 'v' },
      ],
      [
        'a byte order mark',
        'me',
        'application/json',
        Buffer.concat([bom, Buffer.from('{"id":1}')]),
        { id: 1 },
      ],
      ['a count', 'users/$count', 'text/plain', Buffer.concat([bom, Buffer.from('893')]), 893],
      ['a text', 'me/mail/$value', 'text/plain', '893', '893'],
      ['bytes', 'me/photo/$value', 'image/jpeg', Buffer.from([255, 216, 1]), Buffer.from([255, 216, 1])],
      ['a JSON file', 'drive/items/1/content', 'application/json', '{"value":[1]}', '{"value":[1]}'],
      ['an HTML file', 'drive/items/1/content', 'text/html', '<p>', '<p>'],
      ['a CSV report', 'reports/x', 'text/csv', 'a,b', 'a,b'],
    ]
    for (const [what, path, type, body, expected] of table) {
      it(what, async () => {
        handler = (_request, response) => response.writeHead(200, { 'content-type': type }).end(body)
        const [answer] = await answers(read(path))
        assert.equal(answer?.kind, 'single')
        assert.deepEqual(answer.value, expected)
      })
    }

    it('gzip', async () => {
      handler = (_request, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
          .end(gzipSync('{"value":[1]}'))
      assert.deepEqual(rowsOf(await answers(read('users'))), [1])
    })
  })

  describe('says in clear words what went wrong', () => {
    const cases: [what: string, code: string, handler: Handler][] = [
      [
        'HTML instead of data',
        'htmlAnswer',
        (_, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      ],
      [
        'JSON that is none',
        'notJson',
        (_, r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{"val'),
      ],
      ['a cut connection', 'connectionLost', (_, r) => r.destroy()],
      [
        'a cut body',
        'answerCut',
        (_, r) => {
          r.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
          r.write('{"value":[')
          setTimeout(() => r.destroy(), 20)
        },
      ],
      ['an error without a body', 'HTTP_502', (_, r) => r.writeHead(502).end()],
      [
        'an error in HTML',
        'HTTP_503',
        (_, r) => r.writeHead(503, { 'content-type': 'text/html' }).end('<h1>busy'),
      ],
      ['an error without code', 'HTTP_403', (_, r) => json(r, { error: { code: '', message: 'No' } }, 403)],
      [
        'an error of OData v3',
        'X',
        (_, r) => json(r, { 'odata.error': { code: 'X', message: { value: 'm' } } }, 400),
      ],
      [
        'a redirect without end',
        'tooManyRedirects',
        (_, r) => r.writeHead(302, { location: '/v1.0/again' }).end(),
      ],
    ]
    for (const [what, code, answer] of cases) {
      it(`${what} is ${code}`, async () => {
        handler = answer
        assert.equal((await refusal(read('users'))).code, code)
      })
    }

    it("Graph's code, message and request id", async () => {
      handler = (_request, response) =>
        json(
          response,
          {
            error: {
              code: 'Request_ResourceNotFound',
              message: "Resource 'x' does not exist",
              innerError: { 'request-id': 'inner' },
            },
          },
          404,
          { 'request-id': 'outer', 'retry-after': '2.128' },
        )
      const error = await refusal(read('users/x'))
      assert.ok(error instanceof ServiceError)
      assert.equal(error.code, 'Request_ResourceNotFound')
      assert.equal(error.statusCode, 404)
      assert.equal(error.requestId, 'outer')
      assert.equal(error.serviceMessage, "Resource 'x' does not exist")
      assert.equal(error.retryAfter, 2.128)
    })

    it('nobody listening', async () => {
      const gone = await startLocalServer(() => {})
      await gone.close()
      const problem = await refusal(read('users'), client(undefined, { serviceUrl: `${gone.origin}/v1.0` }))
      assert.equal(problem.code, 'serviceUnreachable')
      assert.equal(problem.values['host'], new URL(gone.origin).host)
    })

    it('an answer larger than allowed, counted after decompression', async () => {
      handler = (_request, response) =>
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
          .end(gzipSync(JSON.stringify({ value: ['x'.repeat(3e6)] })))
      const maxResponseSize = 1.5 * 1024 * 1024
      const { code, values } = await refusal(read('users'), client(undefined, { maxResponseSize }))
      assert.deepEqual([code, values['limit']], ['responseTooLarge', 1.5])
    })

    it('silence before the answer and in the middle of it', async () => {
      handler = () => {}
      assert.equal((await refusal(read('users'), client(undefined, { timeout: 100 }))).code, 'timeout')
      handler = (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.write('{')
      }
      assert.equal((await refusal(read('users'), client(undefined, { timeout: 100 }))).code, 'timeout')
    })
  })

  describe('guards the token', () => {
    it('and sends it to the service', async () => {
      let authorization: string | undefined
      handler = (request, response) => {
        authorization = request.headers.authorization
        json(response, {})
      }
      await answers(read('me'), client(fixedToken('t1')))
      assert.equal(authorization, 'Bearer t1')
    })

    it('but not to the host that a download is redirected to, nor anything else of the request', async () => {
      handler = (_request, response) => response.writeHead(302, { location: `${other.origin}/f?sig=1` }).end()
      const request = read('me/drive/items/1/content', { headers: new Map([['x-private', 'p']]) })
      const [answer] = await answers(request, client(fixedToken('SECRET')))
      assert.equal(answer?.kind, 'single')
      assert.equal(answer.value, 'from storage')
      assert.equal(answer.url, `${server.origin}/v1.0/me/drive/items/1/content`)
      const [seen] = seenByOther
      assert.equal(seen?.headers.authorization, undefined)
      assert.equal(seen?.headers['x-private'], undefined)
      assert.equal(seen?.headers['client-request-id'], undefined)
    })

    it('and not again when that host leads back', async () => {
      const seen: (string | undefined)[] = []
      const back = await startLocalServer((_request, response) => {
        response.writeHead(302, { location: `${server.origin}/v1.0/back` }).end()
      })
      handler = (request, response) => {
        seen.push(request.headers.authorization)
        if (seen.length === 1) response.writeHead(302, { location: `${back.origin}/x` }).end()
        else json(response, {})
      }
      await answers(read('me/drive/items/1/content'), client(fixedToken('SECRET')))
      await back.close()
      assert.deepEqual(seen, ['Bearer SECRET', undefined])
    })

    it('and follows no redirect with a user name, nor one without an address', async () => {
      for (const location of [`http://a:b@${new URL(server.origin).host}/x`, undefined]) {
        handler = (_request, response) => {
          response.writeHead(302, location === undefined ? {} : { location }).end()
        }
        assert.equal((await refusal(read('x'), client(fixedToken('SECRET')))).code, 'redirectInvalid')
      }
    })

    it('and keeps it out of an error that quotes it', async () => {
      handler = (request, response) => {
        const message = `header ${request.headers.authorization}\u001b[2J${'x'.repeat(5000)}`
        json(response, { error: { code: 'Bad', message } }, 400)
      }
      const error = await refusal(read('me'), client(fixedToken('SECRET')))
      assert.ok(error instanceof ServiceError)
      assert.equal(JSON.stringify([error, error.message, error.stack]).includes('SECRET'), false)
      assert.equal(error.serviceMessage.includes('\u001b'), false)
      assert.ok(error.serviceMessage.length <= 1000)
    })

    it('and gets another one, once, when the service refuses it', async () => {
      const seen: (string | undefined)[] = []
      handler = (request, response) => {
        seen.push(request.headers.authorization)
        if (seen.length === 1) json(response, { error: { code: 'InvalidAuthenticationToken' } }, 401)
        else json(response, { value: [1] })
      }
      assert.deepEqual(rowsOf(await answers(read('users'), client(renewableToken()))), [1])
      assert.deepEqual(seen, ['Bearer t1', 'Bearer t2'])
    })

    it('and gives up when three others are refused too', async () => {
      let asked = 0
      handler = (_request, response) => {
        asked += 1
        json(response, { error: { code: 'InvalidAuthenticationToken' } }, 401)
      }
      assert.equal(
        (await refusal(read('users'), client(renewableToken()))).code,
        'InvalidAuthenticationToken',
      )
      assert.equal(asked, 4)
    })

    it('and passes a claims challenge on', async () => {
      const claims = '{"access_token":{"nbf":{"essential":true}}}'
      let asked = 0
      handler = (_request, response) => {
        asked += 1
        if (asked > 1) json(response, {})
        else
          json(response, {}, 401, {
            'www-authenticate': `Basic realm="a, b", Bearer realm="", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`,
          })
      }
      const tokens = renewableToken()
      await answers(read('me'), client(tokens))
      assert.deepEqual(tokens.claims, [claims])
    })

    it('and writes neither it nor a query into the log', async () => {
      const lines: string[] = []
      handler = (_request, response) => json(response, {})
      await answers(
        read('me?secret=query'),
        client(fixedToken('SECRET'), {}, (line) => lines.push(line)),
      )
      assert.equal(lines.length, 1)
      assert.match(lines[0] ?? '', /^GET http:\/\/127\.0\.0\.1:\d+\/v1\.0\/me 200 \d+ ms$/u)
    })
  })

  it('stops at once when it is told to', async () => {
    handler = () => {}
    const stop = new AbortController()
    const reading = answers(read('users'), client(), stop.signal)
    setTimeout(() => stop.abort(), 20)
    await assert.rejects(reading, { name: 'AbortError' })
  })
})

function fixedToken(value: string): TokenSource {
  return { get: async () => ({ value, expiresAt: undefined }), reject: () => {} }
}

function renewableToken(): TokenSource & { claims: (string | undefined)[] } {
  let number = 1
  const claims: (string | undefined)[] = []
  return {
    claims,
    get: async (): Promise<AccessToken> => ({ value: `t${number}`, expiresAt: undefined }),
    reject: (_token, challenge) => {
      number += 1
      claims.push(challenge)
    },
  }
}
