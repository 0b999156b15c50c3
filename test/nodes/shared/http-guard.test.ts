import assert from 'node:assert/strict'
import { isForeign, textsFor } from '../../../nodes/shared/http-guard'

describe('a request to the admin routes', () => {
  const table: [what: string, headers: Record<string, string>, foreign: boolean][] = [
    ['without an Origin', { host: 'pi:1880' }, false],
    ['of the editor itself', { host: 'pi:1880', origin: 'http://pi:1880' }, false],
    ['of another website', { host: 'pi:1880', origin: 'http://evil.example' }, true],
    ['of a sandboxed page', { host: 'pi:1880', origin: 'null' }, true],
    [
      'of another website that says it is the forwarded host',
      { host: 'pi:1880', origin: 'http://evil.example', 'x-forwarded-host': 'evil.example' },
      true,
    ],
    ['that the browser calls foreign', { host: 'pi:1880', 'sec-fetch-site': 'cross-site' }, true],
    [
      'that the browser calls the same, behind a proxy',
      { host: 'inner:1880', origin: 'https://iot.example', 'sec-fetch-site': 'same-origin' },
      false,
    ],
  ]
  for (const [what, headers, foreign] of table) {
    it(`${what} is ${foreign ? 'refused' : 'taken'}`, () => assert.equal(isForeign({ headers }), foreign))
  }
})

describe('the texts of an answer', () => {
  const RED = {
    _: (key: string, values?: Record<string, string | number>): string =>
      `${key} ${values?.['lng'] ?? 'own'}`,
  }
  const table: [accepted: string[], language: string][] = [
    [['de', 'en-US'], 'de'],
    [['pt-BR'], 'pt-BR'],
    [['*'], 'own'],
    [[], 'own'],
    [['../de', 'fr'], 'fr'],
  ]
  for (const [accepted, language] of table) {
    it(`are ${language} for ${accepted.join() || 'nothing'}`, () => {
      const texts = textsFor(RED, { acceptsLanguages: () => accepted } as never)
      assert.equal(texts._('problems.x'), `problems.x ${language}`)
    })
  }
})
