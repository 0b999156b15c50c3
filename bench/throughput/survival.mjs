// Against the local tenant with faults of all kinds: what is read and written must be what is there.
import { createRequire } from 'node:module'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { graphOData, runBurst } from './flows.mjs'

const require = createRequire(import.meta.url)
const { startTenant } = require('../../dist/sandbox/index.js')
const { demoConnection } = require('../../dist/test/support/demo-connection.js')
const { sink, source, startNodeRed } = require('../../dist/test/support/node-red-process.js')
const { tenantDomain } = require('../../dist/sandbox/contoso/tenant.js')

const at = { z: 'tab', x: 0, y: 0 }
/** Seconds that a silent service is waited for: one of the faults is silence. */
const patient = { timeout: '2', maxRetries: '8' }
const faultsOf = (rate) => ({ rate, seed: 7, retryAfter: 0.2, slow: 300 })

/** Every row exactly once and in order. */
export async function readUnderFaults(rows, rate) {
  const tenant = await startTenant({ users: rows })
  const nodeRed = await startNodeRed()
  try {
    await nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'bench' },
      demoConnection(tenant, patient),
      source('in', 'tab', ['node']),
      {
        ...at,
        id: 'node',
        type: 'graph-odata',
        connection: 'connection',
        entity: 'users',
        select: 'id',
        pageSize: 100,
        output: 'page',
        wires: [['out']],
      },
      { ...at, id: 'catch', type: 'catch', wires: [['end']] },
      { ...at, id: 'complete', type: 'complete', scope: ['node'], wires: [['end']] },
      sink('out', 'tab'),
      sink('end', 'tab'),
    ])
    const expected = await idsIn(nodeRed)
    tenant.graph.control.faults(faultsOf(rate))
    const began = performance.now()
    const seen = await idsIn(nodeRed)
    const seconds = (performance.now() - began) / 1000
    const inOrder =
      seen.ids.length === expected.ids.length && seen.ids.every((id, index) => id === expected.ids[index])
    return {
      [`${rows} rows, ${rate * 100} % faults`]: {
        rows: seen.ids.length,
        different: new Set(seen.ids).size,
        'each once and in order': inOrder,
        ended: seen.ended,
        seconds: seconds.toFixed(1),
      },
    }
  } finally {
    await nodeRed.dispose()
    await tenant.close()
  }
}

async function idsIn(nodeRed) {
  const before = nodeRed.messages('out').length
  const ends = nodeRed.messages('end').length
  nodeRed.send('in', {})
  const [end] = (await nodeRed.received('end', ends + 1, 600_000)).slice(ends)
  const ids = nodeRed
    .messages('out')
    .slice(before)
    .flatMap(({ payload }) => payload.map(({ id }) => id))
  return { ids, ended: end.error?.code ?? 'well' }
}

/** A create that was reported as done was done once, one that failed was not done, and of no other is that unknown. */
export async function writeUnderFaults(writes, rate) {
  const tenant = await startTenant({ users: 200 })
  try {
    const origin = tenant.graph.origin
    const connection = demoConnection(tenant, patient)
    const create = graphOData({
      operation: 'create',
      key: '',
      keyType: 'str',
      body: 'payload',
      bodyType: 'msg',
    })
    tenant.graph.control.faults(faultsOf(rate))
    const { outcomes, seconds } = await runBurst({
      messages: writes,
      origin,
      node: create,
      connection,
      create: tenantDomain,
    })
    tenant.graph.control.faults(undefined)
    const made = await createdIn(tenant, writes)
    const count = { done: 0, twice: 0, unknown: 0, refused: 0, 'reported wrongly': 0 }
    const codes = new Map()
    for (const [index, outcome] of outcomes.entries()) {
      const times = made.get(index) ?? 0
      if (times > 1) count.twice += 1
      if (typeof outcome === 'number' && outcome < 300) {
        count.done += 1
        if (times !== 1) count['reported wrongly'] += 1
      } else if (outcome === 'unknown') count.unknown += 1
      else {
        count.refused += 1
        codes.set(outcome, (codes.get(outcome) ?? 0) + 1)
        if (times !== 0) count['reported wrongly'] += 1
      }
    }
    const why = [...codes].map(([code, times]) => `${code} ${times}`).join(', ')
    return { [`${writes} creates, ${rate * 100} % faults`]: { ...count, why, seconds: seconds.toFixed(1) } }
  } finally {
    await tenant.close()
  }
}

