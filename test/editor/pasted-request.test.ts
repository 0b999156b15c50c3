import assert from 'node:assert/strict'
import {
  looksLikeAddress,
  looksLikeTemplate,
  readPasted,
  type PastedRequest,
} from '../../nodes/graph-odata/editor/pasted-request'
import { previewRequest } from '../../nodes/graph-odata/editor/request-preview'
import { textOfPieces } from '../../nodes/graph-odata/editor/unknowns'
import { encodeUrlText } from '../../nodes/lib/odata/url-text'
import { documentedPairs } from '../support/shared-data'

const SERVICE = 'https://graph.microsoft.com/v1.0'

function requestOf(text: string, serviceUrl = SERVICE): PastedRequest {
  const pasted = readPasted(text, serviceUrl)
  if (pasted.kind !== 'request') throw new Error(`${text} was not taken apart: ${pasted.host}`)
  return pasted.request
}

/** The fields that the pasted address has filled. */
function filled(text: string, serviceUrl = SERVICE): Record<string, unknown> {
  const { properties } = requestOf(text, serviceUrl)
  const isSet = ([name, value]: [string, unknown]) =>
    !['', false].includes(value as never) &&
    !(name === 'limit' && value === '0') &&
    !(Array.isArray(value) && value.length === 0)
  return Object.fromEntries(Object.entries(properties).filter(isSet))
}

describe('An address that is pasted into the dialog', () => {
  const TABLE: readonly [text: string, fields: Record<string, unknown>][] = [
    ['GET https://graph.microsoft.com/v1.0/me/messages', { entity: 'messages', appendUrl: 'me/{entity}' }],
    ['/users/adele@contoso.com/manager', { entity: 'users', key: 'adele@contoso.com', appendUrl: 'manager' }],
    ['graph.microsoft.com/v1.0/users', { entity: 'users' }],
    ['"https://graph.microsoft.com/v1.0/users"', { entity: 'users' }],
    [
      'https://graph.microsoft.com/v1.0/users?$select=id,mail&$filter=startsWith(displayName,%27A%27)&$orderBy=mail&$count=true',
      {
        entity: 'users',
        select: 'id,mail',
        filter: "startsWith(displayName,'A')",
        orderby: 'mail',
        count: true,
      },
    ],
    ['users?$top=5', { entity: 'users', pageSize: '5', limit: '5' }],
    [
      '/me/calendarView?startDateTime=2030-01-01T00:00:00Z&endDateTime=2030-02-01T00:00:00Z',
      {
        entity: 'calendarView',
        appendUrl: 'me/{entity}',
        query: '{"startDateTime":"2030-01-01T00:00:00Z","endDateTime":"2030-02-01T00:00:00Z"}',
      },
    ],
    [
      'GET /users/{id | userPrincipalName}/messages',
      { entity: 'users/{id}/messages', params: [{ name: 'id', value: '', type: 'str' }] },
    ],
    [
      'https://graph.microsoft.com/v1.0/users/{{{payload.id}}}/drives/{{flow.drive}}',
      {
        entity: 'users/{id}/drives/{drive2}',
        params: [
          { name: 'id', value: 'payload.id', type: 'msg' },
          { name: 'drive2', value: 'drive', type: 'flow' },
        ],
      },
    ],
    ['https://graph.microsoft.com/beta/users', { appendUrl: 'https://graph.microsoft.com/beta/users' }],
    [
      'GET https://graph.microsoft.com/v1.0/users?$search="displayName:wa" HTTP/1.1\nHost: graph.microsoft.com\nConsistencyLevel: eventual',
      {
        entity: 'users',
        search: '"displayName:wa"',
        headers: [{ name: 'ConsistencyLevel', value: 'eventual', type: 'str' }],
      },
    ],
    [
      'POST https://graph.microsoft.com/v1.0/groups\nContent-Type: application/json\n\n{\n  "displayName": "Golf"\n}',
      { entity: 'groups', body: '{"displayName":"Golf"}', bodyType: 'json' },
    ],
  ]
  for (const [text, fields] of TABLE) {
    it(`${JSON.stringify(text)} fills the fields`, () => {
      assert.deepEqual(filled(text), fields)
      assert.ok(looksLikeAddress(text))
    })
  }

  it('is told from the name of an entity, which stays as it is', () => {
    for (const name of [
      'users',
      'me/messages',
      'sites/{site}/lists',
      "applications(appId='1')",
      '${ENTITY}',
    ]) {
      assert.ok(!looksLikeAddress(name), name)
    }
  })

  it('may be a path with places to fill, without a slash in front', () => {
    const table: readonly [text: string, isOne: boolean][] = [
      ['users/{id}/messages', true],
      ['users/{id | userPrincipalName}/messages', true],
      ['drives/{drive-id}/root:/{item-path}:/content', true],
      ['users', false],
      ['me/{entity}', false],
      ['groups/{key}/members', false],
      ['see /users or {id}', false],
    ]
    for (const [text, isOne] of table) assert.equal(looksLikeTemplate(text), isOne, text)
    assert.deepEqual(requestOf('users/{id}/messages').toFill, ['id'])
  })

  it('chooses the operation by its method, and changes for a delta', () => {
    const operations = [
      'GET /users',
      'POST /users',
      'PATCH /users/42',
      'PUT /users/42',
      'DELETE /users/42',
      '/users/delta',
    ]
    assert.deepEqual(
      operations.map((each) => requestOf(each).operation),
      ['read', 'create', 'update', 'replace', 'delete', 'changes'],
    )
  })

  it('calls what has the name of an action', () => {
    const operations = [
      'me/sendMail',
      'me/messages/42/replyAll',
      'search/query',
      'groups',
      'me/settings',
    ].map((path) => requestOf(`POST /${path}`).operation)
    assert.deepEqual(operations, ['call', 'call', 'call', 'create', 'create'])
  })

  it('says what has to be filled', () => {
    assert.deepEqual(requestOf('/teams/{id}/channels/{id}').toFill, ['teamId', 'channelId'])
  })

  it('of Graph holds for every Graph, under its own version', () => {
    const china = 'https://microsoftgraph.chinacloudapi.cn/v1.0'
    assert.deepEqual(filled(`${SERVICE}/users`, china), { entity: 'users' })
    assert.equal(requestOf(`${SERVICE}/users`, china).insteadOf, 'graph.microsoft.com')
    assert.deepEqual(filled('https://graph.microsoft.com/beta/users', china), {
      appendUrl: 'https://microsoftgraph.chinacloudapi.cn/beta/users',
    })
    assert.equal(requestOf(`${SERVICE}/users`).insteadOf, undefined)
  })

  it('of another service is left to a connection of its own', () => {
    assert.deepEqual(readPasted('https://services.odata.org/V4/People', SERVICE), {
      kind: 'otherHost',
      host: 'services.odata.org',
    })
    assert.equal(
      readPasted(`${SERVICE}/users`, 'https://contoso.crm.dynamics.com/api/data/v9.2').kind,
      'otherHost',
    )
  })

  it('keeps a query that no fields can hold', () => {
    assert.deepEqual(filled('users?$select=id&$select=mail'), {
      entity: 'users',
      appendUrl: '?$select=id&$select=mail',
    })
    assert.deepEqual(filled("users?flag&x='{1}'"), { entity: 'users', appendUrl: "?flag&x='%7B1%7D'" })
  })
})

