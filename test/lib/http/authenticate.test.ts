import assert from 'node:assert/strict'
import { authenticate } from '../../../nodes/lib/http/authenticate'
import { pipeline, type HttpResponse } from '../../../nodes/lib/http/http'
import { createTransport, type Transport } from '../../../nodes/lib/http/transport'
import type { AccessToken, TokenSource } from '../../../nodes/lib/oauth2/token-source'
import { startLocalServer, type LocalServer } from '../../support/local-server'

/** Makes another token whenever one was rejected. */
class Tokens implements TokenSource {
  made = 1
  readonly claims: (string | undefined)[] = []

  async get(): Promise<AccessToken> {
    return { value: `token-${this.made}`, expiresAt: undefined }
  }

  reject(token: AccessToken, claims?: string): void {
    if (token.value !== `token-${this.made}`) return
    this.made += 1
    this.claims.push(claims)
  }
}

function challengeFor(claims: string): string {
  return `Bearer error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`
}

describe('a request with a token', () => {
  let server: LocalServer
  let transport: Transport
  let tokens: Tokens
  let seen: string[]
  let answer: { status: number; challenge?: string }
  let now: number
  let challenge: () => string | undefined
  let delay: () => number
  let refuses: (authorization: string, path: string | undefined) => boolean

  before(async () => {
    server = await startLocalServer((req, res) => {
      seen.push(String(req.headers.authorization))
      const demanded = challenge()
      const demand = demanded ?? answer.challenge
      const refused = demanded !== undefined || refuses(String(req.headers.authorization), req.url)
      res.writeHead(refused ? 401 : answer.status, demand === undefined ? {} : { 'www-authenticate': demand })
      setTimeout(() => res.end(`You sent ${String(req.headers.authorization)}.`), delay())
    })
    transport = createTransport({ proxy: 'none', tls: {} })
  })

  beforeEach(() => {
    tokens = new Tokens()
    seen = []
    answer = { status: 401 }
    now = 0
    refuses = () => false
    challenge = () => undefined
    delay = () => 0
  })

  after(async () => {
    transport.close()
    await server.close()
  })

  function sender(origin = server.origin, path = '/x'): () => Promise<HttpResponse> {
    const send = pipeline([authenticate(tokens, origin, () => now)], transport.send)
    const request = {
      method: 'GET',
      url: `${server.origin}${path}`,
      headers: new Map<string, string>(),
      signal: new AbortController().signal,
      timeout: 5_000,
      maxResponseSize: 1e6,
    } as const
    return async () => send(request)
  }

  it('shows the token to its own origin alone', async () => {
    answer = { status: 200 }
    await sender()()
    await sender('https://graph.microsoft.com')()
    assert.deepEqual(seen, ['Bearer token-1', 'undefined'])
  })

  it('is repeated with another token where one is refused, and hands none back that was quoted', async () => {
    const { status, body } = await sender()()
    assert.equal(status, 401)
    assert.deepEqual(seen, ['Bearer token-1', 'Bearer token-2', 'Bearer token-3', 'Bearer token-4'])
    assert.equal(body.toString(), 'You sent Bearer ***.')
  })

  it('costs no token after token at a service that refuses each one', async () => {
    const send = sender()
    for (let count = 0; count < 20; count += 1) assert.equal((await send()).status, 401)
    assert.equal(tokens.made, 4)
    now = 30_000
    for (let count = 0; count < 20; count += 1) await send()
    assert.equal(tokens.made, 5)
  })

  it('costs no token after token at an address that refuses those that others take', async () => {
    const send = sender()
    const refused = sender(server.origin, '/refused')
    refuses = (_authorization, path) => path === '/refused'
    answer = { status: 200 }
    for (let count = 0; count < 20; count += 1) {
      assert.equal((await send()).status, 200)
      assert.equal((await refused()).status, 401)
    }
    assert.equal(tokens.made, 4)
  })

  it('costs no token after token where what the service demands cannot be had', async () => {
    const send = sender()
    answer = { status: 403, challenge: challengeFor('{"access_token":{"acrs":{"value":"c1"}}}') }
    for (let count = 0; count < 20; count += 1) assert.equal((await send()).status, 403)
    assert.equal(tokens.made, 5)
  })

  it('costs no token after token where refusals come in turn with other errors, or with ever other demands', async () => {
    const send = sender()
    let asked = 0
    challenge = () => ((asked += 1) % 2 === 0 ? challengeFor(`{"n":${asked}}`) : undefined)
    for (let count = 0; count < 20; count += 1) await send()
    challenge = () => undefined
    refuses = () => (asked += 1) % 2 === 0
    answer = { status: 429 }
    for (let count = 0; count < 20; count += 1) await send()
    assert.ok(tokens.made <= 8, `${tokens.made} tokens`)
  })

  it('gets another token at one address though another has refused several', async () => {
    const revoked = new Set<string>()
    refuses = (authorization, path) => path === '/refused' || revoked.has(authorization)
    answer = { status: 200 }
    assert.equal((await sender(server.origin, '/refused')()).status, 401)
    revoked.add(`Bearer token-${tokens.made}`)
    assert.equal((await sender()()).status, 200)
  })

  it('brings what the service demands though another request has just got another token', async () => {
    const claims = '{"access_token":{"acrs":{"value":"c1"}}}'
    answer = { status: 200 }
    refuses = () => false
    challenge = () => {
      // While this one is under way.
      if (tokens.made === 1) tokens.reject({ value: 'token-1', expiresAt: undefined })
      return tokens.claims.includes(claims) ? undefined : challengeFor(claims)
    }
    assert.equal((await sender()()).status, 200)
    assert.deepEqual(tokens.claims, [undefined, claims])
  })

  it('is lost by none of a thousand whose tokens are revoked one after another', async () => {
    const revoked = new Set<string>()
    let asked = 0
    refuses = (authorization) => {
      asked += 1
      if (asked % 30 === 0) revoked.add(authorization)
      return revoked.has(authorization)
    }
    answer = { status: 200 }
    // So that refusals arrive in another order than they were sent in.
    delay = () => (asked * 7) % 20
    const send = sender()
    const waiting = Array.from({ length: 1000 }, () => send)
    const statuses: number[] = []
    const work = async (): Promise<void> => {
      for (let one = waiting.pop(); one !== undefined; one = waiting.pop())
        statuses.push((await one()).status)
    }
    await Promise.all(Array.from({ length: 20 }, work))
    assert.deepEqual(new Set(statuses), new Set([200]))
    assert.equal(statuses.length, 1000)
    assert.ok(revoked.size > 30, `${revoked.size} tokens were revoked`)
  })

  it('gets another token again as soon as one has helped', async () => {
    const send = sender()
    const revoked = new Set(['Bearer token-1', 'Bearer token-2', 'Bearer token-3'])
    refuses = (authorization) => revoked.has(authorization)
    answer = { status: 200 }
    assert.equal((await send()).status, 200)
    for (const token of [4, 5, 6]) revoked.add(`Bearer token-${token}`)
    assert.equal((await send()).status, 200)
    assert.equal(tokens.made, 7)
  })

  it('is repeated all the same where the service says what it wants', async () => {
    const send = sender()
    await send()
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    answer = { status: 403, challenge: challengeFor(claims) }
    await send()
    assert.deepEqual(tokens.claims, [undefined, undefined, undefined, claims])
  })
})
