import assert from 'node:assert/strict'
import { pathText } from '../../nodes/graph-odata/editor/address'
import { storeChoices } from '../../nodes/graph-odata/editor/context-stores'
import { addressFields } from '../../nodes/graph-odata/editor/properties'
import { previewRequest } from '../../nodes/graph-odata/editor/request-preview'
import { textOfPieces } from '../../nodes/graph-odata/editor/unknowns'
import { composeUrl } from '../../nodes/lib/odata/resource-url'
import { deltaUrl } from '../../nodes/lib/odata/delta-url'

const SERVICE = 'https://graph.microsoft.com/v1.0'

interface Given {
  readonly entity?: string
  readonly key?: string
  readonly appendUrl?: string
  readonly params?: Readonly<Record<string, string>>
  readonly itemConvention?: string
  readonly [property: string]: unknown
}

/** A node of the flow file with these values, by the types of its typed inputs. */
function propertiesOf(
  { params, itemConvention: _itemConvention, ...fields }: Given,
  types: Readonly<Record<string, string>> = {},
): Record<string, unknown> {
  const properties: Record<string, unknown> = {
    ...fields,
    params: Object.entries(params ?? {}).map(([name, value]) => ({
      name,
      value,
      type: types[name] ?? 'str',
    })),
  }
  for (const [field, type] of Object.entries(types)) properties[`${field}Type`] = type
  return properties
}

async function preview(given: Given, types: Readonly<Record<string, string>> = {}, serviceUrl = SERVICE) {
  return previewRequest(propertiesOf(given, types), {
    serviceUrl,
    itemConvention: given.itemConvention ?? '{entity}/{key}',
  })
}

async function urlOf(...given: Parameters<typeof preview>): Promise<string> {
  const shown = await preview(...given)
  assert.equal(shown.kind, 'request', JSON.stringify(shown))
  return shown.kind === 'request' ? textOfPieces(shown.url) : ''
}

/** What the runtime sends. */
function runtimeUrl(given: Given): string {
  return composeUrl(
    SERVICE,
    {
      entity: given.entity ?? '',
      key: given.key ?? '',
      appendUrl: given.appendUrl ?? '',
      params: new Map(Object.entries(given.params ?? {})),
      itemConvention: given.itemConvention ?? '{entity}/{key}',
    },
    [],
  )
}

const SAME: readonly Given[] = [
  { entity: 'users' },
  { entity: '/users', key: 'AdeleV@contoso.com' },
  { entity: 'messages', key: 'AAMk/+=', appendUrl: 'me/{entity}' },
  { entity: 'messages', key: '42', appendUrl: 'users/{key}/{entity}' },
  { key: 'a b', appendUrl: 'groups/{key}/members' },
  { entity: 'messages', appendUrl: '$count' },
  { entity: 'messages', appendUrl: '?$top=5' },
  { appendUrl: '/me/messages' },
  { entity: 'users', key: '42', itemConvention: '{entity}({key})' },
  { entity: 'users', key: "O'Neil", itemConvention: "{entity}('{key}')" },
  { entity: 'users', key: '$adele@contoso.com' },
  { entity: 'drive/root', appendUrl: ':/Bücher/a b%20c#d.txt:/content' },
  { appendUrl: 'sites/{site}/lists/{list}', params: { site: 'contoso.sharepoint.com', list: 'Ä/B' } },
  { appendUrl: 'me/drive/root:/{file:path}:/content', params: { file: 'a/b c/d' } },
  { appendUrl: "me/drive/root/search(q='{text}')", params: { text: "O'Neil & Sons" } },
  { appendUrl: 'me/messages?$search={text}', params: { text: 'a&b=c d' } },
]

