import assert from 'node:assert/strict'
import { startTenant, type LocalTenant } from '../../../sandbox'
import { apps, demoAccounts } from '../../../sandbox/contoso/tenant'
import type { KeyPage, MetadataOverview, ResourceDetails } from '../../../nodes/graph-odata/admin-api'
import { demoConnection } from '../../support/demo-connection'
import { startNodeRed, type NodeRedProcess } from '../../support/node-red-process'

/** `password`, as Node-RED's settings hold it. */
const HASH = '$2a$08$zZWtXTja0fB1pzD4sHCMyOCMYz2Z6dNbM6tl8sJogENOMcxWV9DN.'
const USERS = [
  { username: 'admin', password: HASH, permissions: '*' },
  { username: 'reader', password: HASH, permissions: 'read' },
]

describe('what the dialog asks of the service', function () {
  this.timeout(60_000)

  let tenant: LocalTenant
  let nodeRed: NodeRedProcess

  before(async () => {
    tenant = await startTenant({ users: 60 })
    const { credentials, ...connection } = demoConnection(tenant)
    nodeRed = await startNodeRed({
      flows: [
        { id: 'tab', type: 'tab', label: 'Flow' },
        { ...connection, id: 'connection', type: 'graph-connection' },
        {
          id: 'open',
          type: 'graph-connection',
          cloud: 'custom',
          grantType: 'none',
          serviceUrl: tenant.graph.openService,
        },
      ],
      credentials: { connection: credentials as Record<string, string> },
      settings: {
        adminAuth: { type: 'credentials', users: USERS },
      },
    })
    await nodeRed.logIn('admin', 'password')
  })
  after(async () => {
    await nodeRed.dispose()
    await tenant.close()
  })

  async function ask<T>(path: string, body?: object, headers: Record<string, string> = {}) {
    const response = await nodeRed.adminFetch(`/graph-odata/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { origin: nodeRed.origin, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text || '{}') as T }
  }

  /** The connection as the dialog would send it after an edit. */
  function draft(changes: Record<string, unknown>) {
    const { credentials: _, id: _id, type: _type, ...settings } = demoConnection(tenant)
    return { settings: { ...settings, ...changes }, secrets: {} }
  }

  it('lists what the service has, with types', async () => {
    const { body, status } = await ask<MetadataOverview>('connection/metadata')
    assert.equal(status, 200)
    assert.equal(body.source, 'metadata')
    assert.deepEqual(
      body.resources.find(({ name }) => name === 'users'),
      { name: 'users', kind: 'set', type: 'microsoft.graph.user' },
    )
    assert.equal(body.resources.find(({ name }) => name === 'me')?.kind, 'singleton')
  })

  it('asks the service once, and again on request', async () => {
    const count = () => tenant.graph.control.requests.filter(({ url }) => url === '/v1.0/$metadata').length
    await ask('connection/metadata')
    const before = count()
    await ask('connection/metadata')
    assert.equal(count(), before)
    await ask('connection/metadata?refresh=true')
    assert.equal(count(), before + 1)
  })

  it('tells what is behind a path', async () => {
    const path = encodeURIComponent('users/{key}/messages')
    const { body } = await ask<ResourceDetails>(`connection/metadata/resource?path=${path}`)
    assert.deepEqual([body.kind, body.type?.name], ['collection', 'microsoft.graph.message'])
    assert.ok(body.type?.properties.some(({ name }) => name === 'subject'))
    assert.equal((await ask('connection/metadata/resource')).status, 400)
    assert.equal((await ask('nowhere/metadata')).status, 404)
  })

  it('works with any OData service', async () => {
    const { body } = await ask<MetadataOverview>('open/metadata')
    assert.deepEqual(
      body.resources.map(({ name }) => name),
      ['Products', 'Categories'],
    )
    const found = await ask<KeyPage>('open/keys', { path: 'Products', text: '' })
    assert.equal(typeof found.body.keys[0]?.key, 'number')
    const [first] = found.body.keys
    const named = await ask<KeyPage>('open/keys', { path: 'Products', text: first?.title ?? '' })
    assert.equal(named.body.by, 'filter')
    assert.deepEqual(named.body.keys[0]?.key, first?.key)
  })

  it('asks an address that is not deployed, without the secrets of the one that is', async () => {
    const edited = { draft: draft({ serviceUrl: tenant.graph.openService, grantType: 'none', tenant: '' }) }
    const { body } = await ask<MetadataOverview>('connection/metadata', edited)
    assert.equal(body.resources[0]?.name, 'Products')
    const moved = {
      draft: draft({ serviceUrl: `${tenant.graph.origin}/elsewhere` }),
      path: 'users',
      text: '',
    }
    const refused = await ask<{ code: string; field: string }>('connection/keys', moved)
    assert.deepEqual([refused.status, refused.body.field], [400, 'username'], refused.text)
  })

  it('serves edits that do not touch the place with the stored secrets', async () => {
    const edited = {
      draft: draft({ timeout: '11', itemConvention: "{entity}('{key}')" }),
      path: 'users',
      text: 'Adele',
    }
    const { body, text } = await ask<KeyPage>('connection/keys', edited)
    assert.equal(body.keys[0]?.title, 'Adele Vance', text)
  })

  describe('looking for a key', () => {
    const adele = demoAccounts[0] ?? assert.fail()

    it('finds people by their name', async () => {
      const { body } = await ask<KeyPage>('connection/keys', { path: 'users', text: 'adele' })
      assert.equal(body.by, 'search')
      assert.ok(body.keys.length < 5, JSON.stringify(body.keys))
      assert.equal(body.keys.find(({ title }) => title === 'Adele Vance')?.detail, adele.userPrincipalName)
    })

    it('finds people by their address or id', async () => {
      const byMail = await ask<KeyPage>('connection/keys', { path: 'users', text: adele.userPrincipalName })
      assert.equal(byMail.body.keys[0]?.title, 'Adele Vance')
      const id = byMail.body.keys[0]?.key
      const byId = await ask<KeyPage>('connection/keys', { path: 'users', text: String(id) })
      assert.deepEqual([byId.body.by, byId.body.keys.length, byId.body.keys[0]?.key], ['id', 1, id])
    })

    it('shows a page and then the next', async () => {
      const first = await ask<KeyPage>('connection/keys', { path: 'users', text: '' })
      assert.equal(first.body.keys.length, 25)
      const next = await ask<KeyPage>('connection/keys', { path: 'users', text: '', next: first.body.next })
      assert.equal(next.body.keys.length, 25)
      assert.notDeepEqual(next.body.keys[0], first.body.keys[0])
      assert.deepEqual([first.body.by, next.body.by], ['list', undefined])
    })

    it('follows no link to another place', async () => {
      const next = 'http://127.0.0.1:9/v1.0/users?$skiptoken=1'
      const refused = await ask<{ code: string }>('connection/keys', { path: 'users', text: '', next })
      assert.deepEqual([refused.status, refused.body.code], [400, 'linkToOtherHost'])
    })

    it('looks among messages by their subject, and among members by what every object has', async () => {
      const mail = await ask<KeyPage>('connection/keys', { path: 'me/messages', text: '' })
      const subject = mail.body.keys[0]?.title ?? assert.fail(mail.text)
      const found = await ask<KeyPage>('connection/keys', { path: 'me/messages', text: subject })
      assert.equal(found.body.keys[0]?.title, subject, found.text)
      const groups = await ask<KeyPage>('connection/keys', { path: 'groups', text: '' })
      const path = `groups/${groups.body.keys[0]?.key}/members`
      const members = await ask<KeyPage>('connection/keys', { path, text: '' })
      assert.ok(members.body.keys.length > 0, members.text)
      assert.notEqual(members.body.keys[0]?.title, members.body.keys[0]?.key)
    })

    it('takes what is typed for text', async () => {
      const { status, text } = await ask<KeyPage>('connection/keys', {
        path: 'users',
        text: `O'Brien" OR "displayName:Adele`,
      })
      assert.equal(status, 200, text)
      assert.ok(!text.includes('Adele Vance'), text)
    })
  })

  it('shows a reader the metadata and nothing of the tenant', async () => {
    await nodeRed.logIn('reader', 'password')
    try {
      assert.equal((await ask('connection/metadata')).status, 200)
      assert.equal((await ask('connection/metadata/resource?path=users')).status, 200)
      assert.equal((await ask('connection/metadata', { draft: draft({}) })).status, 401)
      assert.equal((await ask('connection/keys', { path: 'users', text: '' })).status, 401)
    } finally {
      await nodeRed.logIn('admin', 'password')
    }
  })

  it('answers no other website', async () => {
    const foreign = await ask('connection/metadata', undefined, { origin: 'http://evil.example' })
    assert.equal(foreign.status, 403)
    const own = await ask('connection/metadata')
    assert.equal(own.headers.get('access-control-allow-origin'), null)
    assert.equal(own.headers.get('cache-control'), 'no-store')
  })

  it('lets no secret out', async () => {
    const { text } = await ask('connection/metadata')
    assert.ok(!text.includes(apps.web.secrets[0]))
  })
})
