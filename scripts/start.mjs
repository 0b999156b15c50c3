// `npm start`: from a bare clone to rows in a flow. Installs, builds, starts the local tenant and Node-RED with
// the examples deployed, runs the first one and keeps everything running. `--once` prints the rows and ends.
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import { build, install, root, runsNodeRed5 } from './steps.mjs'

const require = createRequire(import.meta.url)
const FIRST_EXAMPLE = { inject: 'f1a0000000000002', graph: 'f1a0000000000003', debug: 'f1a0000000000004' }
const NODE_RED_PORT = 1880
const WAIT_FOR_ROWS = 60_000
const WAIT_FOR_NODE_RED = 120_000

const options = parseOptions(process.argv.slice(2))
const closers = []
let ending

main().catch(async (error) => {
  console.error(`\n${error.message}`)
  await end(1)
})

async function main() {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void end(0))
  if (!options.built) {
    await install()
    await build()
  }
  const tenant = await startTenant()
  const nodeRed = await startNodeRed()
  const hasFirstExample = await deployExamples(nodeRed, tenant)
  const rows = hasFirstExample ? await runFirstExample(nodeRed) : undefined
  if (rows !== undefined) printRows(rows)
  if (options.once) {
    await end(rows !== undefined && rows.length > 0 ? 0 : 1)
    return
  }
  printAddresses(nodeRed, tenant, hasFirstExample)
}

function printAddresses(nodeRed, tenant, hasFirstExample) {
  const { apps, demoAccounts, demoPassword, tenantDomain } = require('../dist/sandbox/contoso/tenant.js')
  const missing = `
  The first example is not among your flows any more. Remove ${relative(root, nodeRed.userDir)} to begin anew.
`
  console.log(`
  Node-RED             ${nodeRed.origin}
  Local Graph service  ${tenant.graph.origin}/v1.0
  Local sign-in        ${tenant.signIn.origin}/${tenantDomain}/oauth2/v2.0/authorize and /token
  Tenant               ${tenantDomain}
  Client ID            ${apps.web.clientId}
  Client secret        ${apps.web.secrets[0]}
  Accounts             ${demoAccounts[0].userPrincipalName}, ${demoAccounts[1].userPrincipalName} (administrator)
  Password             ${demoPassword}

  The flow "Microsoft Graph" holds the examples: press the buttons on the left.
${hasFirstExample ? '' : missing}  Ctrl-C ends everything.
`)
}

async function startTenant() {
  const { defaultPorts } = require('../dist/sandbox/contoso/tenant.js')
  const { readOptions } = require('../dist/sandbox/cli.js')
  const { startTenant } = require('../dist/sandbox/index.js')
  const tenant = await startTenant({
    ...readOptions(options.tenant),
    users: options.users,
    signInPort: await usablePort(defaultPorts.signIn, 'the local sign-in service'),
    graphPort: await usablePort(defaultPorts.graph, 'the local Graph service'),
  })
  closers.push(() => tenant.close())
  return tenant
}

/** The wanted port, or any other one where that is taken; both are said. */
async function usablePort(wanted, forWhat) {
  if (await isFree(wanted)) return wanted
  console.log(`Port ${wanted} is in use, so ${forWhat} takes another one.`)
  return freePort()
}

function isFree(port) {
  return listen(port).then(
    () => true,
    () => false,
  )
}

function freePort() {
  return listen(0)
}

/** Listens for a moment; resolves with the port. */
function listen(port) {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      const { port: taken } = server.address()
      server.close(() => resolve(taken))
    })
  })
}

