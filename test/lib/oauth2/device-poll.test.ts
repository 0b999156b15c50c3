import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { endWithNodeRed } from '../../../nodes/graph-connection/forget-removed'
import { firstPoll, nextPoll, type Poll } from '../../../nodes/lib/oauth2/device-poll'
import { pollDeviceCode, type DeviceCode } from '../../../nodes/lib/oauth2/device-sign-in'
import { refusalFailure, type TokenFailure } from '../../../nodes/lib/oauth2/oauth2-problem'
import { SignIns } from '../../../nodes/lib/oauth2/sign-ins'
import { Problem } from '../../../nodes/lib/problem'
import { readSettings } from '../../../nodes/lib/read-settings'
import { startLocalServer, type LocalServer } from '../../support/local-server'
import { until } from '../../support/until'

const now = Date.parse('2026-01-01T00:00:00Z')

/** As the token endpoint would have answered. */
function refusal(status: number, error: string | undefined, retryAfter?: string): TokenFailure {
  const body = error === undefined ? undefined : { error }
  const url = 'https://login.example/token'
  const facts = {
    grant: 'device_code',
    url,
    timeout: 1000,
    sent: true,
    overLimit: false,
    secrets: [],
    now,
  } as const
  return refusalFailure({ status, body, retryAfter, date: undefined, cut: false }, facts)
}

function failure(kind: TokenFailure['kind'], code: string): TokenFailure {
  return { kind, problem: new Problem(code) }
}