const REFUSED: readonly [Given, string, string][] = [
  [{ entity: 'users', appendUrl: 'groups/{key}/members', key: '1' }, 'entityWithoutPlace', 'entity'],
  [{ appendUrl: 'me/messages', key: '1' }, 'keyWithoutEntity', 'key'],
  [{ appendUrl: 'groups/{key}/members' }, 'placeholderUnfilled', 'appendUrl'],
  [{ appendUrl: 'me/{entity}' }, 'placeholderUnfilled', 'entity'],
  [{ entity: 'users/{id}' }, 'placeholderUnfilled', 'entity'],
  [{ appendUrl: 'users/{{payload}}' }, 'mustache', 'appendUrl'],
  [{ appendUrl: 'me/../users' }, 'unsafePath', 'appendUrl'],
]

describe('The preview of the request', () => {
  for (const given of SAME) {
    it(`shows what the runtime sends for ${JSON.stringify(given)}`, async () => {
      assert.equal(await urlOf(given), runtimeUrl(given))
    })
  }

  for (const [given, code, field] of REFUSED) {
    it(`refuses, as the runtime does, ${JSON.stringify(given)}`, async () => {
      const shown = await preview(given)
      assert.equal(shown.kind, 'problem')
      if (shown.kind === 'problem') {
        assert.deepEqual([shown.problem.code, shown.problem.values['field']], [code, field])
      }
      assert.throws(() => runtimeUrl(given))
    })
  }

  const files: [sent: string, given: Given][] = [
    ['GET me/photo/$value', { operation: 'download', appendUrl: 'me/photo/$value' }],
    [
      'PUT me/drive/root:/a.txt:/content?@microsoft.graph.conflictBehavior=rename',
      { operation: 'upload', appendUrl: 'me/drive/root:/a.txt', conflict: 'rename' },
    ],
    ['POST me/messages/1/attachments', { operation: 'upload', appendUrl: 'me/messages/1/attachments' }],
  ]
  for (const [sent, given] of files) {
    it(`of a file is ${sent}`, async () => {
      const shown = await preview(given)
      assert.equal(
        shown.kind === 'request' && `${shown.method} ${textOfPieces(shown.url)}`,
        sent.replace(' ', ` ${SERVICE}/`),
      )
    })
  }

  it('names what only the running flow knows', async () => {
    const given = { entity: 'messages', key: 'payload.id', appendUrl: 'me/{entity}' }
    const shown = await preview(given, { key: 'msg' })
    assert.equal(shown.kind, 'request')
    assert.deepEqual(shown.kind === 'request' && shown.url, [
      { text: `${SERVICE}/me/messages/`, known: true },
      { text: '{msg.payload.id}', known: false },
    ])
  })

  it('names it in options, numbers and literals of a filter too', async () => {
    const given = {
      entity: 'users',
      filter: 'department eq {team} and accountEnabled eq {on}',
      params: { team: 'topic', on: 'true' },
      pageSize: 'size',
      query: 'more',
    }
    const types = { team: 'flow', on: 'bool', pageSize: 'msg', query: 'msg' }
    assert.equal(
      decodeURIComponent(await urlOf(given, types)),
      `${SERVICE}/users?$filter=department eq {flow.topic} and accountEnabled eq true&$top={msg.size}&{msg.more}`,
    )
  })

  it('shows the environment by its name', async () => {
    assert.equal(
      await urlOf({ entity: '${SET}', key: 'KEY' }, { key: 'env' }),
      SERVICE + '/{${SET}}/{${KEY}}',
    )
  })

  it('names an operation of the environment, and minds no other choice that is made there', async () => {
    const shown = await preview({ entity: 'users', operation: '${OPERATION}', paging: '${PAGING}' })
    assert.equal(
      shown.kind === 'request' && `${shown.method} ${textOfPieces(shown.url)}`,
      `\${OPERATION} ${SERVICE}/users`,
    )
  })

  it('shows the headers that go with it', async () => {
    const shown = await preview(
      {
        entity: 'users',
        search: 'displayName:a',
        timeZone: 'zone',
        headers: [{ name: 'X-Trace', value: 'id', type: 'msg' }],
      },
      { timeZone: 'msg' },
    )
    assert.deepEqual(shown.kind === 'request' && shown.headers, [
      ['x-trace', '{msg.id}'],
      ['ConsistencyLevel', 'eventual'],
      ['Prefer', 'outlook.timezone="(msg.zone)"'],
    ])
  })

  it('shows the path alone where the service is not known, and its variable where it has one', async () => {
    assert.equal(await urlOf({ entity: 'users', select: 'id' }, {}, ''), 'users?$select=id')
    assert.equal(await urlOf({ entity: 'users' }, {}, '${SERVICE}'), '${SERVICE}/users')
  })

  it('leaves it to the message where entity and append URL are blank', async () => {
    assert.deepEqual(await preview({ key: '1' }), { kind: 'message' })
  })

  it('says that an option is given twice', async () => {
    const shown = await preview({ entity: 'users', appendUrl: '?$select=id', select: 'mail' })
    assert.equal(shown.kind === 'problem' && shown.problem.code, 'optionTwice')
  })
})