describe('The addresses of the documentation, pasted into the dialog', () => {
  it('are put together again to the same request', async function () {
    const pairs = documentedPairs()
    if (pairs === undefined) this.skip()
    const different: string[] = []
    for (const { method, url } of pairs) {
      const again = await pastedAndPutTogether(`${method} ${url}`)
      const wanted = `${method} ${expected(url)}`
      if (again !== wanted) different.push(`${method} ${url}\n  ${again}\n  ${wanted}`)
    }
    assert.ok(pairs.length >= 389, String(pairs.length))
    assert.deepEqual(different, [])
  })
})

/** What the documentation leaves open is filled with its number. */
async function pastedAndPutTogether(text: string): Promise<string> {
  const { operation, properties, toFill } = requestOf(text)
  const params = properties['params'] as readonly { name: string; value: string; type: string }[]
  const preview = await previewRequest(
    {
      ...properties,
      operation,
      params: params.map(({ name, value, type }) => ({
        name,
        type,
        value: value === '' ? `value${toFill.indexOf(name)}` : value,
      })),
      // Graph's own demands would add to what is compared.
      consistency: 'off',
      allowDelete: true,
    },
    { serviceUrl: SERVICE, itemConvention: '{entity}/{key}' },
  )
  return preview.kind === 'request'
    ? `${preview.method} ${comparable(textOfPieces(preview.url))}`
    : JSON.stringify(preview)
}

function expected(url: string): string {
  const [path = '', ...query] = url.split('?')
  let number = 0
  const given = path.replace(/\{[^{}]*\}/gu, () => {
    number += 1
    return `value${number - 1}`
  })
  return comparable([encodeUrlText(given), ...query].join('?'))
}

/** The order of options, their encoding and the case of their names say nothing. */
function comparable(url: string): string {
  const [path = '', ...query] = url.split('?')
  const options = query
    .join('?')
    .split('&')
    .filter((each) => each !== '')
    .map((each) => {
      const at = each.indexOf('=')
      return `${decodeURIComponent(each.slice(0, at)).toLowerCase()}=${decodeURIComponent(each.slice(at + 1))}`
    })
  return [path, options.sort().join('&')].filter((each) => each !== '').join('?')
}
