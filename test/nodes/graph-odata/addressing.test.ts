import assert from 'node:assert/strict'
import { demoAccounts } from '../../../sandbox/contoso/tenant'
import { codeOf, deployNode, graphOf, payloadOf } from '../../support/node-under-test'
import { tenantAndNodeRed } from '../../support/tenant-and-node-red'

const [adele] = demoAccounts
const key = adele?.id ?? ''

type Row = Readonly<Record<string, unknown>>

describe('a graph odata node reaches', () => {
  const local = tenantAndNodeRed({ users: 40 })

  async function read(properties: Row, message: Row = {}): Promise<{ payload: unknown; url: string }> {
    const node = await deployNode(local.nodeRed, local.tenant, properties)
    node.send(message)
    const answer = await Promise.race([
      local.nodeRed.received(node.out),
      local.nodeRed.received(node.caught).then(([caught]) => {
        throw new Error(`${codeOf(caught)}: ${JSON.stringify(caught?.['error'])}`)
      }),
    ])
    return { payload: payloadOf(answer[0]), url: graphOf(answer[0]).url ?? '' }
  }

  const rows = (payload: unknown): Row[] => {
    assert.ok(Array.isArray(payload) && payload.length > 0)
    return payload as Row[]
  }
  const item = (payload: unknown): Row => {
    assert.ok(typeof payload === 'object' && payload !== null && !Array.isArray(payload))
    return payload as Row
  }

  const documents = { entity: 'me/drive/root:/{path:path}:', appendUrl: 'children' }
  const named = (name: string, value: string, type = 'str'): Row => ({ params: [{ name, value, type }] })

  const table: [what: string, properties: Row, check: (payload: unknown) => void][] = [
    ['a singleton', { entity: 'me' }, (payload) => assert.equal(item(payload)['id'], key)],
    [
      'what belongs to an item, two names deep',
      { entity: 'users', key, appendUrl: 'mailFolders/inbox/messages', select: 'subject', limit: 2 },
      (payload) => assert.equal(rows(payload).length, 2),
    ],
    [
      'a cast',
      { entity: 'me/memberOf/microsoft.graph.group', select: 'displayName' },
      (payload) => assert.equal(typeof rows(payload)[0]?.['displayName'], 'string'),
    ],
    [
      'how many there are',
      { entity: 'me/mailFolders/inbox/messages', appendUrl: '$count' },
      (payload) => assert.ok(typeof payload === 'number' && payload > 0),
    ],
    [
      'a property, wrapped and raw',
      { entity: 'users', key, appendUrl: 'displayName/$value' },
      (payload) => assert.equal(payload, adele?.displayName),
    ],
    [
      'a property alone',
      { entity: 'users', key, appendUrl: 'displayName' },
      (payload) => assert.equal(payload, adele?.displayName),
    ],
    [
      'references',
      { entity: 'users', key, appendUrl: 'memberOf/$ref' },
      (payload) => assert.match(String(rows(payload)[0]?.['@odata.id']), /^https?:/u),
    ],
    [
      'a folder by its path, as it is typed',
      { entity: "me/drive/root:/Documents/Ryan's Files:", appendUrl: 'children', select: 'name' },
      (payload) => assert.ok(rows(payload).length > 0),
    ],
    [
      'a folder by its path, as a value',
      { ...documents, ...named('path', "Documents/Ryan's Files"), select: 'name' },
      (payload) => assert.ok(rows(payload).length > 0),
    ],
    [
      'what a function finds, with a text in quotes',
      { appendUrl: "me/drive/root/search(q='{text}')", ...named('text', 'estimate'), select: 'name' },
      (payload) => assert.ok(rows(payload).length > 0),
    ],
    [
      'an item by an alternate key',
      { appendUrl: "users(userPrincipalName='{upn}')", ...named('upn', adele?.userPrincipalName ?? '') },
      (payload) => assert.equal(item(payload)['id'], key),
    ],
    [
      'a window of a calendar by an append URL with a query of its own',
      {
        entity: 'me/calendarView',
        appendUrl: '?startDateTime={from}&endDateTime=2026-06-30T00:00:00Z',
        ...named('from', '2026-06-01T00:00:00+02:00'),
        select: 'subject',
      },
      (payload) => assert.ok(rows(payload).length > 0),
    ],
    [
      'an item of a list in SharePoint',
      {
        entity: 'sites/contoso.sharepoint.com:/sites/Operations:/lists/Projects/items',
        key: 3,
        keyType: 'num',
        expand: 'fields($select=Title)',
      },
      (payload) => assert.equal(typeof item(item(payload)['fields'])['Title'], 'string'),
    ],
    [
      'the rest of what was expanded, where it is wanted',
      {
        entity: 'sites/contoso.sharepoint.com:/sites/Operations:/lists',
        key: 'Inventory',
        expand: 'items($select=id)',
        followNested: true,
      },
      (payload) => assert.equal(rows(item(payload)['items']).length, 450),
    ],
    [
      'another version by its whole address',
      { entity: 'BETA/me' },
      (payload) => assert.equal(item(payload)['id'], key),
    ],
  ]
  for (const [what, properties, check] of table) {
    it(what, async () => {
      const entity = properties['entity']
      const beta = typeof entity === 'string' && entity.startsWith('BETA')
      const given = beta ? { entity: entity.replace('BETA', `${local.tenant.graph.origin}/beta`) } : {}
      check((await read({ ...properties, ...given })).payload)
    })
  }

  it('a user whose name begins with a dollar, wherever the key stands', async () => {
    const upn = '$ven@contoso.onmicrosoft.com'
    local.tenant.graph.control.add('users', { displayName: 'Sven', userPrincipalName: upn })
    for (const appendUrl of ['', 'users/{key}'] as const) {
      const { payload, url } = await read(
        { entity: appendUrl === '' ? 'users' : '', appendUrl, key: 'payload', keyType: 'msg' },
        { payload: upn },
      )
      assert.equal(item(payload)['displayName'], 'Sven')
      assert.ok(url.endsWith(`/users('${upn}')`), url)
    }
  })

  it('the next page through a batch, where its link is too long for an address', async () => {
    local.tenant.graph.control.rewriteLink = (link) => `${link}&filler=${'x'.repeat(9000)}`
    const { payload } = await read({ entity: 'users', select: 'id', pageSize: 15 })
    assert.equal(new Set(rows(payload).map(({ id }) => id)).size, 40)
    const asked = local.tenant.graph.control.requests.filter(({ url }) => url.startsWith('/v1.0/'))
    assert.deepEqual(
      asked.filter(({ url }) => url.length < 9000).map(({ method, url }) => `${method} ${url}`),
      ['GET /v1.0/users?$select=id&$top=15', 'POST /v1.0/$batch', 'POST /v1.0/$batch'],
    )
  })
})
