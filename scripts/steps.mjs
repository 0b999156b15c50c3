// The steps that the commands of package.json are made of. Plain JavaScript without dependencies: on a fresh
// clone nothing is installed yet.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const windows = process.platform === 'win32'

/** Runs a command in the project's folder; resolves with its exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options })
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 0 : 1)))
  })
}

/** Runs a command whose failure ends the whole step. */
export async function must(command, args, options) {
  const code = await run(command, args, options)
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')} ended with exit code ${code}`)
}

/** The installed entry point of a development tool, run with this very Node. */
export function tool(path) {
  return join(root, 'node_modules', ...path.split('/'))
}

/** The npm that runs this: with what Node-RED brings along there is another one in the path of its scripts. */
function npm(args) {
  const { npm_execpath: self } = process.env
  if (self?.endsWith('npm-cli.js') === true) return must(process.execPath, [self, ...args])
  return must(windows ? 'npm.cmd' : 'npm', args, { shell: windows })
}

/** Installs the locked dependencies unless this very lock file is installed already. */
export async function install() {
  const stamp = join(root, 'node_modules', '.installed-lock')
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(stamp, lock)
}

/** Compiles the runtime and the editor, and puts beside each compiled node what Node-RED looks for there. */
export async function build() {
  for (const folder of ['dist', 'resources']) rmSync(join(root, folder), { recursive: true, force: true })
  await must(process.execPath, [tool('typescript/bin/tsc'), '-p', 'tsconfig.json'])
  await must(process.execPath, [tool('typescript/bin/tsc'), '-p', 'nodes/tsconfig.editor.json'])
  copyAssets()
}

function copyAssets() {
  for (const file of filesBelow(join(root, 'nodes'))) {
    if (file.endsWith('.html') || file.endsWith('.json')) {
      if (file.endsWith('tsconfig.editor.json')) continue
      copy(file, join(root, 'dist', relative(root, file)))
    } else if (file.endsWith('.css')) {
      copy(file, join(root, 'resources', relative(join(root, 'nodes'), file)))
    }
  }
  for (const file of filesBelow(join(root, 'sandbox'))) {
    if (!file.endsWith('.ts')) copy(file, join(root, 'dist', relative(root, file)))
  }
  // Node-RED looks for icons beside a node's file only, and pools them for the whole package.
  cpSync(join(root, 'icons'), join(root, 'dist', 'nodes', 'graph-connection', 'icons'), { recursive: true })
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true })
  cpSync(from, to)
}

const SECOND_NODE = '22.23.3'

/** Node-RED 5 needs Node 22.9 or later. */
export function runsNodeRed5(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 9)
}

/**
 * The Node that runs Node-RED 5: this one where it is new enough, else one installed from npm into a folder
 * of its own. (As a devDependency it would take over every npm script.)
 */
export async function nodeForNodeRed5() {
  if (runsNodeRed5()) return process.execPath
  const folder = join(root, '.runtimes', `node-${SECOND_NODE}`)
  const binary = join(folder, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node')
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
    console.log(`Installing Node ${SECOND_NODE} for Node-RED 5 into ${relative(root, folder)}`)
    await npm(['install', '--prefix', folder, '--no-save', '--loglevel=error', `node@${SECOND_NODE}`])
  }
  return binary
}
