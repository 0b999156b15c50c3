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

describe('a request with a token', () => {
  let server: LocalServer
  let transport: Transport
  let tokens: Tokens
  let seen: string[]
  let answer: { status: number; challenge?: string }
  let now: number
  let refuses: (authorization: string) => boolean

  before(async () => {
    server = await startLocalServer((req, res) => {
      seen.push(String(req.headers.authorization))
      const { challenge } = answer
      const status = refuses(String(req.headers.authorization)) ? 401 : answer.status
      res.writeHead(status, challenge === undefined ? {} : { 'www-authenticate': challenge })
      res.end(`You sent ${String(req.headers.authorization)}.`)
    })
    transport = createTransport({ proxy: 'none', tls: {} })
  })

  beforeEach(() => {
    tokens = new Tokens()
    seen = []
    answer = { status: 401 }
    now = 0
    refuses = () => false
  })

  after(async () => {
    transport.close()
    await server.close()
  })

  function sender(origin = server.origin): () => Promise<HttpResponse> {
    const send = pipeline([authenticate(tokens, origin, () => now)], transport.send)
    const request = {
      method: 'GET',
      url: `${server.origin}/x`,
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

  it('is repeated once with another token where one is refused, and hands none back that was quoted', async () => {
    const { status, body } = await sender()()
    assert.equal(status, 401)
    assert.deepEqual(seen, ['Bearer token-1', 'Bearer token-2'])
    assert.equal(body.toString(), 'You sent Bearer ***.')
  })

  it('costs no token after token at a service that refuses each one', async () => {
    const send = sender()
    for (let count = 0; count < 20; count += 1) assert.equal((await send()).status, 401)
    assert.equal(tokens.made, 2)
    now = 30_000
    answer = { status: 401 }
    await send()
    assert.equal(tokens.made, 3)
  })

  it('gets a third token, once, where two in a row were revoked at a service that takes tokens', async () => {
    const send = sender()
    const revoked = new Set(['Bearer token-1', 'Bearer token-2'])
    answer = { status: 200 }
    await send()
    answer = { status: 401 }
    assert.equal((await send()).status, 401)
    refuses = (token) => revoked.has(token)
    answer = { status: 200 }
    assert.equal((await send()).status, 200)
    assert.equal(tokens.made, 3)
    refuses = () => false
    answer = { status: 401 }
    for (let count = 0; count < 20; count += 1) await send()
    assert.ok(tokens.made <= 5, `${tokens.made} tokens`)
  })

  it('does not take a token for revoked that is taken elsewhere', async () => {
    const send = sender()
    answer = { status: 401 }
    await send()
    answer = { status: 200 }
    await send()
    answer = { status: 401 }
    for (let count = 0; count < 20; count += 1) await send()
    assert.equal(tokens.made, 2)
  })

  it('is repeated all the same where the service says what it wants', async () => {
    const send = sender()
    await send()
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    const encoded = Buffer.from(claims).toString('base64')
    answer = { status: 403, challenge: `Bearer error="insufficient_claims", claims="${encoded}"` }
    await send()
    assert.deepEqual(tokens.claims, [undefined, claims])
  })
})
