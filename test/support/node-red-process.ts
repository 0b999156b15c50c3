import { spawn, type ChildProcess } from 'node:child_process'
import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export interface FlowNode {
  readonly id: string
  readonly type: string
  readonly [property: string]: unknown
}

export interface NodeRedOptions {
  readonly flows?: readonly FlowNode[]
  /** By node id, as the credentials file holds them. */
  readonly credentials?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** What `settings.js` exports besides the defaults of a test; plain data only. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
}

export type DeployType = 'full' | 'nodes' | 'flows' | 'reload'

/** A real Node-RED in a process of its own, with this package in its palette. */
export interface NodeRedProcess {
  readonly userDir: string
  /** `http://127.0.0.1:<port>`; the port survives a restart. */
  readonly origin: string
  /** `origin` and the path of the editor, without a trailing slash. */
  readonly adminUrl: string
  /** Everything it has written to stdout and stderr so far. */
  log(): string
  /** A request to the admin API; `path` starts with a slash. Sends the token of `logIn`, if there is one. */
  adminFetch(path: string, init?: RequestInit): Promise<Response>
  /** Signs in as one of `settings.adminAuth.users`; undefined as name signs out. */
  logIn(username: string | undefined, password?: string): Promise<void>
  /** Deploys the whole list; a node may carry `credentials`, as the editor sends them. */
  deploy(flows: readonly FlowNode[], type?: DeployType): Promise<void>
  /** Sends a message out of a `source` node. */
  send(sourceId: string, message: Record<string, unknown>): void
  /** The messages that have reached a `sink` node, in order. */
  messages(sinkId: string): readonly Record<string, unknown>[]
  /** Waits until a sink holds that many messages. */
  received(sinkId: string, count?: number, timeout?: number): Promise<readonly Record<string, unknown>[]>
  /** Ends it as an administrator would (SIGTERM). */
  stop(): Promise<void>
  /** Ends it as a power cut would (SIGKILL). */
  kill(): Promise<void>
  /** Starts it again on the same user directory and port; stops it first if it runs. */
  restart(changed?: Pick<NodeRedOptions, 'settings' | 'env'>): Promise<void>
  /** Stops it and removes its user directory. */
  dispose(): Promise<void>
}

/** A node that hands every message that reaches it to `messages(id)`. */
export function sink(id: string, flow: string): FlowNode {
  return functionNode(id, flow, { func: `global.get('testSink')('${id}', msg)`, outputs: 0, wires: [] })
}

/** A node out of which `send(id, message)` sends. */
export function source(id: string, flow: string, wires: readonly string[]): FlowNode {
  return functionNode(id, flow, {
    func: '',
    outputs: 1,
    wires: [wires],
    initialize: `global.get('testSource')('${id}', node)`,
  })
}

/** A function node; its code sees `msg` and `node`. */
export function functionNode(id: string, flow: string, properties: Record<string, unknown>): FlowNode {
  return { id, type: 'function', z: flow, name: id, x: 0, y: 0, libs: [], finalize: '', ...properties }
}

/** Starts Node-RED and waits until it listens and its flows run; fails with its log. */
export async function startNodeRed(options: NodeRedOptions = {}): Promise<NodeRedProcess> {
  const nodeRed = new RunningNodeRed(options, await freePort())
  try {
    await nodeRed.start()
  } catch (error) {
    await nodeRed.dispose()
    throw error
  }
  return nodeRed
}

class RunningNodeRed implements NodeRedProcess {
  readonly userDir = mkdtempSync(join(tmpdir(), 'node-red-'))
  readonly origin: string
  readonly #port: number
  #settings: Readonly<Record<string, unknown>>
  #env: Readonly<Record<string, string>>
  #child: ChildProcess | undefined
  #log = ''
  #accessToken: string | undefined
  #sinks = new Map<string, Record<string, unknown>[]>()
  #started = 0
  /** Called when anything happened that somebody may wait for. */
  #onChange = new Set<() => void>()

