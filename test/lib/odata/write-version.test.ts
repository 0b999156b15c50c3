import assert from 'node:assert/strict'
import { needsVersion, versionOf, type KnownVersion } from '../../../nodes/lib/odata/write-version'

const ITEM = 'https://graph.microsoft.com/v1.0/users/adele@contoso.com'
const body = { '@odata.etag': 'of the payload' }
const seen = (url: string, etag?: string): KnownVersion['seen'] => ({ url, etag })

const VERSIONS: readonly (readonly [what: string, known: Partial<KnownVersion>, version: string])[] = [
  ['nothing', {}, ''],
  ['what the payload says', { body }, 'of the payload'],
  ['what was seen of the item', { body, seen: seen(ITEM, 'seen') }, 'seen'],
  ['what was seen, with a query', { seen: seen(`${ITEM}?$select=id`, 'seen') }, 'seen'],
  [
    'what was seen, written another way',
    { seen: seen(ITEM.replace(/\/adele.*$/u, "('adele%40contoso.com')"), 'seen') },
    'seen',
  ],
  ['not the payload’s, which was written over', { body, seen: seen(ITEM) }, ''],
  ['not what was seen of another item', { body, seen: seen(`${ITEM}/manager`, 'seen') }, 'of the payload'],
  ['what the user has entered', { body, seen: seen(ITEM, 'seen'), ifMatch: '*' }, '*'],
]

describe('the version that is known of an item', () => {
  for (const [what, known, version] of VERSIONS) {
    it(`is ${what}`, () => {
      assert.equal(versionOf({ ifMatch: '', seen: undefined, body: undefined, ...known }, ITEM), version)
    })
  }

  it('has to be known for changes in Planner, and for no others', () => {
    const asked = [
      ['planner/tasks/1', 'PATCH'],
      ['planner/tasks/1', 'DELETE'],
      ['planner/tasks', 'POST'],
      ['users/planner', 'PATCH'],
    ] as const
    assert.deepEqual(
      asked.map(([path, method]) => needsVersion(path, method)),
      [true, true, false, false],
    )
  })
})
