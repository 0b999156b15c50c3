import assert from 'node:assert/strict'
import { parseJson } from '../../../nodes/lib/odata/json'
import { stripAnnotations } from '../../../nodes/lib/odata/annotations'

describe('JSON of a service', () => {
  const table: [json: string, value: unknown][] = [
    ['{"a":9007199254740991}', { a: 9007199254740991 }],
    ['{"a":9007199254740993}', { a: '9007199254740993' }],
    ['{"a":-9223372036854775808}', { a: '-9223372036854775808' }],
    ['[1,18014398509481985]', [1, '18014398509481985']],
    ['{"a":"id 9007199254740993"}', { a: 'id 9007199254740993' }],
    ['{"a":"x\\" 9007199254740993"}', { a: 'x" 9007199254740993' }],
    ['{"9007199254740993":1}', { '9007199254740993': 1 }],
    ['{"a":1234567890123456.5}', { a: 1234567890123456.5 }],
    ['{"a":1234567890123456e2}', { a: 1234567890123456e2 }],
    ['\ufeff{"a":1}', { a: 1 }],
  ]
  for (const [json, value] of table) {
    it(`${json} keeps every digit`, () => assert.deepEqual(parseJson(Buffer.from(json)), value))
  }
})

describe('annotations', () => {
  it('are taken out at every depth, data that looks like them is kept', () => {
    const row = {
      '@odata.etag': 'W/"1"',
      id: '1',
      'manager@odata.navigationLink': 'x',
      '@removed': { reason: 'deleted' },
      '@microsoft.graph.downloadUrl': 'u',
      children: [{ '@odata.type': '#x', name: 'a' }],
      when: null,
    }
    assert.deepEqual(stripAnnotations(row), {
      id: '1',
      '@removed': { reason: 'deleted' },
      '@microsoft.graph.downloadUrl': 'u',
      children: [{ name: 'a' }],
      when: null,
    })
  })
})