  constructor(options: NodeRedOptions, port: number) {
    this.#port = port
    this.origin = `http://127.0.0.1:${port}`
    this.#settings = { credentialSecret: 'a secret of the tests', ...options.settings }
    this.#env = options.env ?? {}
    linkPackage(this.userDir)
    writeFlows(this.userDir, options, this.#settings['credentialSecret'])
  }

  get adminUrl(): string {
    const root = this.#settings['httpAdminRoot']
    return `${this.origin}${typeof root === 'string' ? root.replace(/\/$/, '') : ''}`
  }

  log(): string {
    return this.#log
  }

  async start(): Promise<void> {
    writeSettings(this.userDir, { ...this.#settings, uiPort: this.#port })
    const started = this.#started
    const child = spawn(process.execPath, [redJs(), '--userDir', this.userDir], {
      cwd: this.userDir,
      env: { ...process.env, NODE_RED_HOME: '', NODE_OPTIONS: '', DEBUG: '', ...this.#env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
    })
    this.#child = child
    this.#listen(child)
    // A run that is interrupted must not leave it behind.
    const orphan = () => child.kill('SIGKILL')
    process.once('exit', orphan)
    child.once('exit', () => process.off('exit', orphan))
    await this.#until(() => this.#started > started || child.exitCode !== null, 'the flows have started')
    if (child.exitCode !== null) throw new Error(`Node-RED ended with ${child.exitCode}:\n${this.#log}`)
    if (this.#settings['httpAdminRoot'] !== false || this.#settings['httpNodeRoot'] !== false) {
      await this.#answers()
    }
  }

  async adminFetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.#accessToken !== undefined) headers.set('authorization', `Bearer ${this.#accessToken}`)
    return fetch(`${this.adminUrl}${path}`, { redirect: 'manual', ...init, headers })
  }

  async logIn(username: string | undefined, password = ''): Promise<void> {
    this.#accessToken = undefined
    if (username === undefined) return
    const body = { client_id: 'node-red-editor', grant_type: 'password', scope: '', username, password }
    const response = await this.adminFetch('/auth/token', { method: 'POST', ...json(body) })
    const answer: unknown = await response.json()
    if (typeof answer !== 'object' || answer === null || !('access_token' in answer)) {
      throw new Error(`${username} could not log in: ${response.status}`)
    }
    this.#accessToken = String(answer.access_token)
  }

  async deploy(flows: readonly FlowNode[], type: DeployType = 'full'): Promise<void> {
    const started = this.#started
    const init = json(flows)
    const response = await this.adminFetch('/flows', {
      method: 'POST',
      body: init.body,
      headers: { ...init.headers, 'node-red-deployment-type': type },
    })
    if (!response.ok) throw new Error(`Deploy failed: ${response.status} ${await response.text()}`)
    await this.#until(() => this.#started > started, 'the deployed flows have started')
  }

  send(sourceId: string, message: Record<string, unknown>): void {
    this.#child?.send({ to: sourceId, message })
  }

  messages(sinkId: string): readonly Record<string, unknown>[] {
    return this.#sinks.get(sinkId) ?? []
  }

  async received(sinkId: string, count = 1, timeout = 10_000): Promise<readonly Record<string, unknown>[]> {
    await this.#until(() => this.messages(sinkId).length >= count, `${count} messages at ${sinkId}`, timeout)
    return this.messages(sinkId)
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async restart(changed: Pick<NodeRedOptions, 'settings' | 'env'> = {}): Promise<void> {
    await this.stop()
    this.#settings = { ...this.#settings, ...changed.settings }
    this.#env = { ...this.#env, ...changed.env }
    await this.start()
  }

  async dispose(): Promise<void> {
    await this.stop()
    rmSync(this.userDir, { recursive: true, force: true })
  }

  #listen(child: ChildProcess): void {
    const record = (chunk: Buffer) => {
      this.#log += chunk.toString()
    }
    child.stdout?.on('data', record)
    child.stderr?.on('data', record)
    child.on('message', (news) => {
      if (isNews(news)) this.#note(news)
    })
    child.once('exit', () => {
      this.#changed()
    })
  }

  #note(news: News): void {
    if (news.kind === 'started') this.#started += 1
    else this.#sinks.set(news.sink, [...this.messages(news.sink), news.message])
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#onChange) listener()
  }

  async #until(condition: () => boolean, what: string, timeout = 30_000): Promise<void> {
    if (condition()) return
    await new Promise<void>((resolve, reject) => {
      const settle = (outcome: () => void) => {
        clearTimeout(timer)
        this.#onChange.delete(check)
        outcome()
      }
      const check = () => {
        if (condition()) settle(resolve)
      }
      const timer = setTimeout(() => {
        settle(() => reject(new Error(`Gave up waiting until ${what}. Node-RED's log:\n${this.#log}`)))
      }, timeout)
      this.#onChange.add(check)
    })
  }

  async #answers(): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      try {
        await fetch(`${this.origin}/`, { redirect: 'manual' })
        return
      } catch {
        await delay(25)
      }
    }
    throw new Error(`Node-RED does not listen:\n${this.#log}`)
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    const force = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await ended
    clearTimeout(force)
  }
}