async function startNodeRed() {
  const line = runsNodeRed5() ? 'node-red-5' : 'node-red-4'
  const port = await usablePort(options.port ?? NODE_RED_PORT, 'Node-RED')
  // One for each port, so that a second Node-RED beside the first does not write into its flows.
  const userDir = join(root, '.data', `node-red-${port}`)
  prepareUserDir(userDir, port)
  console.log(`Starting ${line.replace('-red-', '-RED ').replace('node', 'Node')} on port ${port}`)
  const child = spawn(process.execPath, [require.resolve(`${line}/red.js`), '--userDir', userDir], {
    cwd: userDir,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
    // A Ctrl-C reaches the whole group; Node-RED is ended by us, after its last message.
    detached: process.platform !== 'win32',
  })
  let log = ''
  const record = (chunk) => {
    log = (log + chunk).slice(-20_000)
    if (options.verbose) process.stdout.write(chunk)
  }
  child.stdout.on('data', record)
  child.stderr.on('data', record)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  closers.unshift(async () => {
    child.kill('SIGTERM')
    const force = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(force)
  })
  const origin = `http://localhost:${port}`
  const started = new Promise((resolve) =>
    child.on('message', ({ kind }) => kind === 'started' && resolve(true)),
  )
  const outcome = await Promise.race([
    started,
    ended.then(() => false),
    timeout(WAIT_FOR_NODE_RED, undefined),
  ])
  if (outcome !== true) throw new Error(`Node-RED did not start:\n${log}`)
  child.once('exit', (code) => {
    if (ending !== undefined) return
    console.error(`Node-RED ended (${code}):\n${log}`)
    void end(1)
  })
  return { child, origin, userDir, log: () => log }
}

