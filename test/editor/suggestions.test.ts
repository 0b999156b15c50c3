import assert from 'node:assert/strict'
import { collectionOfKey } from '../../nodes/graph-odata/editor/key-path'
import { addressFields } from '../../nodes/graph-odata/editor/properties'
import { firstSegments, splitTyped } from '../../nodes/graph-odata/editor/path-suggestions'
import { matching } from '../../nodes/shared/editor/suggestions'

const names = (typed: string, ...values: string[]) =>
  matching(
    values.map((value) => ({ value })),
    typed,
  ).map(({ value }) => value)

describe('The list below a field', () => {
  it('shows what begins with the text first, then words that do, then the rest', () => {
    assert.deepEqual(names('mess', 'compressed', 'chatMessages', 'messageRules', 'mess', 'users'), [
      'mess',
      'messageRules',
      'chatMessages',
    ])
    assert.deepEqual(names('ress', 'compressed', 'press-ress'), ['press-ress', 'compressed'])
  })

  it('shows everything in its order where nothing was typed', () => {
    assert.deepEqual(names(' ', 'b', 'a'), ['b', 'a'])
  })

  it('finds by title too', () => {
    assert.deepEqual(matching([{ value: '42', title: 'Adele Vance' }], 'van').length, 1)
  })

  it('does not mind case', () => {
    assert.deepEqual(names('USER', 'users'), ['users'])
  })
})

describe('What a path can begin with', () => {
  it('is listed by name, whether it is one thing or many', () => {
    const resources = [
      { name: 'users', kind: 'set', type: 'microsoft.graph.user' },
      { name: 'Groups', kind: 'set', type: 'microsoft.graph.group' },
      { name: 'me', kind: 'singleton', type: 'microsoft.graph.user' },
    ] as const
    const segments = firstSegments({ source: 'metadata', resources })
    assert.deepEqual(
      segments.map(({ value, detail }) => `${value}: ${detail}`),
      ['Groups: group[]', 'me: user', 'users: user[]'],
    )
  })
})

describe('A path that is being typed', () => {
  it('is split at the last slash that stands in no string', () => {
    assert.deepEqual(splitTyped('me/mess'), { before: 'me', segment: 'mess' })
    assert.deepEqual(splitTyped('users'), { before: '', segment: 'users' })
    assert.deepEqual(splitTyped("sites/getByPath(path='/a/b')/li"), {
      before: "sites/getByPath(path='/a/b')",
      segment: 'li',
    })
  })
})

describe('The collection that a key is searched in', () => {
  const collection = (properties: Record<string, unknown>, convention = '{entity}/{key}') =>
    collectionOfKey(addressFields(properties), convention)

  it('is what stands before the key', () => {
    assert.equal(collection({ entity: 'users' }), 'users')
    assert.equal(collection({ entity: 'users', appendUrl: 'manager' }), 'users')
    assert.equal(collection({ entity: 'messages', appendUrl: 'me/{entity}' }), 'me/messages')
    assert.equal(collection({ entity: 'messages', appendUrl: 'users/{key}/{entity}' }), 'users')
    assert.equal(collection({ entity: 'users' }, "{entity}('{key}')"), 'users')
    assert.equal(
      collection({ entity: 'groups/{id}/members', params: [{ name: 'id', value: '7', type: 'str' }] }),
      'groups/7/members',
    )
  })

  it('is not known where it depends on the message, or where no key has a place', () => {
    assert.equal(collection({ entity: 'topic', entityType: 'msg' }), undefined)
    assert.equal(collection({ appendUrl: 'me/messages' }), undefined)
    assert.equal(collection({}), undefined)
  })
})
