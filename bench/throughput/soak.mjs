// An hour in ten minutes: tokens that live five seconds, faults of all kinds, redeploys. Nothing may grow.
import { createRequire } from 'node:module'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const { startTenant } = require('../../dist/sandbox/index.js')
const { demoConnection } = require('../../dist/test/support/demo-connection.js')
const { sink, source, startNodeRed } = require('../../dist/test/support/node-red-process.js')

const nodesDir = fileURLToPath(new URL('nodes', import.meta.url))
const at = { z: 'tab', x: 0, y: 0 }
const USERS = 500
/** Seconds. */
const ROUND = 10
/** Longer than the service keeps an idle connection open. */
const QUIET = 6

const faults = { rate: 0.05, seed: 7, retryAfter: 0.2, slow: 300 }
const connection = { timeout: '2', maxRetries: '8', batch: 'on' }

/**
 * @returns what was measured after each few rounds when all was quiet, what has happened meanwhile, and what has grown
 * between the first third and the last.
 */
export async function soak(minutes) {
  const tenant = await startTenant({ users: USERS, accessTokenLifetime: 5, faults })
  const nodeRed = await startNodeRed({ settings: { nodesDir } })
  const { control } = tenant.graph
  const states = []
  const done = { rounds: 0, requests: 0, faults: 0 }
  try {
    const users = await usersOf(nodeRed, tenant)
    const until = performance.now() + minutes * 60_000
    while (performance.now() < until) {
      // What a person does: now the whole of it, now one node.
      const full = done.rounds % 3 === 0
      await nodeRed.deploy(flows(tenant, done.rounds, full), full ? 'full' : 'nodes')
      await work(nodeRed, users, done.rounds)
      done.rounds += 1
      done.requests += control.traffic.requests
      done.faults += control.traffic.faults.length
      control.traffic.reset()
      if (done.rounds % 3 !== 0) continue
      await delay(QUIET * 1000)
      states.push(await stateOf(nodeRed))
    }
    const outcomes = { answers: nodeRed.messages('out').length, errors: nodeRed.messages('caught').length }
    return { states, done: { ...done, redeploys: done.rounds, ...outcomes }, grown: growth(states) }
  } finally {
    await nodeRed.dispose()
    await tenant.close()
  }
}

/** Secrets go along with a full deploy only, as in the editor. */
function flows(tenant, round, full) {
  const reader = (id, properties) => [
    source(`in-${id}`, 'tab', [id]),
    {
      ...at,
      id,
      type: 'graph-odata',
      connection: 'connection',
      entity: 'users',
      wires: [['slim']],
      ...properties,
    },
  ]
  const secrets = full ? {} : { credentials: undefined }
  return [
    { id: 'tab', type: 'tab', label: 'soak' },
    { ...demoConnection(tenant, connection), ...secrets },
    ...reader('item', { key: 'key', keyType: 'msg', name: `round ${round}` }),
    ...reader('pages', { pageSize: 50, output: 'page' }),
    ...reader('rows', { pageSize: 100, output: 'item', select: 'id' }),
    ...reader('mail', { entity: 'messages', appendUrl: 'me/{entity}', limit: 20 }),
    ...reader('list', { operation: 'update', key: 'payload.id', keyType: 'msg' }),
    ...reader('new', { operation: 'create', entity: 'contacts', appendUrl: 'me/{entity}' }),
    ...reader('changes', { operation: 'changes', select: 'displayName' }),
    // What is kept here for looking at it must not be taken for what grows.
    {
      ...at,
      id: 'slim',
      type: 'function',
      func: 'return { topic: "one" }',
      outputs: 1,
      libs: [],
      wires: [['out']],
    },
    sink('out', 'tab'),
    { ...at, id: 'catch', type: 'catch', wires: [['slim2']] },
    {
      ...at,
      id: 'slim2',
      type: 'function',
      func: 'return { topic: msg.error.code }',
      outputs: 1,
      libs: [],
      wires: [['caught']],
    },
    sink('caught', 'tab'),
    source('in-state', 'tab', ['state']),
    { ...at, id: 'state', type: 'bench-state', wires: [['states']] },
    sink('states', 'tab'),
  ]
}

async function usersOf(nodeRed, tenant) {
  tenant.graph.control.faults(undefined)
  await nodeRed.deploy([
    { id: 'tab', type: 'tab', label: 'soak' },
    demoConnection(tenant),
    source('in', 'tab', ['all']),
    {
      ...at,
      id: 'all',
      type: 'graph-odata',
      connection: 'connection',
      entity: 'users',
      select: 'id',
      wires: [['users']],
    },
    sink('users', 'tab'),
  ])
  nodeRed.send('in', {})
  const [{ payload }] = await nodeRed.received('users', 1, 30_000)
  tenant.graph.control.faults(faults)
  return payload.map(({ id }) => id)
}

async function work(nodeRed, users, round) {
  const ends = performance.now() + ROUND * 1000
  for (let turn = 0; performance.now() < ends; turn += 1) {
    for (let index = 0; index < 40; index += 1)
      nodeRed.send('in-item', { key: users[(turn * 40 + index) % users.length] })
    for (const id of ['pages', 'rows', 'mail', 'changes']) nodeRed.send(`in-${id}`, {})
    const some = users.slice((turn * 20) % 400, ((turn * 20) % 400) + 20)
    nodeRed.send('in-list', { payload: some.map((id) => ({ id, jobTitle: `Round ${round}` })) })
    nodeRed.send('in-new', { payload: { givenName: `Soak ${round}-${turn}` } })
    if (turn % 3 === 2) nodeRed.send('in-pages', { cancel: true })
    await delay(1000)
  }
}

async function stateOf(nodeRed) {
  const before = nodeRed.messages('states').length
  nodeRed.send('in-state', {})
  return (await nodeRed.received('states', before + 1)).at(-1).payload
}

/** What is allowed for: V8's own compiling and caching in memory, a socket or timer that comes and goes. */
const ALLOWED = { 'heap MB': 4, 'buffers MB': 2, sockets: 2, timers: 3, listeners: 0, handles: 3 }

function growth(states) {
  const third = Math.max(1, Math.floor(states.length / 3))
  const [first, last] = [states.slice(0, third), states.slice(-third)]
  const grown = Object.entries(ALLOWED).flatMap(([what, allowed]) => {
    const [before, after] = [first, last].map((some) => Math.min(...some.map((state) => state[what])))
    return after - before > allowed ? [`${what}: from ${before} to ${after}`] : []
  })
  return states.length < 3 ? ['too short to tell'] : grown
}
