import assert from 'node:assert/strict'
import { pipeline, type HttpMethod, type HttpRequest, type HttpResponse } from '../../../nodes/lib/http/http'
import { directNetwork } from '../../../nodes/lib/http/network'
import { followRedirects } from '../../../nodes/lib/http/redirect'
import { createTransport } from '../../../nodes/lib/http/transport'
import { ScriptedService } from '../../support/scripted-service'

describe('a redirect', () => {
  const service = new ScriptedService()
  const elsewhere = new ScriptedService()
  const transport = createTransport(directNetwork)
  const send = pipeline([followRedirects()], transport.send)

  before(async () => {
    await Promise.all([service.start(), elsewhere.start()])
  })
  after(async () => {
    transport.close()
    await Promise.all([service.close(), elsewhere.close()])
  })
  beforeEach(() => elsewhere.answers([200, {}]))

  async function ask(method: HttpMethod, changes: Partial<HttpRequest> = {}): Promise<HttpResponse> {
    return send({
      method,
      url: `${service.origin}/a`,
      headers: new Map([
        ['accept', 'application/json'],
        ['authorization', 'Bearer t'],
        ['if-match', 'W/"1"'],
      ]),
      signal: new AbortController().signal,
      timeout: 1000,
      maxResponseSize: 1e6,
      ...changes,
    })
  }

  for (const status of [301, 302, 303, 307, 308]) {
    it(`${status} of a read is followed, to another host without token and version`, async () => {
      service.answers([status, undefined, { location: '/b' }], [200, { b: 1 }])
      assert.equal((await ask('GET')).body.toString(), '{"b":1}')
      service.answers([status, undefined, { location: `${elsewhere.origin}/c` }])
      assert.equal((await ask('GET')).status, 200)
      const { authorization, 'if-match': version, accept } = elsewhere.seen[0]?.headers ?? {}
      assert.deepEqual([authorization, version, accept], [undefined, undefined, 'application/json'])
    })
  }

  for (const status of [307, 308]) {
    for (const method of ['POST', 'PATCH', 'PUT', 'DELETE'] as const) {
      it(`${status} of a ${method} is followed with its body, on the same origin`, async () => {
        service.answers([status, undefined, { location: '/b' }], [204])
        const body = method === 'DELETE' ? {} : { body: '{"a":1}' }
        assert.equal((await ask(method, body)).status, 204)
        assert.deepEqual(service.asked, [`${method} /a`, `${method} /b`])
        assert.equal(service.seen[1]?.body, method === 'DELETE' ? '' : '{"a":1}')
        assert.equal(service.seen[1]?.headers['if-match'], 'W/"1"')
      })

      it(`${status} of a ${method} is not followed to another origin`, async () => {
        service.answers([status, undefined, { location: `${elsewhere.origin}/c` }])
        assert.equal((await ask(method, { body: '{"a":1}' })).status, status)
        assert.deepEqual(elsewhere.asked, [])
      })
    }
  }

  for (const status of [301, 302, 303]) {
    it(`${status} of a write, which would become a read, is not followed`, async () => {
      service.answers([status, undefined, { location: '/b' }])
      assert.equal((await ask('PATCH', { body: '{}' })).status, status)
      assert.deepEqual(service.asked, ['PATCH /a'])
    })
  }

  it('is followed five times and no more', async () => {
    const again = [302, undefined, { location: '/a' }] as const
    service.answers(again, again, again, again, again, [200, {}])
    assert.equal((await ask('GET')).status, 200)
    service.answers(again, again, again, again, again, again, [200, {}])
    await assert.rejects(ask('GET'), { code: 'tooManyRedirects' })
  })
})
