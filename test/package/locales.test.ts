import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord } from '../../nodes/lib/records'
import { packageRoot } from '../support/node-red-process'

const nodes = join(packageRoot(__dirname), 'nodes')
const LANGUAGES = ['de']
const types = readdirSync(nodes).filter((type) => existsSync(join(nodes, type, 'locales')))

/** Every text of a catalogue by its path. */
function texts(type: string, language: string): Map<string, string> {
  const catalogue: unknown = JSON.parse(readFileSync(file(type, language, 'json'), 'utf8'))
  return new Map(leaves(catalogue, ''))
}

function leaves(value: unknown, path: string): [string, string][] {
  if (!isRecord(value)) return [[path, String(value)]]
  return Object.entries(value).flatMap(([name, each]) => leaves(each, path === '' ? name : `${path}.${name}`))
}

function file(type: string, language: string, ending: string): string {
  return join(nodes, type, 'locales', language, `${type}.${ending}`)
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/__\w+?__|\{\w+\}/gu)].map(([found]) => found).sort()
}

/** The elements of a help page in their order, and what stands in its code: what is the same in all languages. */
function structure(html: string): string[] {
  return [...html.matchAll(/<(h3|h4|dt|dd|ul|li|p|dl)\b|<a href="([^"]*)"/gu)].map(([found]) => found)
}

function codes(html: string): string[] {
  return [...html.matchAll(/<code>(.*?)<\/code>/gsu)]
    .map(([, code = '']) => code.replace(/\s+/gu, ' '))
    .sort()
}

for (const type of types) {
  for (const language of LANGUAGES) {
    describe(`${type} in ${language}`, () => {
      it('has every text, and no other', () => {
        const [given, meant] = [texts(type, language), texts(type, 'en-US')]
        assert.deepEqual([...given.keys()].sort(), [...meant.keys()].sort())
      })

      it('fills the same values into each text', () => {
        const translated = texts(type, language)
        for (const [path, text] of texts(type, 'en-US')) {
          assert.deepEqual(placeholders(translated.get(path) ?? ''), placeholders(text), path)
        }
      })

      it('has a text where there is one, and none where there is none', () => {
        const translated = texts(type, language)
        for (const [path, text] of texts(type, 'en-US')) {
          assert.equal((translated.get(path) ?? '') === '', text === '', path)
        }
      })

      it('helps with the same things', () => {
        const [given, meant] = [
          readFileSync(file(type, language, 'html'), 'utf8'),
          readFileSync(file(type, 'en-US', 'html'), 'utf8'),
        ]
        assert.deepEqual(structure(given), structure(meant))
        assert.deepEqual(codes(given), codes(meant))
      })
    })
  }
}
