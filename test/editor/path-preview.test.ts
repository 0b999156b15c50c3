import assert from 'node:assert/strict'
import { storeChoices } from '../../nodes/graph-odata/editor/context-stores'
import { operationPath } from '../../nodes/graph-odata/editor/operation-path'
import { operationOf } from '../../nodes/graph-odata/editor/operations'
import { pathText, previewPath, type PathParts } from '../../nodes/graph-odata/editor/path-preview'
import { deltaUrl } from '../../nodes/lib/odata/delta-url'
import { composePath } from '../../nodes/lib/odata/resource-url'

interface Given {
  readonly entity?: string
  readonly key?: string
  readonly appendUrl?: string
  readonly params?: Readonly<Record<string, string>>
  readonly itemConvention?: string
}

function partsOf(given: Given, types: Readonly<Record<string, string>> = {}): PathParts {
  const typed = (name: 'entity' | 'key' | 'appendUrl') => ({
    value: given[name] ?? '',
    type: types[name] ?? 'str',
  })
  return {
    entity: typed('entity'),
    key: typed('key'),
    appendUrl: typed('appendUrl'),
    params: Object.entries(given.params ?? {}).map(([name, value]) => ({
      name,
      value,
      type: types[name] ?? 'str',
    })),
    itemConvention: given.itemConvention ?? '{entity}/{key}',
  }
}

/** What the runtime would send, or the code of the problem that it would report. */
function runtimePath(given: Given): string {
  return composePath({
    entity: given.entity ?? '',
    key: given.key ?? '',
    appendUrl: given.appendUrl ?? '',
    params: new Map(Object.entries(given.params ?? {})),
    itemConvention: given.itemConvention ?? '{entity}/{key}',
  })
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
  [{ appendUrl: 'groups/{key}/members' }, 'unfilled', 'appendUrl'],
  [{ appendUrl: 'me/{entity}' }, 'unfilled', 'entity'],
  [{ entity: 'users/{id}' }, 'unfilled', 'entity'],
  [{ appendUrl: 'users/{{payload}}' }, 'mustache', 'appendUrl'],
  [{ appendUrl: 'me/../users' }, 'unsafe', 'appendUrl'],
]

describe('The preview of the path', () => {
  for (const given of SAME) {
    it(`shows what the runtime sends for ${JSON.stringify(given)}`, () => {
      assert.equal(pathText(previewPath(partsOf(given))), runtimePath(given))
    })
  }

  for (const [given, problem, field] of REFUSED) {
    it(`refuses, as the runtime does, ${JSON.stringify(given)}`, () => {
      const preview = previewPath(partsOf(given))
      assert.equal(preview.kind, 'problem')
      assert.deepEqual(preview.kind === 'problem' && [preview.problem, preview.field], [problem, field])
      assert.throws(() => runtimePath(given))
    })
  }

  it('names what only the running flow knows', () => {
    const given = { entity: 'messages', key: 'payload.id', appendUrl: 'me/{entity}' }
    const preview = previewPath(partsOf(given, { key: 'msg' }))
    assert.deepEqual(preview, {
      kind: 'path',
      pieces: [
        { text: 'me/messages/', known: true },
        { text: '{msg.payload.id}', known: false },
      ],
    })
  })

  it('leaves it to the message where entity and append URL are blank', () => {
    assert.deepEqual(previewPath(partsOf({ key: '1' })), { kind: 'message' })
  })
})

describe('The path of changes', () => {
  const shown = (given: Given, types: Readonly<Record<string, string>> = {}) =>
    pathText(operationPath(previewPath(partsOf(given, types)), operationOf('changes')))

  it('is the one that the runtime asks for', () => {
    const MORE: readonly Given[] = [
      { entity: 'users/delta' },
      { appendUrl: 'me/mailFolders/Inbox/messages/microsoft.graph.delta' },
      { appendUrl: 'me/calendarView/?startDateTime=2030-01-01' },
      { appendUrl: "reports/delta(period='D7')" },
    ]
    for (const given of [...SAME, ...MORE]) assert.equal(shown(given), deltaUrl(runtimePath(given), 'all'))
  })

  it('stands behind what only the flow knows', () => {
    assert.equal(
      shown({ entity: 'topic', appendUrl: 'me/{entity}?$select=id' }, { entity: 'msg' }),
      'me/{msg.topic}/delta?$select=id',
    )
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
