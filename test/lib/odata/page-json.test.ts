import assert from 'node:assert/strict'
import { parseJson, withoutMark } from '../../../nodes/lib/odata/json'
import { cutPage, parsePage } from '../../../nodes/lib/odata/page-json'
import { GeneratedJson } from './generated-json'

/** Bytes of rows that are parsed at once here, so that small pages have many pieces. */
const ENOUGH = 40

const rows = Array.from({ length: 12 }, (_, index) => ({ id: String(index), n: index }))
const list = JSON.stringify(rows)

const cut = async (json: string | Buffer): Promise<unknown> =>
  cutPage(withoutMark(Buffer.from(json as string)), ENOUGH)

const outcome = (parse: () => unknown): unknown => {
  try {
    return { parsed: parse() }
  } catch {
    return 'refused'
  }
}

describe('the rows of a page', () => {
  const pages: [name: string, json: string][] = [
    [
      'as Graph sends it',
      `{"@odata.context":"c","@odata.nextLink":"https://x/?$skiptoken=a","value":${list}}`,
    ],
    [
      'with its annotations behind the rows',
      `{"value":${list},"@odata.nextLink":"https://x/","@odata.count":3}`,
    ],
    ['with blanks', JSON.stringify({ '@odata.count': 12, value: rows }, null, 2)],
    ['with line breaks of Windows', JSON.stringify({ value: rows }, null, 2).replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\ufeff{"value":${list}}`],
    ['with no rows', '{"value":[ ]}'],
    ['of texts', '{"value":["a","b,c","d]"]}'],
    ['of lists', `{"value":[[1,2],[3,[4]],${list}]}`],
    ['of numbers', '{"value":[1,2.5e3,-4]}'],
    ['of different things', '{"value":[{"id":1},null,[2],"x",{"name":"y"}]}'],
    ['with rows in rows', JSON.stringify({ value: rows.map((row) => ({ id: row.id, value: rows })) })],
    ['with brackets in texts', JSON.stringify({ value: [{ id: '},{"id":"' }, { id: ']},{' }, ...rows] })],
    [
      'with escaped quotes',
      JSON.stringify({ value: [{ id: '\\' }, { id: '"' }, { id: '\\"},{"id"' }, ...rows] }),
    ],
    ['with `__proto__` as a name', '{"value":[{"__proto__":{"x":1}}],"__proto__":3}'],
    ['with an earlier `value`', `{"value":[9],"x":1,"value":${list}}`.replace('[9]', '9')],
  ]
  for (const [name, json] of pages) {
    it(`are cut out of a page ${name}`, async () => {
      const parsed = await cut(json)
      const whole: unknown = JSON.parse(json.replace(/^\ufeff/u, ''))
      assert.ok(parsed !== undefined || name.startsWith('with an earlier'), 'it was not cut')
      if (parsed !== undefined) assert.deepEqual(parsed, whole)
    })
  }

  const doubtful: [name: string, json: string][] = [
    ['no JSON at all', 'value'],
    ['cut in the middle of a row', `{"value":${list.slice(0, -5)}`],
    ['cut before its last brace', `{"value":${list}`],
    ['cut before its last bracket', `{"value":${list.slice(0, -1)}`],
    ['followed by more', `{"value":${list}}}`],
    ['that is a list', list],
    ['whose `value` stands deeper', `{"a":{"value":${list}}}`],
    ['whose own `value` comes later', `{"a":{"value":[1]},"value":${list}}`],
    ['whose own `value` is another one', `{"value":${list},"value":[]}`],
    ['whose own `value` is another one, escaped', `{"value":${list},"v\\u0061lue":[1]}`],
    ['whose `value` is in a list', `[{"value":${list}}]`],
    ['with a bracket behind the rows', `{"value":${list},"@odata.nextLink":"https://x/?a[1]=2"}`],
    ['with a list behind the rows', `{"value":${list},"more":[1]}`],
    ['with a comma too many', `{"value":[${list.slice(1, -1)},]}`],
    ['with a comma at the start', `{"value":[,${list.slice(1, -1)}]}`],
    ['with two commas', `{"value":${list.replace('},{', '},,{')}}`],
    ['with a missing comma', `{"value":${list.replace('},{', '}{')}}`],
    ['with a brace too many', `{"value":${list.replace('},{', '}},{')}}`],
    ['with a broken row', `{"value":${list.replace('"n":7', '"n":')}}`],
    ['with a line break in a text', `{"value":${list.replace('"5"', '"\n"')}}`],
    ['with rows in braces', '{"value":[{"id":1}},{{"id":2}]}'],
    ['with rows in brackets', `{"value":[1],[2],[3]}`],
  ]
  for (const [name, json] of doubtful) {
    it(`are parsed with the page where it is one ${name}`, async () => {
      assert.equal(await cut(json), undefined)
    })
  }

  it('keep every digit of long integers, and digits in texts as they are', async () => {
    const long =
      '{"value":[{"id":"12345678901234567890","n":9007199254740993},{"id":"b","n":9007199254740991}]}'
    assert.deepEqual(await cut(long), {
      value: [
        { id: '12345678901234567890', n: '9007199254740993' },
        { id: 'b', n: 9007199254740991 },
      ],
    })
  })

  it('are what parsing the page whole makes of it, whatever the page', async () => {
    const generated = new GeneratedJson(20_261_123)
    let cuts = 0
    let refused = 0
    for (let count = 0; count < 10_000; count += 1) {
      const page = generated.page()
      const body = count % 3 === 0 ? generated.broken(page) : page
      const whole = outcome(() => parseJson(body))
      if (whole === 'refused') refused += 1
      const parsed = await cut(body)
      if (parsed === undefined) continue
      cuts += 1
      assert.deepEqual({ parsed }, whole, body.toString())
    }
    assert.ok(cuts > 4000, `only ${cuts} were cut`)
    assert.ok(refused > 1000, `only ${refused} were broken`)
  })

  it('leave the event loop free while a page of many megabytes is parsed', async () => {
    const page = Buffer.from(JSON.stringify({ value: Array.from({ length: 60_000 }, () => ({ rows })) }))
    let turns = 0
    const timer = setInterval(() => (turns += 1), 1)
    const parsed = (await parsePage(page)) as { value: unknown[] }
    clearInterval(timer)
    assert.equal(parsed.value.length, 60_000)
    assert.ok(turns > 3, `${turns} turns`)
  })
})