/** A user directory that has this package installed, as `npm install` would have done it. */
function prepareUserDir(userDir, port) {
  mkdirSync(join(userDir, 'node_modules'), { recursive: true })
  const link = join(userDir, 'node_modules', 'node-red-contrib-graph-odata')
  rmSync(link, { recursive: true, force: true })
  symlinkSync(root, link, 'junction')
  const manifest = {
    name: 'node-red-start',
    private: true,
    dependencies: { 'node-red-contrib-graph-odata': '*' },
  }
  writeFileSync(join(userDir, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(userDir, 'settings.js'), settings(port))
}

/** Rows that reach the first example's debug node are also told to this process. */
function settings(port) {
  return `
const fromNodeRed = require('module').createRequire(require('fs').realpathSync(process.argv[1]))
const { events, hooks } = fromNodeRed('@node-red/util')
const tell = (news) => { if (process.connected) process.send(news, () => {}) }
events.on('flows:started', () => tell({ kind: 'started' }))
hooks.add('preDeliver.npm-start', ({ destination, msg }) => {
  if (destination.id === ${JSON.stringify(FIRST_EXAMPLE.debug)}) tell({ kind: 'rows', rows: msg.payload })
})
events.on('node-status', ({ id, status }) => {
  if (id === ${JSON.stringify(FIRST_EXAMPLE.graph)} && status?.fill === 'red') {
    tell({ kind: 'refused', reason: 'Its node says: ' + status.text + '.' })
  }
})
process.on('disconnect', () => process.exit())
process.channel?.unref()
module.exports = {
  uiHost: '127.0.0.1',
  uiPort: ${port},
  flowFile: 'flows.json',
  credentialSecret: 'this Node-RED holds demo data only',
  telemetry: { enabled: false },
  editorTheme: { tours: false, projects: { enabled: false } },
}
`
}

/**
 * The examples on one tab. What the user has made of them stays; only the local tenant's addresses follow.
 * Resolves with whether the first example is (still) there.
 */
async function deployExamples(nodeRed, tenant) {
  const current = await admin(nodeRed, 'GET', '/flows')
  const flows = current.some(({ type }) => type === 'graph-connection') ? current : exampleFlows()
  const moved = flows.map((node) => (node.type === 'graph-connection' ? onTenant(node, tenant) : node))
  const hasFirst = Object.values(FIRST_EXAMPLE).every((id) => moved.some((node) => node.id === id))
  if (JSON.stringify(moved) === JSON.stringify(current)) return hasFirst
  // The answer comes before the flows run.
  const started = told(nodeRed, 'started')
  await admin(nodeRed, 'POST', '/flows', moved)
  if ((await Promise.race([started, timeout(WAIT_FOR_NODE_RED, undefined)])) === undefined) {
    throw new Error(`The examples did not start:\n${nodeRed.log()}`)
  }
  return hasFirst
}

/** The next news of a kind from inside Node-RED. */
function told({ child }, wanted) {
  return new Promise((resolve) => {
    const listener = (news) => {
      if (news.kind !== wanted) return
      child.off('message', listener)
      resolve(news)
    }
    child.on('message', listener)
  })
}

function exampleFlows() {
  const tab = { id: 'f100000000000000', type: 'tab', label: 'Microsoft Graph', disabled: false, info: '' }
  const nodes = new Map([[tab.id, tab]])
  const folder = join(root, 'examples')
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  let top = 0
  for (const file of files.toSorted()) {
    const example = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    const placed = example.filter((node) => 'z' in node)
    for (const node of example) {
      nodes.set(node.id, placed.includes(node) ? { ...node, z: tab.id, y: node.y + top } : node)
    }
    top += Math.max(...placed.map(({ y }) => y)) + 20
  }
  return [...nodes.values()]
}

/** Only addresses of this machine are the local tenant's. */
function onTenant(connection, tenant) {
  const moved = { ...connection }
  const origins = { serviceUrl: tenant.graph.origin }
  for (const name of ['authorizeUrl', 'tokenUrl', 'deviceCodeUrl']) origins[name] = tenant.signIn.origin
  for (const [name, origin] of Object.entries(origins)) {
    if (/^http:\/\/127\.0\.0\.1:\d+/.test(moved[name] ?? '')) {
      moved[name] = moved[name].replace(/^http:\/\/127\.0\.0\.1:\d+/, origin)
    }
  }
  return moved
}

/** The rows, or undefined with a word about it: Node-RED is there all the same. */
async function runFirstExample(nodeRed) {
  const arrived = told(nodeRed, 'rows')
  const refused = told(nodeRed, 'refused')
  await admin(nodeRed, 'POST', `/inject/${FIRST_EXAMPLE.inject}`)
  const news = await Promise.race([arrived, refused, timeout(WAIT_FOR_ROWS, undefined)])
  if (Array.isArray(news?.rows)) return news.rows
  console.log(
    `\nNo rows came out of the first example. ${news?.reason ?? `Node-RED's log:\n${nodeRed.log()}`}`,
  )
  return undefined
}

function printRows(rows) {
  console.log(`\nThe first example read ${rows.length} users through the flow:\n`)
  const shown = rows.slice(0, 5).map(({ displayName, mail, jobTitle }) => ({ displayName, mail, jobTitle }))
  console.table(shown)
  if (rows.length > shown.length) console.log(`... and ${rows.length - shown.length} more`)
}

async function admin(nodeRed, method, path, body) {
  const response = await fetch(nodeRed.origin.replace('localhost', '127.0.0.1') + path, {
    method,
    headers: { 'content-type': 'application/json', 'node-red-api-version': 'v1' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response.headers.get('content-type')?.includes('json') ? response.json() : undefined
}

function timeout(milliseconds, value) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, value).unref())
}

function end(code) {
  ending ??= (async () => {
    for (const close of closers) await close().catch((error) => console.error(error.message))
    process.exitCode = code
    process.exit()
  })()
  return ending
}

function parseOptions(args) {
  const parsed = { once: false, built: false, verbose: false, users: 200, port: undefined, tenant: [] }
  const ofTenant = new Set(['--throttle', '--faults', '--seed', '--delay', '--tail'])
  for (let index = 0; index < args.length; index += 1) {
    const name = args[index]
    if (name === '--once') parsed.once = true
    else if (name === '--built') parsed.built = true
    else if (name === '--verbose') parsed.verbose = true
    else if (ofTenant.has(name)) parsed.tenant.push(name, args[(index += 1)] ?? '')
    else if (name === '--users' || name === '--port') {
      index += 1
      const value = Number(args[index])
      if (!Number.isInteger(value) || value < 1) usage(`${name} takes a whole number, not ${args[index]}`)
      parsed[name.slice(2)] = value
    } else usage(name === '--help' ? undefined : `Unknown option ${name}`)
  }
  return parsed
}

function usage(problem) {
  if (problem !== undefined) console.error(problem)
  console.log(
    'npm start -- [--once] [--users N] [--port N] [--throttle RATE/BURST] [--faults SHARE] [--built] [--verbose]\n\n' +
      '  --once     print the rows and end\n' +
      '  --users N  people in the local tenant (200)\n' +
      '  --port N   where Node-RED listens (1880)\n' +
      '  --built    what is built already is not built again\n' +
      '  --verbose  show what Node-RED logs\n\n' +
      'The local tenant misbehaves with --throttle RATE/BURST, --faults SHARE, --seed N, --delay MS and --tail MS, which\n' +
      'npm run sandbox -- --help explains.',
  )
  process.exit(problem === undefined ? 0 : 1)
}
