import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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

describe('the texts of problems', () => {
  const catalogue: unknown = JSON.parse(
    readFileSync(join(compiled, 'graph-connection/locales/en-US/graph-connection.json'), 'utf8'),
  )
  const texts = isRecord(catalogue) && isRecord(catalogue['problems']) ? catalogue['problems'] : {}

  const codes = new Set(
    readdirSync(compiled, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.js'))
      .flatMap((name) => codesIn(readFileSync(join(compiled, name), 'utf8'))),
  )

  it('are there for every code that the package uses', () => {
    assert.ok(codes.size > 80, String(codes.size))
    assert.deepEqual(
      [...codes].filter((code) => texts[code] === undefined),
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