type News =
  | { readonly kind: 'started' }
  | { readonly kind: 'message'; readonly sink: string; readonly message: Record<string, unknown> }

function isNews(value: unknown): value is News {
  return typeof value === 'object' && value !== null && 'kind' in value
}

function json(body: unknown): { body: string; headers: Record<string, string> } {
  return {
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'node-red-api-version': 'v1' },
  }
}

/** The line of Node-RED that this run is about: an npm alias of package.json. */
function redJs(): string {
  return require.resolve(`${process.env['NODE_RED'] ?? 'node-red-4'}/red.js`)
}

/** This package as an installation would have it: the folder that holds package.json and the compiled nodes. */
function linkPackage(userDir: string): void {
  const modules = join(userDir, 'node_modules')
  mkdirSync(modules)
  symlinkSync(packageRoot(__dirname), join(modules, 'node-red-contrib-graph-odata'), 'junction')
  const dependencies = { 'node-red-contrib-graph-odata': '*' }
  writeFileSync(join(userDir, 'package.json'), JSON.stringify({ name: 'test', private: true, dependencies }))
}

export function packageRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : packageRoot(dirname(folder))
}

function writeFlows(userDir: string, options: NodeRedOptions, secret: unknown): void {
  writeFileSync(join(userDir, 'flows.json'), JSON.stringify(options.flows ?? []))
  if (options.credentials === undefined) return
  const content = typeof secret === 'string' ? encrypted(options.credentials, secret) : options.credentials
  writeFileSync(join(userDir, 'flows_cred.json'), JSON.stringify(content))
}

/** As Node-RED's own credentials file is encrypted, so that no secret of a test lies about in clear. */
function encrypted(credentials: unknown, secret: string): { $: string } {
  const iv = randomBytes(16)
  const cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(secret).digest(), iv)
  const text = cipher.update(JSON.stringify(credentials), 'utf8', 'base64') + cipher.final('base64')
  return { $: iv.toString('hex') + text }
}

function writeSettings(userDir: string, settings: Readonly<Record<string, unknown>>): void {
  const { functionGlobalContext, ...rest } = settings
  const defaults = {
    uiHost: '127.0.0.1',
    flowFile: 'flows.json',
    telemetry: { enabled: false },
    editorTheme: { tours: false },
    logging: { console: { level: 'info', metrics: false, audit: false } },
  }
  writeFileSync(
    join(userDir, 'settings.js'),
    `${BRIDGE}
module.exports = {
  ...${JSON.stringify({ ...defaults, ...rest })},
  functionGlobalContext: { ...${JSON.stringify(functionGlobalContext ?? {})}, testSink, testSource, testHook },
}
`,
  )
}

/** The inside of the process: tells the test what happens, over the channel of `child_process`. */
const BRIDGE = `
const fromNodeRed = require('module').createRequire(require('fs').realpathSync(process.argv[1]))
const { events, hooks } = fromNodeRed('@node-red/util')
const tell = (news) => { if (process.connected) process.send(news, () => {}) }
const plain = (value) => JSON.parse(JSON.stringify(value))
const sources = new Map()
events.on('flows:started', () => tell({ kind: 'started' }))
process.on('message', ({ to, message }) => sources.get(to)?.send(message))
process.channel?.unref()
function testSink(sink, message) {
  const { req, res, ...rest } = message
  try { tell({ kind: 'message', sink, message: rest }) } catch { tell({ kind: 'message', sink, message: plain(rest) }) }
}
function testSource(id, node) { sources.set(id, node) }
function testHook(name) { return Boolean(hooks.has(name)) }
`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('No free port')
  return address.port
}
