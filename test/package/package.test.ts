import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { requestHeaders } from '../../nodes/lib/odata/request-headers'
import { packageRoot } from '../support/node-red-process'

const root = packageRoot(__dirname)

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly keywords: string[]
  readonly engines: { node: string }
  readonly dependencies: Record<string, string>
  readonly 'node-red': { version: string; nodes: Record<string, string> }
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
const nodes = Object.entries(manifest['node-red'].nodes)

async function npm(...args: string[]): Promise<string> {
  const windows = process.platform === 'win32'
  const options = { cwd: root, shell: windows, maxBuffer: 1e8 }
  return (await promisify(execFile)(windows ? 'npm.cmd' : 'npm', args, options)).stdout
}

async function packedFiles(): Promise<string[]> {
  const answer: unknown = JSON.parse(await npm('pack', '--dry-run', '--json', '--ignore-scripts'))
  // npm 12 answers with an object by package name, earlier ones with a list.
  const [packed] = (Array.isArray(answer) ? answer : Object.values(answer as object)) as [
    { files: { path: string }[] },
  ]
  return packed.files.map(({ path }) => path)
}

describe('the npm package', () => {
  let files: string[]
  before(async () => {
    files = await packedFiles()
  })

  it('holds every node with its page, its texts, its help and its icon', () => {
    for (const [type, file] of nodes) {
      const folder = dirname(file)
      for (const needed of [
        file,
        file.replace(/\.js$/u, '.html'),
        `${folder}/locales/en-US/${type}.json`,
        `${folder}/locales/en-US/${type}.html`,
      ]) {
        assert.ok(files.includes(needed), `${needed} is missing`)
      }
    }
    assert.ok(files.some((file) => /^dist\/nodes\/[^/]+\/icons\/graph-odata\.svg$/u.test(file)))
    assert.ok(files.some((file) => file.startsWith('resources/') && file.endsWith('.js')))
  })

  it('has a lock in which nothing is at odds, which npm 10 of Node.js 20 and 22 would not install', async () => {
    assert.match(await npm('ls', '--all', '--package-lock-only'), /node-red-contrib-graph-odata@/u)
  })

  it('holds the examples, and nothing that a user does not need', () => {
    const examples = readdirSync(join(root, 'examples'))
    for (const example of examples) assert.ok(files.includes(`examples/${example}`), example)
    const allowed =
      /^(?:dist\/nodes|resources|examples)\/|^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md)$/u
    assert.deepEqual(
      files.filter((file) => !allowed.test(file) || /\.(?:ts|map)$/u.test(file)),
      [],
    )
  })

  it('keeps the rules of the flow library', () => {
    assert.equal(manifest.license, 'MIT')
    assert.match(manifest.name, /^node-red-contrib-/u)
    assert.ok(manifest.keywords.includes('node-red'))
    assert.equal(manifest['node-red'].version, '>=4.1.0')
    assert.equal(manifest.engines.node, '>=20')
    assert.ok(Object.keys(manifest.dependencies).length <= 6)
  })

  it('registers each type literally, where the scorecard looks for it, and uses it in an example', () => {
    const examples = readdirSync(join(root, 'examples'))
      .map((file) => readFileSync(join(root, 'examples', file), 'utf8'))
      .join()
    for (const [type, file] of nodes) {
      const page = readFileSync(join(root, file.replace(/\.js$/u, '.html')), 'utf8')
      assert.match(
        page,
        new RegExp(`<script type="text/javascript">[^]*RED\\.nodes\\.registerType\\('${type}', \\{`, 'u'),
      )
      assert.ok(examples.includes(`"${type}"`), `${type} is in no example`)
    }
  })

  it('loads into the browser only modules that it can find there', () => {
    const folder = join(root, 'resources')
    const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.js'),
    )
    assert.ok(scripts.length > 20)
    for (const script of scripts) {
      const imported = readFileSync(join(folder, script), 'utf8').matchAll(
        /^(?:import|export)\b[^;]*?from '([^']+)'/gmu,
      )
      for (const [, target = ''] of imported) {
        assert.match(target, /^\.{1,2}\/.*\.js$/u, `${script} imports ${target}`)
        assert.ok(existsSync(join(folder, dirname(script), target)), `${script} imports ${target}`)
      }
    }
  })

  it('tells services the version that it has', () => {
    const [major, minor] = manifest.version.split('.')
    assert.equal(
      requestHeaders(new Map(), []).get('user-agent'),
      `NONISV|Node-RED|graph-odata/${major}.${minor}`,
    )
  })

  it('names no file that is not there', () => {
    for (const [, file] of nodes) assert.ok(existsSync(join(root, file)), file)
  })
})
