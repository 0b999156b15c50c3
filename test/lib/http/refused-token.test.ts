import assert from 'node:assert/strict'
import { authenticate } from '../../../nodes/lib/http/authenticate'
import { pipeline, type HttpRequest, type HttpResponse } from '../../../nodes/lib/http/http'
import { directNetwork } from '../../../nodes/lib/http/network'
import { retry } from '../../../nodes/lib/http/retry'
import { createTransport } from '../../../nodes/lib/http/transport'
import { readAnswer } from '../../../nodes/lib/odata/answer'
import { ScriptedService } from '../../support/scripted-service'

describe('a token that the service refuses', () => {
  const service = new ScriptedService()
  const transport = createTransport(directNetwork)
  let claimed: (string | undefined)[]

  before(async () => service.start())
  after(async () => {
    transport.close()
    await service.close()
  })
  beforeEach(() => {
    claimed = []
  })

  async function ask(changes: Partial<HttpRequest>): Promise<HttpResponse> {
    const tokens = {
      get: async () => ({ value: `t${claimed.length}`, expiresAt: undefined }),
      reject: (_token: unknown, claims?: string) => void claimed.push(claims),
    }
    const check = async (response: HttpResponse, { url }: HttpRequest) => readAnswer(response, url)
    const send = pipeline(
      [retry({ maxRetries: 3, check, random: () => 0 }), authenticate(tokens, service.origin)],
      transport.send,
    )
    return send({
      method: 'GET',
      url: `${service.origin}/x`,
      headers: new Map(),
      signal: new AbortController().signal,
      timeout: 1000,
      maxResponseSize: 1e6,
      ...changes,
    })
  }

  const claims = '{"access_token":{"nbf":{"essential":true}}}'
  const challenge = {
    'www-authenticate': `Bearer error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`,
  }
  const kinds: [what: string, changes: Partial<HttpRequest>][] = [
    ['a read', {}],
    ['an update', { method: 'PATCH', body: '{}', repeat: 'idempotent' }],
    ['an update of one version', { method: 'PATCH', body: '{}', repeat: 'conditional' }],
    ['a create', { method: 'POST', body: '{}', repeat: 'once' }],
  ]
  for (const [what, changes] of kinds) {
    it(`is replaced for ${what}: nothing was done yet`, async () => {
      service.answers([401, {}], [200, {}])
      assert.equal((await ask(changes)).status, 200)
      assert.deepEqual(
        service.seen.map(({ headers }) => headers['authorization']),
        ['Bearer t0', 'Bearer t1'],
      )
    })

    it(`is replaced for ${what} by one with the claims that a 403 asks for`, async () => {
      service.answers([403, {}, challenge], [200, {}])
      assert.equal((await ask(changes)).status, 200)
      assert.deepEqual(claimed, [claims])
    })

    it(`is replaced for ${what} again where the next one has been revoked, too`, async () => {
      service.answers([401, {}], [401, {}], [200, {}])
      assert.equal((await ask(changes)).status, 200)
    })

    it(`is the end of ${what} where three others are refused as well`, async () => {
      service.answers([401, {}], [401, {}], [401, {}], [401, {}], [200, {}])
      const response = await ask(changes)
      assert.deepEqual([response.status, response.outcomeUnknown, service.seen.length], [401, undefined, 4])
    })

    it(`is replaced once for ${what} where the service demands again what the new one was to bring`, async () => {
      service.answers([403, {}, challenge], [403, {}, challenge], [200, {}])
      assert.equal((await ask(changes)).status, 403)
      assert.equal(service.seen.length, 2)
    })

    it(`is not to blame for a 403 of ${what} without a challenge`, async () => {
      service.answers([403, {}], [200, {}])
      assert.equal((await ask(changes)).status, 403)
      assert.equal(service.seen.length, 1)
    })
  }
})
