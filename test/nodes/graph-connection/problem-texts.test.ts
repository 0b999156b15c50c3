import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NAMED_OPERATIONS } from '../../../nodes/graph-odata/config'
import { isRecord } from '../../../nodes/lib/records'

const compiled = join(__dirname, '..', '..', '..', 'nodes')

/** Every code that is written down: `new Problem('x'`, a table's `code: 'x'`, either branch of a choice, a remedy. */
function codesIn(text: string): string[] {
  const thrown = text.matchAll(/new \w+\.?(?:Problem|NotFound)\(([^,)]*)/gu)
  const listed = text.matchAll(/\bcode: '(\w+)'/gu)
  const remedies = [...text.matchAll(/'(hint[A-Z]\w*)'/gu)].map(([, code = '']) => code)
  const inThrown = [...thrown].flatMap(([, argument = '']) =>
    [...argument.replace(/[^?:]*===? *'\w*'/gu, '').matchAll(/'(\w+)'/gu)].map(([, code = '']) => code),
  )
  return [...inThrown, ...remedies, ...[...listed].map(([, code = '']) => code)]
}

/** What is added to such a text: `'hintX'`, or the whole key. */
function hintsIn(text: string): string[] {
  return [...text.matchAll(/['.](hint[A-Z]\w*)['`]/gu)].map(([, name = '']) => name)
}

/** What each problem says it is about. */
function fieldsIn(text: string): [code: string, field: string][] {
  const found = text.matchAll(/Problem\('(\w+)', \{ field: '(\w+)'/gu)
  return [...found].map(([, code = '', field = '']) => [code, field])
}

describe('the texts of problems', () => {
  const catalogue: unknown = JSON.parse(
    readFileSync(join(compiled, 'graph-connection/locales/en-US/graph-connection.json'), 'utf8'),
  )
  const texts = isRecord(catalogue) && isRecord(catalogue['problems']) ? catalogue['problems'] : {}

  const sources = readdirSync(compiled, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(join(compiled, name), 'utf8'))
  const codes = new Set(sources.flatMap(codesIn))
  /** A malformed request is no person's: its fields stand in no dialog. */
  const asks = (code: string): boolean =>
    code !== 'requestMalformed' && String(texts[code]).includes('__field__')

  it('are there for every code that the package uses', () => {
    assert.ok(codes.size > 80, String(codes.size))
    assert.deepEqual(
      [...codes].filter((code) => texts[code] === undefined),
      [],
    )
  })

  for (const language of ['en-US', 'de']) {
    it(`name every operation that a message may ask for, in ${language}`, () => {
      const file = join(compiled, `graph-connection/locales/${language}/graph-connection.json`)
      const [, text = ''] = /"operationMissing": "(.*)"/u.exec(readFileSync(file, 'utf8')) ?? []
      const listed = text.slice(text.indexOf('__value__'))
      assert.deepEqual(
        NAMED_OPERATIONS.filter((operation) => !new RegExp(`\\b${operation}\\b`, 'u').test(listed)),
        [],
      )
    })
  }

  it('are there for every hint that is added to another text', () => {
    const hints = new Set(sources.flatMap(hintsIn))
    assert.ok(hints.size >= 4, String(hints.size))
    assert.deepEqual(
      [...hints].filter((hint) => texts[hint] === undefined),
      [],
    )
  })

  it('name each field as the dialogs do', () => {
    const labelsOf = (type: string): string[] => {
      const file = join(compiled, `${type}/locales/en-US/${type}.json`)
      const { label = {} } = JSON.parse(readFileSync(file, 'utf8')) as { label?: Record<string, string> }
      return Object.keys(label)
    }
    const labels = new Set(['graph-connection', 'graph-odata'].flatMap(labelsOf))
    const named = new Set(sources.flatMap(fieldsIn).flatMap(([code, field]) => (asks(code) ? [field] : [])))
    assert.ok(named.size >= 10, [...named].join())
    assert.deepEqual(
      [...named].filter((field) => !labels.has(field)),
      [],
    )
  })

  it('hold no markup', () => {
    for (const [code, text] of Object.entries(texts)) {
      assert.ok(typeof text === 'string', code)
      assert.doesNotMatch(text, /[<>]/u, code)
    }
  })
})
