import assert from 'node:assert/strict'
import { apps, demoAccounts, demoPassword } from '../../../sandbox/contoso/tenant'
import type { SignInService } from '../../../sandbox/sign-in/server'
import type { ConnectionSecrets } from '../../../nodes/lib/connection-settings'
import { obtainerOf } from '../../../nodes/lib/oauth2/grants'
import { RenewingSource } from '../../../nodes/lib/oauth2/renewing-source'
import { MemoryTokenStore } from '../../../nodes/lib/oauth2/token-store'
import { plainRequest } from '../../../nodes/lib/oauth2/plain-request'
import { Problem } from '../../../nodes/lib/problem'
import type { RawConnection } from '../../../nodes/lib/read-settings'
import { startLocalServer } from '../../support/local-server'
import { until } from '../../support/until'
import { settingsOf, startSignIn, webSecrets } from './local-sign-in'

describe('an application without a person', () => {
  let service: SignInService
  let sources: RenewingSource[] = []

  before(async () => {
    service = await startSignIn()
  })

  after(async () => {
    await service.close()
  })

  afterEach(() => {
    for (const source of sources) source.close()
    sources = []
  })

  function source(changes: RawConnection = {}, secrets: ConnectionSecrets = webSecrets): RenewingSource {
    const settings = settingsOf(service, changes)
    const obtainer = obtainerOf({
      settings,
      secrets,
      connection: 'c1',
      store: new MemoryTokenStore(),
      warn: () => undefined,
    })
    assert.ok(obtainer)
    const made = new RenewingSource(obtainer)
    sources.push(made)
    return made
  }

  async function problemOf(work: Promise<unknown>): Promise<Problem> {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof Problem, String(error))
    return error
  }

  it('gets a token with its secret, from V2 by scope', async () => {
    const token = await source().get(new AbortController().signal)
    assert.match(token.value, /^ey/)
    assert.ok(token.expiresAt !== undefined && token.expiresAt > Date.now() + 3_500_000)
  })

  it('gets a token from V1 by resource', async () => {
    await source({ endpointVersion: 'v1' }).get(new AbortController().signal)
    assert.equal(service.control.tokenRequests.at(-1)?.version, 1)
    assert.equal(service.control.tokenRequests.at(-1)?.status, 200)
  })

  it('asks once and uses the token for all who come later', async () => {
    const before = service.control.tokenRequests.length
    const tokens = source()
    const first = await tokens.get(new AbortController().signal)
    const second = await tokens.get(new AbortController().signal)
    assert.equal(first.value, second.value)
    assert.equal(service.control.tokenRequests.length, before + 1)
  })

  it('signs a user in with name and password', async () => {
    const username = demoAccounts[0]?.userPrincipalName ?? ''
    const secrets = { ...webSecrets, username, password: demoPassword }
    const token = await source({ grantType: 'password' }, secrets).get(new AbortController().signal)
    assert.match(token.value, /^ey/)
  })

  it('sends no secret at all for a public client', async () => {
    const username = demoAccounts[0]?.userPrincipalName ?? ''
    const changes = {
      grantType: 'password',
      clientAuthentication: 'none',
      clientId: apps.publicClient.clientId,
    }
    const token = await source(changes, { username, password: demoPassword }).get(
      new AbortController().signal,
    )
    assert.match(token.value, /^ey/)
  })

  const wrong: readonly [string, RawConnection, ConnectionSecrets, string, string][] = [
    ['a wrong secret', {}, { clientSecret: 'not-the-secret' }, 'clientSecretWrong', 'clientSecret'],
    [
      'an expired secret',
      {},
      { clientSecret: apps.web.expiredSecret },
      'clientSecretExpired',
      'clientSecret',
    ],
    [
      'an unknown app',
      { clientId: '00000000-0000-4000-8000-000000000000' },
      webSecrets,
      'appNotFound',
      'clientId',
    ],
    [
      'a wrong password',
      { grantType: 'password' },
      { ...webSecrets, username: 'adelev', password: 'no' },
      'passwordWrong',
      'password',
    ],
    ['a scope that is none', { scope: 'https://other.example/nothing' }, webSecrets, 'scopeInvalid', 'scope'],
  ]
  for (const [what, changes, secrets, code, field] of wrong) {
    it(`names ${what} and the field to put right, and holds no secret`, async () => {
      const problem = await problemOf(source(changes, secrets).get(new AbortController().signal))
      assert.equal(problem.code, code)
      assert.equal(problem.values['field'], field)
      const everything = JSON.stringify(problem.values) + problem.message + String(problem.stack)
      assert.ok(!everything.includes(secrets.clientSecret ?? ''))
    })
  }

  it('says before anything is sent that the secret is missing', () => {
    assert.throws(() => source({}, {}), { code: 'clientSecretMissing' })
  })

  it('says that nobody answers', async () => {
    const changes = { tokenUrl: 'http://127.0.0.1:9/token' }
    const problem = await problemOf(source(changes).get(new AbortController().signal))
    assert.equal(problem.code, 'serviceUnreachable')
    assert.deepEqual(problem.values, { host: '127.0.0.1:9', reason: 'ECONNREFUSED' })
  })

  it('tells the true status of a page that is no token', async () => {
    service.control.answerNextTokenRequests({ status: 200, contentType: 'text/html', body: '<html>Hello' })
    const page = await problemOf(source().get(new AbortController().signal))
    assert.equal(page.code, 'notJson')
    assert.equal(page.values['status'], 200)
    service.control.answerNextTokenRequests({
      status: 502,
      contentType: 'text/html',
      body: '<html>Bad gateway',
    })
    const gateway = await problemOf(source().get(new AbortController().signal))
    assert.equal(gateway.code, 'serviceUnavailable')
    assert.equal(gateway.values['status'], 502)
  })

  it('refuses an answer of more than 1 MB', async () => {
    const body = JSON.stringify({ access_token: 'x'.repeat(1024 * 1024) })
    service.control.answerNextTokenRequests({ status: 200, contentType: 'application/json', body })
    assert.equal((await problemOf(source().get(new AbortController().signal))).code, 'tokenAnswerTooLarge')
  })

  it('asks again while the service is busy', async () => {
    const headers = { 'retry-after': '0' }
    service.control.answerNextTokenRequests({ status: 429, headers }, 2)
    const token = await source({ maxRetries: 3 }).get(new AbortController().signal)
    assert.match(token.value, /^ey/)
  })

  it('asks no more before the time that the service has named, whoever wants a token', async () => {
    const before = service.control.tokenRequests.length
    service.control.answerNextTokenRequests({ status: 429, headers: { 'retry-after': '300' } })
    const busy = source({ maxRetries: 3 })
    for (let message = 0; message < 5; message += 1) {
      const { code, values } = await problemOf(busy.get(new AbortController().signal))
      assert.deepEqual([code, values['retryAfter']], ['serviceBusy', 300])
    }
    assert.equal(service.control.tokenRequests.length, before + 1)
    busy.restart()
    assert.match((await busy.get(new AbortController().signal)).value, /^ey/)
  })

  it('asks once more, and no more, when the connection breaks', async () => {
    service.control.answerNextTokenRequests({ status: 200, drop: true })
    await source({ maxRetries: 3 }).get(new AbortController().signal)
    service.control.answerNextTokenRequests({ status: 200, drop: true }, 2)
    const problem = await problemOf(source({ maxRetries: 3 }).get(new AbortController().signal))
    assert.equal(problem.code, 'serviceUnreachable')
  })

  it('gives up an answer that drips in for ever, and its socket', async () => {
    let sockets = 0
    const server = await startLocalServer((req, res) => {
      req.resume()
      res.writeHead(200, { 'content-type': 'application/json' })
      const dripping = setInterval(() => res.write(' '), 20)
      sockets += 1
      res.once('close', () => {
        clearInterval(dripping)
        sockets -= 1
      })
    })
    const begun = Date.now()
    const signal = new AbortController().signal
    const tokenUrl = `${server.origin}/token`
    const problem = await problemOf(source({ tokenUrl, timeout: 0.2 }).get(signal))
    assert.deepEqual([problem.code, problem.values['seconds']], ['timeout', 0.2])
    const network = { proxy: 'none', tls: {} } as const
    const plain = plainRequest({ method: 'GET', url: tokenUrl, network, timeout: 200, signal })
    assert.equal((await problemOf(plain)).code, 'timeout')
    assert.ok(Date.now() - begun < 5_000)
    await until(() => sockets === 0)
    await server.close()
  })

  it('ends the waiting when the caller gives up', async () => {
    service.control.answerNextTokenRequests({
      status: 200,
      contentType: 'application/json',
      body: '{}',
      delay: 400,
    })
    const begun = Date.now()
    await assert.rejects(source().get(AbortSignal.timeout(50)), { name: 'TimeoutError' })
    assert.ok(Date.now() - begun < 300)
  })
})
