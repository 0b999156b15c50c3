import assert from 'node:assert/strict'
import { splitQuery, withoutQuery } from '../../nodes/lib/split-query'

const ADDRESSES = [
  ['users', 'users', '', 'users'],
  ['users?$top=5', 'users', '?$top=5', 'users'],
  ['users?', 'users', '?', 'users'],
  ['users?a=?&b=#c', 'users', '?a=?&b=#c', 'users'],
  ['users#top', 'users#top', '', 'users'],
  ['?$top=5', '', '?$top=5', ''],
] as const

describe('the query of an address', () => {
  for (const [url, path, query, bare] of ADDRESSES) {
    it(`of ${url} is "${query}"`, () => {
      assert.deepEqual(splitQuery(url), { path, query })
      assert.equal(withoutQuery(url), bare)
    })
  }
})
