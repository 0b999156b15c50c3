import assert from 'node:assert/strict'
import { queryOptions, type QueryFields } from '../../../nodes/lib/odata/query-options'

const NONE = new Map<string, unknown>()

function query(fields: QueryFields, graph = true): string {
  return queryOptions(fields, NONE, graph)
    .map(({ name, value }) => `${name}=${value}`)
    .join('&')
}

describe('the options of a query', () => {
  const table: [fields: QueryFields, expected: string][] = [
    [{}, ''],
    [{ select: 'id,mail' }, '$select=id,mail'],
    [{ select: ['id', 'mail'], orderby: ['a desc', 'b'] }, '$select=id,mail&$orderby=a desc,b'],
    [{ search: 'wa' }, '$search="wa"'],
    [{ search: '"displayName:wa" OR "mail:a"' }, '$search="displayName:wa" OR "mail:a"'],
    [{ count: true, pageSize: '50' }, '$count=true&$top=50'],
    [{ count: false }, ''],
    [{ query: { $skip: 5, startDateTime: '2026-01-01' } }, '$skip=5&startDateTime=2026-01-01'],
    [{ query: { select: 'id', Top: 3, x: null } }, '$select=id&$top=3'],
    [{ query: { when: new Date(0) } }, 'when=1970-01-01T00:00:00.000Z'],
  ]
  for (const [fields, expected] of table) {
    it(`${JSON.stringify(fields)} are ${expected === '' ? 'none' : expected}`, () =>
      assert.equal(query(fields), expected))
  }

  it('leave the search text and the page size of another service alone', () => {
    assert.equal(query({ search: 'mountain AND bike', pageSize: 5 }, false), '$search=mountain AND bike')
  })

  const refused: [code: string, fields: QueryFields][] = [
    ['notAWholeNumber', { pageSize: 'many' }],
    ['notAWholeNumber', { pageSize: 0 }],
    ['notAWholeNumber', { pageSize: 1.5 }],
    ['notText', { select: { a: 1 } }],
    ['notText', { select: ['a', ['b']] }],
    ['notText', { query: { a: [1] } }],
    ['notAnObject', { query: 'a=1' }],
    ['notAnObject', { query: ['a'] }],
  ]
  for (const [code, fields] of refused) {
    it(`refuse ${JSON.stringify(fields)}: ${code}`, () => assert.throws(() => query(fields), { code }))
  }
})