async function createdIn(tenant, writes) {
  const nodeRed = await startNodeRed()
  try {
    await nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'bench' },
      demoConnection(tenant),
      source('in', 'tab', ['node']),
      {
        ...at,
        id: 'node',
        type: 'graph-odata',
        connection: 'connection',
        entity: 'users',
        select: 'mailNickname',
        pageSize: 999,
        wires: [['out']],
      },
      sink('out', 'tab'),
    ])
    nodeRed.send('in', {})
    const [{ payload }] = await nodeRed.received('out', 1, 120_000)
    const made = new Map()
    for (const { mailNickname } of payload) {
      const index = Number(/^bench(\d+)$/.exec(mailNickname ?? '')?.[1] ?? Number.NaN)
      if (index < writes) made.set(index, (made.get(index) ?? 0) + 1)
    }
    return made
  } finally {
    await nodeRed.dispose()
  }
}

/** Tokens that live five seconds, faults, and a redeploy each ten seconds; what grows is told. */
export async function soak(minutes) {
  const tenant = await startTenant({
    users: 500,
    accessTokenLifetime: 5,
    faults: { ...faultsOf(0.05), kinds: ['429', '503', '500', '504', 'reset', 'cut', 'html-502', 'slow'] },
  })
  const nodeRed = await startNodeRed({ env: { NODE_OPTIONS: '--expose-gc' } })
  const flows = [
    { id: 'tab', type: 'tab', label: 'bench' },
    demoConnection(tenant, patient),
    source('in', 'tab', ['read', 'page']),
    source('look', 'tab', ['state']),
    {
      ...at,
      id: 'read',
      type: 'graph-odata',
      connection: 'connection',
      entity: 'users',
      key: 'key',
      keyType: 'msg',
      wires: [[]],
    },
    {
      ...at,
      id: 'page',
      type: 'graph-odata',
      connection: 'connection',
      entity: 'users',
      pageSize: 50,
      output: 'page',
      wires: [[]],
    },
    {
      ...at,
      id: 'state',
      type: 'function',
      outputs: 1,
      libs: [{ var: 'process', module: 'process' }],
      func: `if (global.get('gc')) global.get('gc')()
        const kinds = process.getActiveResourcesInfo()
        const count = (kind) => kinds.filter((one) => one === kind).length
        msg.payload = {
          megabytes: Math.round(process.memoryUsage().heapUsed / 1048576),
          sockets: count('TCPSocketWrap'),
          timers: count('Timeout'),
          listeners: process.listenerCount('warning') + process.listenerCount('uncaughtException'),
        }
        return msg`,
      wires: [['out']],
    },
    sink('out', 'tab'),
  ]
  const table = {}
  try {
    await nodeRed.deploy(flows)
    const until = performance.now() + minutes * 60_000
    for (let round = 0; performance.now() < until; round += 1) {
      for (let index = 0; index < 50; index += 1) nodeRed.send('in', { key: `user${index}@${tenantDomain}` })
      await delay(10_000)
      if (round % 6 === 0) table[`after ${Math.round((round * 10) / 60)} min`] = await look(nodeRed)
      await nodeRed.deploy(flows)
    }
    await delay(10_000)
    table['at the end'] = await look(nodeRed)
    return table
  } finally {
    await nodeRed.dispose()
    await tenant.close()
  }
}

async function look(nodeRed) {
  const before = nodeRed.messages('out').length
  nodeRed.send('look', {})
  const all = await nodeRed.received('out', before + 1)
  return all.at(-1).payload
}