describe('the asking for the outcome of a device code', () => {
  it('begins as the service says, but once a minute at the least', () => {
    assert.deepEqual(firstPoll(5_000), { interval: 5_000, wait: 5_000 })
    assert.deepEqual(firstPoll(3_600_000), { interval: 60_000, wait: 60_000 })
    assert.deepEqual(firstPoll(0), { interval: 100, wait: 100 })
  })

  const table: readonly (readonly [string, TokenFailure, Poll | undefined])[] = [
    ['nobody has entered it yet', refusal(400, 'authorization_pending'), { interval: 5_000, wait: 5_000 }],
    ['it is too fast', refusal(400, 'slow_down'), { interval: 10_000, wait: 10_000 }],
    [
      'the service names a time',
      refusal(400, 'authorization_pending', '30'),
      { interval: 5_000, wait: 30_000 },
    ],
    [
      'it is too fast and a time is named',
      refusal(400, 'slow_down', '7'),
      { interval: 10_000, wait: 10_000 },
    ],
    [
      'a date is named',
      refusal(429, undefined, 'Thu, 01 Jan 2026 00:01:00 GMT'),
      { interval: 10_000, wait: 60_000 },
    ],
    ['a fraction is named', refusal(503, undefined, '20.5'), { interval: 10_000, wait: 20_500 }],
    ['the service is in trouble', refusal(500, undefined), { interval: 10_000, wait: 10_000 }],
    ['… and names it in its own way', refusal(500, 'internal_error'), { interval: 10_000, wait: 10_000 }],
    ['… and says so', refusal(400, 'temporarily_unavailable'), { interval: 10_000, wait: 10_000 }],
    [
      'the name is not known',
      failure('nameUnknown', 'serviceUnreachable'),
      { interval: 10_000, wait: 10_000 },
    ],
    ['nobody answers', failure('notSent', 'serviceUnreachable'), { interval: 10_000, wait: 10_000 }],
    ['the answer is lost', failure('noAnswer', 'timeout'), { interval: 10_000, wait: 10_000 }],
    ['it was declined', refusal(400, 'authorization_declined'), undefined],
    ['it was denied', refusal(400, 'access_denied'), undefined],
    ['it has ended', refusal(400, 'expired_token'), undefined],
    ['it is none', refusal(400, 'bad_verification_code'), undefined],
    ['the client is refused', refusal(401, 'invalid_client'), undefined],
    ['the address is wrong', refusal(404, undefined), undefined],
    ['a page answers', refusal(200, undefined), undefined],
    ['the certificate is refused', failure('final', 'certificateRefused'), undefined],
  ]
  for (const [what, outcome, expected] of table) {
    it(`${expected === undefined ? 'ends' : `goes on after ${expected.wait / 1000} s`} when ${what}`, () => {
      assert.deepEqual(nextPoll(outcome, 5_000), expected)
    })
  }

  it('slows down to once a minute while nobody is there, and not below what slow_down has made of it', () => {
    let interval = 5_000
    for (let count = 0; count < 10; count += 1) {
      interval = nextPoll(failure('notSent', 'serviceUnreachable'), interval)?.interval ?? 0
    }
    assert.equal(interval, 60_000)
    assert.equal(nextPoll(failure('notSent', 'serviceUnreachable'), 65_000)?.interval, 65_000)
  })

  describe('at a service', () => {
    let server: LocalServer
    let answer: (res: ServerResponse) => void
    let asked = 0

    before(async () => {
      server = await startLocalServer((req, res) => {
        req.resume()
        res.setHeader('content-type', 'application/json')
        if (req.url === '/device') {
          const verification = { verification_uri: `${server.origin}/enter`, expires_in: 900, interval: 0.01 }
          res.end(JSON.stringify({ device_code: 'code-of-a-test-7194', user_code: 'U7194', ...verification }))
        } else {
          asked += 1
          answer(res)
        }
      })
    })

    after(async () => server.close())

    function plan(connection = 'c1') {
      const raw = {
        cloud: 'custom',
        serviceUrl: 'http://127.0.0.1:9',
        tokenUrl: `${server.origin}/token`,
        deviceCodeUrl: `${server.origin}/device`,
        grantType: 'device_code',
        clientAuthentication: 'none',
        clientId: 'c',
      }
      return { connection, settings: readSettings(raw, () => undefined), secrets: {} }
    }

    function code(changes: Partial<DeviceCode> = {}): DeviceCode {
      const expiresAt = Date.now() + 10_000
      const verificationUrl = `${server.origin}/enter`
      const shown = { userCode: 'u', verificationUrl, message: undefined }
      return { deviceCode: 'code-of-a-test-7194', ...shown, expiresAt, interval: 1, ...changes }
    }

    const pending = (res: ServerResponse): void => {
      res.writeHead(400).end('{"error":"authorization_pending"}')
    }

    it('does not ask again before the time that the service has named, and ends with the code', async () => {
      asked = 0
      answer = (res) => pending(res.setHeader('retry-after', '30'))
      const polling = pollDeviceCode(
        plan(),
        code({ expiresAt: Date.now() + 400 }),
        new AbortController().signal,
      )
      await assert.rejects(polling, { code: 'deviceCodeEnded' })
      assert.equal(asked, 1)
    })

    it('ends when its connection is removed, and not for another one', async () => {
      answer = pending
      const { signIns, attempts } = await begun(['c1', 'c2'])
      await someQuestions()
      signIns.forget('c1')
      assert.equal(signIns.state('c1', attempts[0] ?? ''), undefined)
      assert.equal(signIns.state('c2', attempts[1] ?? '')?.kind, 'pending')
      await someQuestions()
      signIns.close()
      await noQuestions()
    })

    it('ends when Node-RED stops, but not for a deploy', async () => {
      answer = pending
      const events = new EventEmitter()
      const { signIns, attempts } = await begun(['c1'])
      endWithNodeRed({ events }, signIns, 60)
      const full = { type: 'full', diff: undefined }
      events.emit('flows:stopped', { type: 'nodes', diff: {} })
      events.emit('flows:stopped', full)
      events.emit('flows:starting', full)
      await new Promise((resolve) => setTimeout(resolve, 150))
      assert.equal(signIns.state('c1', attempts[0] ?? '')?.kind, 'pending')
      events.emit('flows:stopped', full)
      await new Promise((resolve) => setTimeout(resolve, 150))
      await noQuestions()
      assert.equal(signIns.state('c1', attempts[0] ?? ''), undefined)
    })

    async function begun(connections: readonly string[]): Promise<{ signIns: SignIns; attempts: string[] }> {
      const signIns = new SignIns({ known: async () => undefined, keep: async () => undefined })
      const attempts: string[] = []
      for (const connection of connections)
        attempts.push((await signIns.beginDevice(plan(connection))).attempt)
      return { signIns, attempts }
    }

    async function someQuestions(): Promise<void> {
      const wanted = asked + 3
      await until(() => asked >= wanted)
    }

    async function noQuestions(): Promise<void> {
      await new Promise((resolve) => setTimeout(resolve, 50))
      const before = asked
      await new Promise((resolve) => setTimeout(resolve, 100))
      assert.equal(asked, before)
    }
  })
})
