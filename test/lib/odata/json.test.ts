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
    ['{"a":0.30000000000000004}', { a: 0.30000000000000004 }],
    ['[-122.13000000000001,5]', [-122.13000000000001, 5]],
    ['{"a":5e-0000000000000000324}', { a: 5e-324 }],
    ['{"a\\\\":9007199254740993,"b\\"":1}', { 'a\\': '9007199254740993', 'b"': 1 }],
    ['\ufeff{"a":1}', { a: 1 }],
  ]
  for (const [json, value] of table) {
    it(`${json} keeps every digit`, () => assert.deepEqual(parseJson(Buffer.from(json)), value))
  }

  it('keeps every digit beside a text of megabytes', () => {
    const text = '\\"a'.repeat(3_000_000)
    const parsed = parseJson(Buffer.from(`{"a":9007199254740993,"t":"${text}"}`)) as { a: string; t: string }
    assert.equal(parsed.a, '9007199254740993')
    assert.equal(parsed.t.length, 6_000_000)
  })

  it('is refused where a long number is none', () => {
    for (const bad of ['{"a":01234567890123456789}', '{"a":9007199254740993', '{"a":9007199254740993"b":"']) {
      assert.throws(() => parseJson(Buffer.from(bad)), SyntaxError)
    }
  })
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