describe('The preview of changes', () => {
  it('is the request that the runtime sends', async () => {
    const MORE: readonly Given[] = [
      { entity: 'users/delta' },
      { appendUrl: 'me/mailFolders/Inbox/messages/microsoft.graph.delta' },
      { appendUrl: 'me/calendarView/?startDateTime=2030-01-01' },
      { appendUrl: "reports/delta(period='D7')" },
    ]
    for (const given of [...SAME, ...MORE]) {
      assert.equal(
        await urlOf({ ...given, operation: 'changes' }),
        deltaUrl(runtimeUrl(given), 'all', SERVICE),
      )
    }
  })

  it('stands behind what only the flow knows', async () => {
    const given = {
      entity: 'topic',
      appendUrl: '{entity}/root?$select=id',
      operation: 'changes',
      start: 'now',
    }
    assert.equal(await urlOf(given, { entity: 'msg' }), `${SERVICE}/{msg.topic}/root/delta?$select=id`)
    assert.equal(
      await urlOf({ ...given, appendUrl: 'drives/{entity}/root' }, { entity: 'msg' }),
      `${SERVICE}/drives/{msg.topic}/root/delta?token=latest`,
    )
    assert.equal(
      await urlOf(
        { entity: 'users', select: 'topic', operation: 'changes', start: 'now' },
        { select: 'msg' },
      ),
      `${SERVICE}/users/delta?$select={msg.topic}&$deltatoken=latest`,
    )
  })
})

describe('The label of a node', () => {
  const label = (given: Given, types: Readonly<Record<string, string>> = {}) =>
    pathText(addressFields(propertiesOf(given, types)), '{entity}/{key}')

  it('names the path, and what only the flow knows in it', () => {
    assert.equal(
      label({ entity: 'messages', key: 'topic', appendUrl: 'me/{entity}' }, { key: 'msg' }),
      'me/messages/{msg.topic}',
    )
  })

  it('is blank where the path cannot be said', () => {
    assert.equal(label({}), '')
    assert.equal(label({ appendUrl: 'me/../users' }), '')
  })
})

describe('The context stores to choose from', () => {
  const names = (stores: readonly string[], standard: string, chosen: string) =>
    storeChoices({ stores, default: standard }, chosen).map(({ value, kind }) => `${kind}:${value}`)

  it('begin with the default one, which is stored as a blank', () => {
    assert.deepEqual(names(['memory'], 'memory', ''), ['default:'])
    assert.deepEqual(names(['quick', 'disk', 'archive'], 'quick', ''), [
      'default:',
      'named:archive',
      'named:disk',
    ])
  })

  it('keep one that was chosen elsewhere', () => {
    assert.deepEqual(names(['quick'], 'quick', 'quick'), ['default:', 'named:quick'])
    assert.deepEqual(names(['quick'], 'quick', 'gone'), ['default:', 'missing:gone'])
  })
})
