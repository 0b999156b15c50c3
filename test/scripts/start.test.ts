import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { startTenant } from '../../sandbox'
import { defaultPorts } from '../../sandbox/contoso/tenant'
import { startLocalServer } from '../support/local-server'
import { packageRoot } from '../support/node-red-process'
import { until } from '../support/until'

const root = packageRoot(__dirname)

interface Started {
  readonly child: ChildProcess
  readonly output: () => string
  readonly ended: Promise<number | null>
}

function start(...args: string[]): Started {
  const child = spawn(process.execPath, [join(root, 'scripts', 'start.mjs'), ...args], { cwd: root })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, output: () => output, ended }
}

async function freePort(): Promise<number> {
  const server = await startLocalServer(() => {})
  await server.close()
  return Number(new URL(server.origin).port)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/**
 * The usual ports are for one at a time: another run of these tests beside this one waits. A port serves as the lock,
 * because it is free again however its holder ends.
 */
async function takeTurn(): Promise<Server> {
  let turn: Server | undefined
  await until(async () => {
    const server = createServer()
    const held = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(defaultPorts.signIn - 1, '127.0.0.1', () => resolve(true))
    })
    if (held) turn = server
    return held
  }, 50_000)
  assert.ok(turn)
  return turn
}

describe('npm start', function () {
  this.timeout(60_000)
  let port: number
  let turn: Server

  before(async function () {
    this.timeout(180_000)
    turn = await takeTurn()
  })
  after(() => turn.close())

  beforeEach(async () => {
    port = await freePort()
  })
  afterEach(() => rmSync(join(root, '.data', `node-red-${port}`), { recursive: true, force: true }))

  it('prints the rows of the first example and ends, where that is all that is wanted', async () => {
    const { ended, output } = start(
      '--built',
      '--once',
      '--port',
      String(port),
      '--users',
      '20',
      '--delay',
      '5',
    )
    assert.equal(await ended, 0, output())
    assert.match(output(), /read 20 users/u)
    assert.match(output(), /Adele Vance/u)
  })

  it('takes other ports where the usual ones are in use, says so, and works on them', async () => {
    const tenant = await startTenant({
      signInPort: defaultPorts.signIn,
      graphPort: defaultPorts.graph,
    }).catch(() => undefined)
    const { ended, output } = start('--built', '--once', '--port', String(port))
    const code = await ended
    await tenant?.close()
    assert.equal(code, 0, output())
    assert.match(output(), new RegExp(`Port ${defaultPorts.graph} is in use`, 'u'))
  })

  it('keeps running until it is interrupted, and then leaves nothing behind', async function () {
    if (process.platform === 'win32') this.skip()
    const { child, ended, output } = start('--built', '--port', String(port))
    await until(() => output().includes('Ctrl-C ends everything'), 50_000)
    assert.equal(await isFree(port), false)
    child.kill('SIGINT')
    assert.equal(await ended, 0, output())
    assert.equal(await isFree(port), true)
  })

  it('says what it does not understand', async () => {
    const { ended, output } = start('--bogus')
    assert.equal(await ended, 1)
    assert.match(output(), /Unknown option --bogus/u)
  })
})
