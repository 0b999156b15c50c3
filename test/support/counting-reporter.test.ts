import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { packageRoot } from './node-red-process'

describe('a run of the tests', () => {
  let folder: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'run-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  async function mocha(test: string) {
    writeFileSync(join(folder, 'example.test.js'), test)
    const root = packageRoot(__dirname)
    const reporter = join(__dirname, 'counting-reporter.js')
    const counts = join(folder, 'counts.json')
    const child = spawn(
      process.execPath,
      [
        join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'),
        '--no-config',
        '--reporter',
        reporter,
        '*.test.js',
      ],
      { cwd: folder, env: { ...process.env, MOCHA_COUNTS_FILE: counts, MOCHA_PATIENCE: '200' } },
    )
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    return { code: Number(code), said, counts: JSON.parse(readFileSync(counts, 'utf8')) as unknown }
  }

  it('leaves its counts behind', async () => {
    const { code, counts } = await mocha(
      `it('one', () => {}); it('two'); it('three', () => { throw new Error('no') })`,
    )
    assert.equal(code, 1)
    assert.deepEqual(counts, { passed: 1, failed: 1, skipped: 1 })
  })

  it('that leaves something open fails and names it, instead of waiting for ever', async () => {
    const { code, said, counts } = await mocha(`it('leaks', () => { setInterval(() => {}, 10) })`)
    assert.equal(code, 97)
    assert.match(said, /^Left open after the last test: .*Timeout/mu)
    assert.deepEqual(counts, { passed: 1, failed: 0, skipped: 0 })
  })
})
