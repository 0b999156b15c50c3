import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { apps, demoAccounts, demoPassword } from '../../../sandbox/contoso/tenant'
import type { SignInService } from '../../../sandbox/sign-in/server'
import {
  startNodeRed,
  type FlowNode,
  type NodeRedOptions,
  type NodeRedProcess,
} from '../../support/node-red-process'
import { until } from '../../support/until'
import { rawConnection, startSignIn } from '../../lib/oauth2/local-sign-in'
import { connectionNode, Editor, filesOf } from './signing-in'

const secret = { clientSecret: apps.web.secrets[0] }
/** As in rotation.test.ts. */
const KILLS = process.env['ROTATIONS'] === 'long' ? 50 : 3

// Most of these start Node-RED several times.
describe('the life of a sign-in', function () {
  this.timeout(60_000)

  let service: SignInService
  let raw: Record<string, unknown>
  let nodeRed: NodeRedProcess
  let editor: Editor

  before(async () => {
    service = await startSignIn()
    raw = rawConnection(service, { grantType: 'authorization_code' })
  })

  after(async () => {
    await service.close()
  })

  afterEach(async () => {
    await nodeRed.dispose()
    service.control.refreshTokens = 'entra'
  })

  async function start(options: NodeRedOptions = {}): Promise<void> {
    nodeRed = await startNodeRed({
      flows: [connectionNode('c1', raw)],
      credentials: { c1: secret },
      ...options,
    })
    editor = new Editor(nodeRed)
  }

  async function signIn(): Promise<void> {
    const page = await editor.signIn('c1', raw)
    assert.equal(page.status, 200, page.text)
  }

  const stateOf = async (id = 'c1'): Promise<unknown> => (await editor.tokenState(id))['state']
  const file = (id = 'c1'): string => join(nodeRed.userDir, 'graph-connection', `${id}.json`)

  it('outlives a restart and a power cut', async () => {
    service.control.refreshTokens = 'grace'
    await start()
    await signIn()
    await nodeRed.restart()
    assert.equal(await stateOf(), 'signedIn')
    await nodeRed.kill()
    await nodeRed.restart()
    assert.equal(await stateOf(), 'signedIn')
    assert.equal(service.control.tokenRequests.at(-1)?.grantType, 'refresh_token')
  })

  for (const mode of ['entra', 'grace'] as const) {
    it(`outlives ${KILLS} power cuts in the midst of renewals (${mode})`, async function () {
      this.timeout(KILLS * 12_000)
      service.control.refreshTokens = mode
      await start()
      await signIn()
      const first = service.control.tokenRequests.length
      for (let round = 0; round < KILLS; round += 1) {
        await nodeRed.restart()
        const before = service.control.tokenRequests.length
        const asked = editor.tokenState('c1').catch(() => undefined)
        // Now and then before the request, mostly somewhere between it and the rename of the file.
        if (round % 5 > 0) await until(() => service.control.tokenRequests.length > before)
        await delay((round * 7) % 30)
        await nodeRed.kill()
        await asked
      }
      await nodeRed.restart()
      assert.equal(await stateOf(), 'signedIn')
      assert.deepEqual(
        readdirSync(join(nodeRed.userDir, 'graph-connection')).filter((name) => name.endsWith('.json')),
        ['c1.json'],
      )
      const refused = service.control.tokenRequests.slice(first).filter(({ status }) => status !== 200)
      assert.deepEqual(refused, [])
    })
  }

  it('does not send the refresh token to another token URL', async () => {
    await start()
    await signIn()
    const before = service.control.tokenRequests.length
    await nodeRed.deploy([
      { ...connectionNode('c1', { ...raw, tokenUrl: `${String(raw['tokenUrl'])}?x=1` }) },
    ])
    assert.equal(await stateOf(), 'signedOut')
    assert.equal(service.control.tokenRequests.length, before)
    await nodeRed.deploy([connectionNode('c1', raw)])
    assert.equal(await stateOf(), 'signedIn')
  })

  it('asks to sign in again when the session was revoked, and recovers without a deploy', async () => {
    await start()
    await signIn()
    await nodeRed.restart()
    service.control.revokeRefreshTokens('AdeleV@contoso.onmicrosoft.com')
    assert.match(JSON.stringify(await editor.tokenState('c1')), /signInRequired/)
    const before = service.control.tokenRequests.length
    assert.match(JSON.stringify(await editor.tokenState('c1')), /signInRequired/)
    assert.equal(service.control.tokenRequests.length, before, 'a refused token is not sent again')
    await signIn()
    assert.equal(await stateOf(), 'signedIn')
  })

  it('is read with the generated secret after the user has set one', async () => {
    await start({ settings: { credentialSecret: undefined } })
    await signIn()
    await nodeRed.restart({ settings: { credentialSecret: 'my own' } })
    assert.equal(await stateOf(), 'signedIn')
    await nodeRed.deploy([connectionNode('c1', { ...raw, name: 'again' })])
    await nodeRed.restart()
    assert.equal(await stateOf(), 'signedIn')
  })

  it('has a key file of its own where Node-RED encrypts nothing, and says so', async () => {
    await start({ settings: { credentialSecret: false } })
    await signIn()
    await nodeRed.restart()
    assert.equal(await stateOf(), 'signedIn')
    const key = filesOf(join(nodeRed.userDir, 'graph-connection')).find(({ path }) => path.endsWith('/key'))
    assert.equal(key?.mode, 0o600)
    assert.match(nodeRed.log(), /has no credentialSecret/)
  })

  it('is kept in memory where settings are read-only, and says so', async () => {
    await start({ settings: { readOnly: true } })
    await signIn()
    assert.equal(await stateOf(), 'signedIn')
    assert.match(nodeRed.log(), /read-only/)
    assert.ok(!existsSync(join(nodeRed.userDir, 'graph-connection')))
  })

  it('outlives being disabled, renamed, reloaded and moved, and ends with the connection', async () => {
    await start()
    await signIn()
    const tab = { id: 'tab', type: 'tab', label: 'tab' }
    await nodeRed.deploy([connectionNode('c1', { ...raw, d: true })])
    assert.equal(await stateOf(), 'notDeployed')
    await delay(100)
    assert.ok(existsSync(file()), 'disabled')
    await nodeRed.deploy([connectionNode('c1', { ...raw, name: 'another name' }), tab], 'nodes')
    assert.equal(await stateOf(), 'signedIn')
    await nodeRed.deploy([connectionNode('c1', raw), tab], 'reload')
    assert.equal(await stateOf(), 'signedIn')
    await nodeRed.deploy([tab], 'flows')
    await delay(200)
    assert.ok(!existsSync(file()), 'removed')
  })

  it('may begin before the first deploy, and waits for it through other deploys', async () => {
    await start({ flows: [], credentials: {} })
    const page = await editor.signIn('c1', raw, secret)
    assert.equal(page.status, 200, page.text)
    await nodeRed.deploy([{ id: 'tab', type: 'tab', label: 'tab' }])
    await nodeRed.deploy([{ ...connectionNode('c1', raw), credentials: secret }])
    assert.equal(await stateOf(), 'signedIn')
  })

  it('does not travel with an export, into this Node-RED or another', async () => {
    await start()
    await signIn()
    const exported = await (await nodeRed.adminFetch('/flows')).json()
    assert.ok(Array.isArray(exported))
    const original = (exported as FlowNode[]).find(({ id }) => id === 'c1')
    assert.ok(original)
    assert.deepEqual(Object.keys(original).toSorted(), [...Object.keys(raw), 'id', 'type'].toSorted())
    const imported = [original, { ...original, id: 'c2' }]
    await nodeRed.deploy(imported)
    await nodeRed.deploy(imported.map((node) => (node.id === 'c2' ? { ...node, credentials: secret } : node)))
    assert.deepEqual([await stateOf(), await stateOf('c2')], ['signedIn', 'signedOut'])
    await nodeRed.dispose()
    await start({ flows: imported, credentials: { c1: secret, c2: secret } })
    assert.deepEqual([await stateOf(), await stateOf('c2')], ['signedOut', 'signedOut'])
  })

  it('is forgotten when the user signs out', async () => {
    await start()
    await signIn()
    assert.match((await editor.call('DELETE', 'c1/sign-in')).text, /signedOut/)
    assert.ok(!existsSync(file()))
    assert.equal(await stateOf(), 'signedOut')
  })

  it('works below another admin root', async () => {
    await start({ settings: { httpAdminRoot: '/admin' } })
    const { authorizeUrl } = await editor.begin('c1', raw)
    const redirect = new URL(authorizeUrl).searchParams.get('redirect_uri')
    assert.equal(redirect, `${nodeRed.origin}/admin/graph-connection/callback`)
    await signIn()
    assert.equal(await stateOf(), 'signedIn')
  })

  it('lets only those in who may write connections', async () => {
    const password = '$2b$08$JSJqCdVDNPmpSDgHKPzgzObLoVxzZ9tmgqQoDZ6PSAJ6uoP19abnO'
    const users = [
      { username: 'admin', password, permissions: '*' },
      { username: 'reader', password, permissions: 'read' },
    ]
    await start({ settings: { adminAuth: { type: 'credentials', users } } })
    assert.equal((await editor.call('GET', 'c1/token-state')).status, 401)
    await nodeRed.logIn('reader', 'password')
    for (const [method, path] of [
      ['POST', 'c1/sign-in'],
      ['GET', 'c1/sign-in/x'],
      ['DELETE', 'c1/sign-in'],
      ['GET', 'c1/token-state'],
    ] as const) {
      assert.equal((await editor.call(method, path, method === 'POST' ? {} : undefined)).status, 401, path)
    }
    await nodeRed.logIn('admin', 'password')
    await signIn()
    assert.equal(await stateOf(), 'signedIn')
  })

  it('answers at the node root where there is no admin API', async () => {
    await start({ settings: { httpAdminRoot: false } })
    const response = await fetch(`${nodeRed.origin}/graph-connection/callback?state=x`)
    assert.equal(response.status, 400)
    assert.match(await response.text(), /Not signed in/)
    assert.equal((await fetch(`${nodeRed.origin}/graph-connection/c1/token-state`)).status, 404)
  })

  it('says in whose name a password is used, not that an application has access', async () => {
    const username = demoAccounts[0]?.userPrincipalName ?? assert.fail('There is nobody')
    const legacy = rawConnection(service, { grantType: 'password' })
    await start({
      flows: [connectionNode('c1', legacy)],
      credentials: { c1: { clientSecret: apps.web.secrets[0] ?? '', username, password: demoPassword } },
    })
    const { state, account } = await editor.tokenState('c1')
    assert.equal(state, 'signedIn')
    assert.equal((account as { username: string }).username, username)
  })

  it('says of an application whether its secret works', async () => {
    const application = rawConnection(service)
    await start({ flows: [connectionNode('c1', application)] })
    assert.equal(await stateOf(), 'application')
    await nodeRed.deploy([{ ...connectionNode('c1', application), credentials: { clientSecret: 'wrong' } }])
    const state = await editor.tokenState('c1')
    assert.equal(state['state'], 'problem')
    assert.match(JSON.stringify(state), /clientSecretWrong.*The client secret is wrong/)
    assert.doesNotMatch(nodeRed.log(), /wrong-secret|contoso-demo-secret/)
  })
})
