import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { startTenant, type LocalTenant } from '../../../sandbox'
import { apps, demoAccounts } from '../../../sandbox/contoso/tenant'
import type {
  PermissionReport,
  ProblemReport,
  TryOutcome,
  TryResult,
} from '../../../nodes/graph-odata/admin-api'
import { demoConnection } from '../../support/demo-connection'
import { startLocalServer, type LocalServer } from '../../support/local-server'
import { sink, source, startNodeRed, type NodeRedProcess } from '../../support/node-red-process'

const adele = demoAccounts[0] ?? assert.fail()

const PERMISSION = {
  value: 'Thing.Read.All',
  scopeType: 'Application',
  consentDisplayName: 'Read things',
  isAdmin: true,
  isLeastPrivilege: true,
  isHidden: false,
}

describe('trying a node in its dialog', function () {
  this.timeout(60_000)

  let tenant: LocalTenant
  let nodeRed: NodeRedProcess
  let publicService: LocalServer
  let askedFor: (string | undefined)[]

  before(async () => {
    tenant = await startTenant({ users: 60 })
    publicService = await startLocalServer((request, response) => {
      askedFor.push(request.url)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify([PERMISSION]))
    })
    const { credentials, ...connection } = demoConnection(tenant)
    const application = {
      ...connection,
      id: 'nobody',
      grantType: 'client_credentials',
      clientId: apps.unprivileged.clientId,
    }
    const read = { type: 'graph-odata', z: 'tab', connection: 'nobody', x: 0, y: 0 }
    nodeRed = await startNodeRed({
      flows: [
        {
          id: 'tab',
          type: 'tab',
          label: 'Flow',
          env: [{ name: 'WHO', value: adele.userPrincipalName, type: 'str' }],
        },
        { ...connection, id: 'connection', type: 'graph-connection' },
        { ...application, type: 'graph-connection' },
        { ...read, id: 'users', entity: 'users', wires: [[]] },
        {
          id: 'catch',
          type: 'catch',
          z: 'tab',
          x: 0,
          y: 0,
          scope: null,
          uncaught: false,
          wires: [['caught']],
        },
        sink('caught', 'tab'),
        source('in', 'tab', ['users']),
      ],
      credentials: {
        connection: credentials as Record<string, string>,
        nobody: { clientSecret: apps.unprivileged.secrets[0] },
      },
      settings: { graphOdataPermissionService: `${publicService.origin}/permissions` },
    })
  })
  beforeEach(() => {
    askedFor = []
  })
  after(async () => {
    await nodeRed.dispose()
    await publicService.close()
    await tenant.close()
  })

  async function ask<T>(path: string, body: object, signal?: AbortSignal) {
    const response = await nodeRed.adminFetch(`/graph-odata/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    })
    const text = await response.text()
    return { status: response.status, text, body: JSON.parse(text) as T }
  }

  async function attempt(properties: Record<string, unknown>, more: object = {}, nodeMore: object = {}) {
    return ask<TryOutcome & ProblemReport>('connection/try', { node: { properties, ...nodeMore }, ...more })
  }

  function rowsOf(result: TryResult | undefined): TryResult & { kind: 'rows' } {
    return result?.kind === 'rows' ? result : assert.fail(JSON.stringify(result))
  }

  it('shows some rows, what was asked for and how it went', async () => {
    const { body, text } = await attempt({ entity: 'users', select: 'displayName' })
    const result = rowsOf(body.result)
    assert.deepEqual([result.rows.length, result.more], [20, true])
    assert.deepEqual([body.ok, body.sent, body.status, body.request.method], [true, true, 200, 'GET'])
    assert.equal(body.request.url, `${tenant.graph.origin}/v1.0/users?$select=displayName`)
    assert.ok(body.requestId !== undefined && body.elapsed >= 0)
    assert.ok(!/Bearer|access_token/u.test(text), text)
  })

  it('stops at the node’s own limit', async () => {
    const { body } = await attempt({ entity: 'users', limit: '2' })
    const result = rowsOf(body.result)
    assert.deepEqual([result.rows.length, result.more], [2, true])
  })

  it('shows an item, a number, and the size of what is neither', async () => {
    const me = await attempt({ appendUrl: 'me' })
    assert.equal(me.body.result?.kind, 'value', me.text)
    const count = await attempt({ entity: 'users', appendUrl: '$count' })
    assert.equal(count.body.result?.kind === 'value' && typeof count.body.result.value, 'number', count.text)
    const photo = await attempt({ appendUrl: 'me/photo/$value' })
    assert.ok(photo.body.result?.kind === 'bytes' && photo.body.result.size > 0, photo.text)
  })

  it('shows changes without keeping a checkpoint', async () => {
    const { body, text } = await attempt({ operation: 'changes', entity: 'users' })
    assert.match(body.request.url, /\/users\/delta/u)
    assert.equal(rowsOf(body.result).rows.length, 20, text)
  })

  it('tells a refusal as the service did', async () => {
    const { status, body } = await attempt({ entity: 'users', key: 'nobody@contoso.com' })
    assert.deepEqual([status, body.ok, body.status], [200, false, 404])
    assert.equal(body.error?.code, 'Request_ResourceNotFound')
  })

  it('takes a sample for the message, and names the field that lacks one', async () => {
    const properties = { entity: 'users', key: 'payload.id', keyType: 'msg' }
    const blank = await attempt(properties)
    assert.deepEqual([blank.status, blank.body.field], [400, 'key'], blank.text)
    const { body, text } = await attempt(
      properties,
      {},
      { message: { payload: { id: adele.userPrincipalName } } },
    )
    assert.equal(body.ok, true, text)
  })

  it('takes the values of the flow that the deployed node stands in', async () => {
    const properties = { entity: 'users', key: 'WHO', keyType: 'env' }
    const { body, text } = await attempt(properties, {}, { id: 'users' })
    assert.equal(body.ok, true, text)
    const stray = await attempt({ entity: 'users', key: 'who', keyType: 'flow' }, {}, { id: 'new' })
    assert.equal(stray.status, 400)
    assert.match(stray.body.message, /once the node is deployed/u)
  })

  it('shows no pre-signed links', async () => {
    const { body, text } = await attempt({ appendUrl: 'me/drive/root/children' })
    const rows = rowsOf(body.result).rows as Record<string, unknown>[]
    const links = rows.flatMap((row) => row['@microsoft.graph.downloadUrl'] ?? [])
    assert.ok(links.length > 0, text)
    assert.ok(links.every((link) => link === '…'))
  })

  it('stops asking when the dialog is closed', async () => {
    const gone = new AbortController()
    const before = nodeRed.log().length
    tenant.graph.control.failNext('/v1.0/groups', 'stall')
    const asked = ask('connection/try', { node: { properties: { entity: 'groups' } } }, gone.signal)
    await delay(300)
    gone.abort()
    await assert.rejects(asked)
    await delay(100)
    assert.equal(nodeRed.log().slice(before), '')
  })

  describe('the permissions', () => {
    async function examine(connection: string, properties: Record<string, unknown>, askService = false) {
      return ask<PermissionReport & ProblemReport>(`${connection}/permissions`, {
        node: { properties },
        askService,
      })
    }

    it('are set against those of the token, the least privileged first', async () => {
      const { body, text } = await examine('connection', { entity: 'users', key: adele.userPrincipalName })
      assert.deepEqual([body.method, body.template, body.source], ['GET', '/users/{id}', 'table'], text)
      assert.equal(body.token.kind, 'delegated')
      assert.deepEqual([body.delegated[0]?.name, body.delegated[0]?.least], ['User.ReadBasic.All', true])
      const held = body.delegated.filter(({ held }) => held === true).map(({ name }) => name)
      assert.ok(held.includes('User.Read.All'), text)
      assert.ok(body.application.every(({ held }) => held === false))
      assert.deepEqual(askedFor, [])
    })

    it('need no values of the message', async () => {
      const { body, text } = await examine('connection', {
        entity: 'messages',
        key: 'payload.id',
        keyType: 'msg',
        appendUrl: 'users/{user}/{entity}',
        params: [{ name: 'user', value: 'topic', type: 'msg' }],
        filter: 'topic',
        filterType: 'msg',
      })
      assert.equal(body.template, '/users/{id}/messages/{id}', text)
    })

    it('show an application what it lacks', async () => {
      const { body } = await examine('nobody', { entity: 'users' })
      assert.equal(body.token.kind === 'application' || body.token.kind === 'unknown', true)
      assert.ok(body.application.length > 0)
    })

    it('are asked of the public service on request only, with nothing but the template', async () => {
      const properties = { entity: 'users', key: adele.userPrincipalName, appendUrl: 'licenseDetails/0d6c-1' }
      const unknown = await examine('nobody', properties)
      assert.deepEqual([unknown.body.source, askedFor], ['none', []])
      const asked = await examine('nobody', properties, true)
      assert.deepEqual(askedFor, [
        '/permissions?requesturl=%2Fusers%2F%7Bid%7D%2FlicenseDetails%2F%7Bid%7D&method=GET',
      ])
      assert.equal(asked.body.source, 'service')
      assert.equal(asked.body.application[0]?.description, 'Read things')
      const later = await examine('nobody', properties)
      assert.equal(later.body.source, 'service')
      assert.equal(askedFor.length, 1)
    })

    it('are known of Graph alone', async () => {
      const { credentials: _, id: _id, type: _type, ...settings } = demoConnection(tenant)
      const open = { ...settings, grantType: 'none', serviceUrl: tenant.graph.openService }
      const { status, body } = await ask<ProblemReport>('connection/permissions', {
        draft: { settings: open, secrets: {} },
        node: { properties: { entity: 'Products' } },
        askService: true,
      })
      assert.deepEqual([status, body.code, askedFor], [400, 'permissionsUnknown', []])
    })

    it('stand in the error of a running node', async () => {
      nodeRed.send('in', { payload: 1 })
      const [message] = await nodeRed.received('caught')
      const graph = message?.['graph'] as { statusCode: number; permissions: string[] }
      assert.equal(graph.statusCode, 403)
      assert.deepEqual(graph.permissions.slice(0, 2), ['User.ReadBasic.All', 'User.Read.All'])
      const error = message?.['error'] as { message: string }
      assert.match(error.message, /the least privileged first: User\.ReadBasic\.All, User\.Read\.All/u)
      assert.deepEqual(askedFor, [])
    })
  })
})
