import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { LocalTenant } from '../../../sandbox'
import { tenantDomain, tenantId } from '../../../sandbox/contoso/tenant'
import { signInAs } from '../../support/browserless-sign-in'
import { sink, source, type FlowNode, type NodeRedProcess } from '../../support/node-red-process'
import { until } from '../../support/until'
import { flow, place, ReadingFlow } from './reading-flow'
import { adele, type Editor } from './signing-in'

describe('the tokens of a connection in use', function () {
  this.timeout(60_000)

  let bench: ReadingFlow
  let tenant: LocalTenant
  let nodeRed: NodeRedProcess
  let editor: Editor
  let raw: Record<string, unknown>

  before(async () => {
    bench = await ReadingFlow.start()
    ;({ tenant, nodeRed, editor, raw } = bench)
  })

  after(async () => bench.close())

  it('renews once for 200 messages that come when the token has ended', async () => {
    const { control } = tenant.signIn
    await nodeRed.deploy([bench.deployed('x1'), ...bench.reading('x1')])
    control.accessTokenLifetime = 1
    await editor.signIn('x1', raw)
    control.accessTokenLifetime = 3600
    await delay(1_100)
    const before = control.tokenRequests.length
    const arrived = nodeRed.messages('out').length
    for (let count = 0; count < 200; count += 1) nodeRed.send('in', {})
    await nodeRed.received('out', arrived + 200, 30_000)
    assert.equal(control.tokenRequests.length, before + 1)
  })

  it('asks to sign in again, and works on, when Node-RED’s secret was changed', async () => {
    await nodeRed.restart({ settings: { credentialSecret: 'another' } })
    await nodeRed.deploy([bench.deployed('x1'), ...bench.reading('x1')])
    assert.equal((await editor.tokenState('x1'))['state'], 'signedOut')
    await editor.signIn('x1', raw)
    assert.equal((await editor.tokenState('x1'))['state'], 'signedIn')
  })

  it('sweeps away at the start what nothing leads to for a day', async () => {
    const folder = join(nodeRed.userDir, 'graph-connection')
    const names = ['gone.json', 'new.json', 'x.draft-0123456789abcdef.json']
    for (const name of names) writeFileSync(join(folder, name), readFileSync(join(folder, 'x1.json')))
    const old = Date.now() - 25 * 3600_000
    for (const name of ['gone.json', 'x.draft-0123456789abcdef.json', 'x1.json']) {
      const text = readFileSync(join(folder, name), 'utf8')
      writeFileSync(join(folder, name), text.replace(/"written":\d+/, `"written":${old}`))
    }
    await nodeRed.restart()
    const left = (): string[] => readdirSync(folder).filter((name) => [...names, 'x1.json'].includes(name))
    await until(() => left().length <= 2)
    assert.deepEqual(left().sort(), ['new.json', 'x1.json'])
  })

  it('passes a claims challenge on, to the sign-in page where it must', async () => {
    const { control } = tenant.signIn
    await nodeRed.deploy([bench.deployed('s1'), ...bench.reading('s1')])
    await editor.signIn('s1', raw)
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    const challenge = `Bearer realm="", error="insufficient_claims", claims="${Buffer.from(claims).toString('base64')}"`
    const refuse = (): void =>
      tenant.graph.control.failNext('/me', {
        status: 401,
        headers: { 'www-authenticate': challenge },
        body: {},
      })
    refuse()
    await bench.ask()
    assert.equal(control.tokenRequests.at(-1)?.claims, claims)
    control.stepUpBySignInOnly = true
    refuse()
    const [caught] = await bench.ask({}, 'caught')
    assert.match(JSON.stringify(caught), /signInRequired/)
    await until(() => bench.statuses().at(-1) === 'sign in again')
    const { authorizeUrl } = await editor.begin('s1', raw)
    assert.equal(new URL(authorizeUrl).searchParams.get('claims'), claims)
    await editor.comeBack(await signInAs(authorizeUrl, adele))
    await until(() => bench.statuses().at(-1) === '')
    control.stepUpBySignInOnly = false
    await bench.ask()
  })

  it('asks for a new sign-in on every node, and all recover by it', async () => {
    await nodeRed.deploy([
      bench.deployed('r1'),
      ...bench.reading('r1'),
      { id: 'other', type: 'graph-odata', ...place, z: 'flow', connection: 'r1', entity: 'me', wires: [] },
      { id: 'status2', type: 'status', ...place, z: 'flow', scope: ['other'], wires: [['statuses2']] },
      sink('statuses2', 'flow'),
    ])
    await editor.signIn('r1', raw)
    tenant.signIn.control.revokeRefreshTokens(adele.userPrincipalName)
    tenant.graph.control.failNext('/me', { status: 401 })
    nodeRed.send('in', {})
    const red = (id: string): boolean =>
      JSON.stringify(nodeRed.messages(id).at(-1) ?? '').includes('sign in again')
    await until(() => red('statuses') && red('statuses2'))
    await editor.signIn('r1', raw)
    await until(() => !red('statuses') && !red('statuses2'))
  })

  it('serves other tenants that it lists, each with tokens of its own', async () => {
    const listed = { grantType: 'client_credentials', tenants: `${tenantDomain}, nowhere.example` }
    await nodeRed.deploy([bench.deployed('m1', listed), ...bench.reading('m1', { entity: 'users' })])
    await bench.ask()
    await bench.ask({ tenant: tenantDomain.toUpperCase() })
    const asked = tenant.signIn.control.tokenRequests.slice(-2).map(({ tenant: name }) => name)
    assert.deepEqual(asked.sort(), [tenantId, tenantDomain].sort())
    for (const [wrong, code] of [
      ['contoso.example', 'tenantNotListed'],
      [7, 'tenantNotListed'],
      ['nowhere.example', 'tenantNotFound'],
    ] as const) {
      assert.match(JSON.stringify(await bench.ask({ tenant: wrong }, 'caught')), new RegExp(code))
    }
  })

  it('uses a user’s sign-in for another listed tenant, too', async () => {
    await nodeRed.deploy([bench.deployed('m2', { tenants: [tenantDomain] }), ...bench.reading('m2')])
    await editor.signIn('m2', raw)
    await bench.ask({ tenant: tenantDomain })
    const { tenant: asked, grantType } = tenant.signIn.control.tokenRequests.at(-1) ?? {}
    assert.deepEqual([asked, grantType], [tenantDomain, 'refresh_token'])
  })

  it('recovers by a new sign-in, too, where only another tenant’s token was refused', async () => {
    await nodeRed.deploy([bench.deployed('m3', { tenants: [tenantDomain] }), ...bench.reading('m3')])
    await editor.signIn('m3', raw)
    await bench.ask({ tenant: tenantDomain })
    tenant.signIn.control.revokeRefreshTokens(adele.userPrincipalName)
    tenant.graph.control.failNext('/me', { status: 401 })
    assert.match(JSON.stringify(await bench.ask({ tenant: tenantDomain }, 'caught')), /signInRequired/)
    await until(() => bench.statuses().at(-1) === 'sign in again')
    await editor.signIn('m3', raw)
    await until(() => bench.statuses().at(-1) === '')
    await bench.ask({ tenant: tenantDomain })
  })

  it('works inside a subflow, whose instances share one sign-in', async () => {
    const instance = (id: string): FlowNode => ({
      id,
      type: 'subflow:sub',
      ...place,
      z: 'flow',
      wires: [['out']],
    })
    await nodeRed.deploy([
      flow,
      {
        id: 'sub',
        type: 'subflow',
        name: 'sub',
        in: [{ x: 0, y: 0, wires: [{ id: 'inner' }] }],
        out: [{ x: 0, y: 0, wires: [{ id: 'inner', port: 0 }] }],
      },
      { ...bench.deployed('sc'), z: 'sub' },
      { id: 'inner', type: 'graph-odata', ...place, z: 'sub', connection: 'sc', entity: 'me', wires: [[]] },
      source('in', 'flow', ['i1', 'i2']),
      instance('i1'),
      instance('i2'),
      sink('out', 'flow'),
    ])
    assert.equal((await editor.signIn('sc', raw)).status, 200)
    await bench.ask({}, 'out', 2)
    await nodeRed.restart()
    await bench.ask({}, 'out', 2)
    assert.ok(existsSync(join(nodeRed.userDir, 'graph-connection', 'sc.json')))
  })
})
