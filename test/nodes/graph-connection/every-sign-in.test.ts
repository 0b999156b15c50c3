import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { LocalTenant } from '../../../sandbox'
import { apps, tenantId } from '../../../sandbox/contoso/tenant'
import { isRecord, textAt } from '../../../nodes/lib/records'
import { complete, browse, enterDeviceCode } from '../../support/browserless-sign-in'
import { startLocalServer } from '../../support/local-server'
import type { NodeRedProcess } from '../../support/node-red-process'
import { until } from '../../support/until'
import { flow, ReadingFlow, secret } from './reading-flow'
import { adele, connectionNode, megan, Editor, type Answer } from './signing-in'

/** Seconds between two questions for a device code's outcome. */
const INTERVAL = 0.1

describe('a connection, signed in to in every way', function () {
  this.timeout(60_000)

  let bench: ReadingFlow
  let tenant: LocalTenant
  let nodeRed: NodeRedProcess
  let editor: Editor
  let raw: Record<string, unknown>

  before(async () => {
    bench = await ReadingFlow.start()
    ;({ tenant, nodeRed, editor, raw } = bench)
    tenant.signIn.control.deviceCodeInterval = INTERVAL
  })

  after(async () => bench.close())

  async function progress(id: string, attempt: string): Promise<string> {
    let outcome = ''
    await until(async () => {
      const { text, body } = await editor.call('GET', `${id}/sign-in/${attempt}`)
      outcome = text
      return textAt(body, 'progress') !== 'pending'
    })
    return outcome
  }

  async function beginDevice(id: string, changes: Record<string, unknown> = {}): Promise<Answer> {
    const settings = { ...raw, grantType: 'device_code', ...changes }
    return editor.call('POST', `${id}/device-sign-in`, { settings, secrets: secret })
  }

  it('shows a device code, and signs in to the same place as a browser does', async () => {
    await nodeRed.deploy([bench.deployed('d1', { grantType: 'device_code' }), ...bench.reading('d1')])
    await until(() => bench.statuses().includes('sign in'))
    const { status, body, text } = await beginDevice('d1')
    assert.equal(status, 200, text)
    assert.doesNotMatch(text, /device_?code/i)
    const [attempt = '', url = '', code = ''] = ['attempt', 'verificationUrl', 'userCode'].map((name) =>
      textAt(body, name),
    )
    assert.ok(isRecord(body) && Number(body['timeLeft']) > 800_000)
    await enterDeviceCode(url, code, adele)
    assert.match(await progress('d1', attempt), /"done".*AdeleV@/)
    assert.ok(existsSync(join(nodeRed.userDir, 'graph-connection', 'd1.json')))
    await until(() => bench.statuses().at(-1) === '')
    const [message] = await bench.ask()
    assert.match(JSON.stringify(message), /Adele Vance/)
  })

  it('survives slow_down, and is told when the user declines', async () => {
    const { control } = tenant.signIn
    const begun = async (id: string, changes: Record<string, unknown> = {}) => {
      const { body, text } = await beginDevice(id, changes)
      const [attempt, url, code] = ['attempt', 'verificationUrl', 'userCode'].map((name) =>
        textAt(body, name),
      )
      assert.ok(attempt !== undefined && url !== undefined && code !== undefined, text)
      return { attempt, url, code }
    }
    const slow = await begun('d2')
    control.deviceCodeInterval = 60
    await until(() => control.tokenRequests.some(({ error }) => error === 'slow_down'))
    control.deviceCodeInterval = INTERVAL
    await enterDeviceCode(slow.url, slow.code, adele)
    const scope = `openid offline_access ${tenant.graph.origin}/Notes.ReadWrite`
    const declined = await begun('d4', { scope })
    await enterDeviceCode(declined.url, declined.code, adele, { consent: false })
    assert.match(await progress('d4', declined.attempt), /"failed".*"(consentDeclined|signInCancelled)"/)
    assert.match(await progress('d2', slow.attempt), /"done".*AdeleV@/)
  })

  it('gives a device code up when it is told to', async () => {
    const { body } = await beginDevice('d3')
    const attempt = textAt(body, 'attempt') ?? ''
    assert.equal((await editor.call('DELETE', `d3/sign-in/${attempt}`)).status, 204)
    assert.equal((await editor.call('GET', `d3/sign-in/${attempt}`)).status, 404)
    const before = tenant.signIn.control.tokenRequests.length
    await delay(3 * INTERVAL * 1000)
    assert.equal(tenant.signIn.control.tokenRequests.length, before)
  })

  it('gives an administrator the consent page, and shows the outcome in any browser', async () => {
    const start = { settings: { ...raw, state: 'mine' }, secrets: {}, editorUrl: editor.url }
    const { body, text } = await editor.call('POST', 'a1/admin-consent', start)
    const url = new URL(textAt(body, 'url') ?? assert.fail(text))
    assert.equal(url.pathname, `/${tenantId}/v2.0/adminconsent`)
    assert.match(url.searchParams.get('state') ?? '', /^[\w-]{43}\.mine$/)
    assert.equal(url.searchParams.get('scope'), `${tenant.graph.origin}/.default`)
    const landing = await complete(await browse(url, editor.jar), megan, { jar: editor.jar })
    assert.ok('redirect' in landing)
    const page = await new Editor(nodeRed).comeBack(landing.redirect)
    assert.equal(page.status, 200)
    assert.match(page.text, /Permissions granted/)
    assert.match(await progress('a1', textAt(body, 'attempt') ?? ''), /"done"/)
    const again = await editor.call('POST', 'a1/admin-consent', start)
    const refusal = new URL(textAt(again.body, 'url') ?? assert.fail(again.text)).searchParams
    const back = new URL(refusal.get('redirect_uri') ?? assert.fail('No address to come back to'))
    const answer = { admin_consent: 'True', error: 'access_denied', state: refusal.get('state') ?? '' }
    for (const [name, value] of Object.entries(answer)) back.searchParams.set(name, value)
    const refused = await new Editor(nodeRed).comeBack(back)
    assert.equal(refused.status, 400)
    assert.match(refused.text, /Permissions not granted/)
    assert.doesNotMatch(refused.text, /Not signed in/)
    assert.match(await progress('a1', textAt(again.body, 'attempt') ?? ''), /"failed"/)
    const shared = {
      ...start,
      settings: { ...raw, authorizeUrl: `${tenant.signIn.origin}/common/oauth2/v2.0/authorize` },
    }
    assert.match((await editor.call('POST', 'a1/admin-consent', shared)).text, /tenantNotSpecific/)
  })

  it('tests what is deployed, and says who it is', async () => {
    await nodeRed.deploy([
      bench.deployed('t1'),
      bench.deployed('t2', { grantType: 'client_credentials' }),
      connectionNode('t3', { ...raw, grantType: 'none' }),
      connectionNode('t4', { ...raw, grantType: 'managed_identity', clientId: '' }),
    ])
    assert.match((await editor.call('POST', 't1/test', {})).text, /"ok":false.*signInRequired/)
    await editor.signIn('t1', raw)
    const { body } = await editor.call('POST', 't1/test', {})
    assert.ok(isRecord(body))
    const { ok, status, asked, name, username, requestId, elapsed } = body
    assert.deepEqual(
      [ok, status, asked, name, username],
      [true, 200, 'user', 'Adele Vance', adele.userPrincipalName],
    )
    assert.ok(typeof requestId === 'string' && typeof elapsed === 'number')
    for (const id of ['t2', 't4']) {
      const application = await editor.call('POST', `${id}/test`, {})
      assert.match(application.text, /"asked":"organization"/)
      assert.doesNotMatch(application.text, /managedIdentity|clientSecret/)
    }
    assert.match((await editor.call('POST', 't3/test', {})).text, /"asked":"service"/)
    assert.equal((await editor.call('POST', 'nobody/test', {})).status, 404)
  })

  it('tests a draft with stored secrets for the deployed addresses only', async () => {
    const settings = { ...raw, grantType: 'client_credentials' }
    const same = await editor.call('POST', 't2/test', { settings: { ...settings, timeout: 9 }, secrets: {} })
    assert.equal(same.status, 200, same.text)
    for (const change of [
      { tokenUrl: 'http://127.0.0.1:9/t' },
      { serviceUrl: 'http://127.0.0.1:9/v1.0' },
      { tls: 'x' },
      { proxy: 'x' },
    ]) {
      const answer = await editor.call('POST', 't2/test', {
        settings: { ...settings, ...change },
        secrets: {},
      })
      assert.match(answer.text, /clientSecretMissing/)
      assert.equal(answer.status, 400)
    }
    const wrong = { settings, secrets: { clientSecret: 'not it' } }
    assert.match((await editor.call('POST', 't2/test', wrong)).text, /"ok":false.*clientSecretWrong/)
    const machine = {
      ...raw,
      grantType: 'managed_identity',
      clientId: '',
      resource: 'https://vault.azure.net',
    }
    assert.match((await editor.call('POST', 't4/test', { settings: machine })).text, /deployFirst/)
    const file = { ...raw, clientAuthentication: 'federated', federatedTokenFile: '/etc/passwd' }
    assert.match((await editor.call('POST', 't1/test', { settings: file })).text, /deployFirst/)
  })

  it('keeps a sign-in of an edited dialog apart until it is deployed', async () => {
    await nodeRed.deploy([bench.deployed('e1')])
    await editor.signIn('e1', raw)
    const edited = { ...raw, clientId: apps.publicClient.clientId, clientAuthentication: 'none' }
    const draft = { settings: edited, secrets: {} }
    assert.match((await editor.call('POST', 'e1/token-state', draft)).text, /"signedOut"/)
    assert.equal((await editor.signIn('e1', edited, {}, megan)).status, 200)
    const state = await editor.call('POST', 'e1/token-state', draft)
    assert.match(state.text, /"signedIn".*MeganB@.*"afterDeploy":true/)
    // The dialog is cancelled: nothing has changed.
    assert.match(JSON.stringify(await editor.tokenState('e1')), /AdeleV@/)
    assert.match((await editor.call('POST', 'e1/test', draft)).text, /Megan Bowen/)
    await nodeRed.deploy([connectionNode('e1', edited)])
    assert.match(JSON.stringify(await editor.tokenState('e1')), /MeganB@/)
    const files = readdirSync(join(nodeRed.userDir, 'graph-connection'))
    assert.deepEqual(
      files.filter((name) => name.startsWith('e1')),
      ['e1.json'],
    )
  })

  it('shows no stored sign-in to another service, even where the token would be the same', async () => {
    const asked: string[] = []
    const other = await startLocalServer((req, res) => {
      asked.push(String(req.headers.authorization))
      res.end('{}')
    })
    try {
      const { origin } = tenant.graph
      const explicit = { resource: origin, scope: `openid offline_access ${origin}/.default` }
      const client = { clientId: apps.publicClient.clientId, clientAuthentication: 'none' }
      const settings = { ...raw, ...client, ...explicit }
      await nodeRed.deploy([connectionNode('o1', settings)])
      await editor.signIn('o1', settings)
      const before = tenant.signIn.control.tokenRequests.length
      const draft = { settings: { ...settings, serviceUrl: `${other.origin}/v1.0` }, secrets: {} }
      assert.match((await editor.call('POST', 'o1/test', draft)).text, /"ok":false.*signInRequired/)
      assert.deepEqual(asked, [])
      assert.equal(tenant.signIn.control.tokenRequests.length, before)
      assert.match((await editor.call('POST', 'o1/test', {})).text, /"ok":true/)
    } finally {
      await other.close()
    }
  })

  it('ends the asking for a device code when its connection is removed', async () => {
    const { control } = tenant.signIn
    await nodeRed.deploy([flow, bench.deployed('d9', { grantType: 'device_code' })])
    const { body } = await beginDevice('d9')
    const path = `d9/sign-in/${textAt(body, 'attempt') ?? ''}`
    assert.match((await editor.call('GET', path)).text, /pending/)
    await nodeRed.deploy([flow])
    await until(async () => (await editor.call('GET', path)).status === 404)
    const before = control.tokenRequests.length
    await delay(3 * INTERVAL * 1000)
    assert.equal(control.tokenRequests.length, before)
  })

  it('says that it was cancelled when the person leaves the sign-in page', async () => {
    const { authorizeUrl } = await editor.begin('e1', raw, secret)
    const { searchParams } = new URL(authorizeUrl)
    const back = new URL(searchParams.get('redirect_uri') ?? '')
    back.searchParams.set('state', searchParams.get('state') ?? '')
    back.searchParams.set('error', 'access_denied')
    back.searchParams.set('error_subcode', 'cancel')
    assert.match((await editor.comeBack(back)).text, /The sign-in was cancelled/)
  })

  it('tells how a draft stands without its secrets', async () => {
    const draft = { settings: { ...raw, clientId: apps.unprivileged.clientId }, secrets: {} }
    const state = await editor.call('POST', 'e1/token-state', draft)
    assert.deepEqual([state.status, state.body], [200, { state: 'signedOut' }])
  })

  it('lets only those try, begin and give up who may write connections', async () => {
    const password = '$2b$08$JSJqCdVDNPmpSDgHKPzgzObLoVxzZ9tmgqQoDZ6PSAJ6uoP19abnO'
    const users = [{ username: 'reader', password, permissions: 'read' }]
    await nodeRed.restart({ settings: { adminAuth: { type: 'credentials', users } } })
    await nodeRed.logIn('reader', 'password')
    for (const [method, path] of [
      ['POST', 'e1/device-sign-in'],
      ['POST', 'e1/admin-consent'],
      ['POST', 'e1/token-state'],
      ['POST', 'e1/test'],
      ['DELETE', 'e1/sign-in/x'],
    ] as const) {
      const answer = await editor.call(method, path, method === 'POST' ? {} : undefined)
      assert.equal(answer.status, 401, path)
    }
  })
})
