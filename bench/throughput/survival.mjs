// Against the local tenant with faults of all kinds: what is read and written must be what is there.
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { graphOData, runBurst } from './flows.mjs'
import { peerNames } from './peers.mjs'

const require = createRequire(import.meta.url)
const { faultNames } = require('../../dist/sandbox/graph/faults.js')
const { startTenant } = require('../../dist/sandbox/index.js')
const { demoConnection } = require('../../dist/test/support/demo-connection.js')
const { sink, source, startNodeRed } = require('../../dist/test/support/node-red-process.js')
const { tenantDomain } = require('../../dist/sandbox/contoso/tenant.js')

const at = { z: 'tab', x: 0, y: 0 }
/** Seconds that a silent service is waited for: one of the faults is silence. */
const patient = { timeout: '2', maxRetries: '8' }
const faultsOf = (rate) => ({ rate, seed: 7, retryAfter: 0.2, slow: 300 })

/** Every row exactly once and in order; and what others make of the same faults. */
export async function readUnderFaults(rows, rate) {
  const tenant = await startTenant({ users: rows })
  const nodeRed = await startNodeRed()
  const { control } = tenant.graph
  const row = (expected, { ids, ended, seconds }) => ({
    rows: ids.length,
    different: new Set(ids).size,
    'each once and in order':
      ids.length === expected.length && ids.every((id, index) => id === expected[index]),
    ended,
    seconds: seconds.toFixed(1),
  })
  try {
    await nodeRed.deploy(pagedRead(tenant))
    const { ids: expected } = await idsIn(nodeRed)
    const underFaults = async (read, kinds = faultNames) => {
      control.faults({ ...faultsOf(rate), kinds })
      try {
        return row(expected, await read())
      } finally {
        control.faults(undefined)
        control.rewriteLink = undefined
      }
    }
    const table = { 'graph odata': await underFaults(async () => idsIn(nodeRed)) }
    // They are given a token and cannot get another.
    const kinds = faultNames.filter((name) => name !== '401')
    for (const name of peerNames) {
      const token = await tokenOf(tenant)
      // It takes https only.
      if (name.startsWith('Microsoft')) control.rewriteLink = (link) => link.replace(/^http:/, 'https:')
      table[name] = await underFaults(async () => peer(name, tenant.graph.origin, token), kinds)
    }
    return table
  } finally {
    await nodeRed.dispose()
    await tenant.close()
  }
}

function pagedRead(tenant) {
  return [
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
  ]
}

async function peer(name, origin, token) {
  const file = fileURLToPath(new URL('peers.mjs', import.meta.url))
  const run = promisify(execFile)(process.execPath, [file, name, origin, token], {
    maxBuffer: 100e6,
    timeout: 300_000,
  })
  // Some wait for ever for a body that has stalled.
  const { stdout } = await run.catch(() => ({
    stdout: '{"ids":[],"ended":"nothing for 300 s","seconds":300}',
  }))
  return JSON.parse(stdout)
}

async function tokenOf(tenant) {
  const { tokenUrl, clientId, credentials } = demoConnection(tenant)
  const { clientSecret, username, password } = credentials
  const body = new URLSearchParams({
    grant_type: 'password',
    client_id: clientId,
    client_secret: clientSecret,
    username,
    password,
    scope: `${tenant.graph.origin}/.default`,
  })
  const { access_token: token } = await (await fetch(tokenUrl, { method: 'POST', body })).json()
  return token
}

async function idsIn(nodeRed) {
  const began = performance.now()
  const before = nodeRed.messages('out').length
  const ends = nodeRed.messages('end').length
  nodeRed.send('in', {})
  const [end] = (await nodeRed.received('end', ends + 1, 600_000)).slice(ends)
  const ids = nodeRed
    .messages('out')
    .slice(before)
    .flatMap(({ payload }) => payload.map(({ id }) => id))
  return { ids, ended: end.error?.code ?? 'well', seconds: (performance.now() - began) / 1000 }
}

/** A create that was reported as done was done once, one that failed was not done, and of no other is that unknown. */
export async function createUnderFaults(writes, rate) {
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

/**
 * Updates of 500 users in turn: each may be repeated, so that all are done, and each user ends as the last update of it
 * wants it.
 */
export async function updateUnderFaults(writes, rate) {
  const users = 500
  const tenant = await startTenant({ users })
  try {
    const { control, origin } = tenant.graph
    const ids = (await usersIn(tenant, 'id')).map(({ id }) => id)
    control.faults(faultsOf(rate))
    const { outcomes, seconds } = await runBurst({
      messages: writes,
      origin,
      node: graphOData({
        operation: 'update',
        key: 'target',
        keyType: 'msg',
        body: 'payload',
        bodyType: 'msg',
      }),
      connection: demoConnection(tenant, patient),
      ids,
    })
    control.faults(undefined)
    const count = { done: 0, unknown: 0, refused: 0, 'users that end wrong': 0 }
    for (const outcome of outcomes) {
      if (typeof outcome === 'number' && outcome < 300) count.done += 1
      else count[outcome === 'unknown' ? 'unknown' : 'refused'] += 1
    }
    const names = new Map(
      (await usersIn(tenant, 'id,displayName')).map(({ id, displayName }) => [id, displayName]),
    )
    for (const [place, id] of ids.entries()) {
      const last = writes - 1 - ((writes - 1 - place) % ids.length)
      // An update of which nobody knows, or that was refused, does not say how its user ends.
      const known = typeof outcomes[last] === 'number'
      if (known && names.get(id) !== `Item ${last}`) count['users that end wrong'] += 1
    }
    return { [`${writes} updates, ${rate * 100} % faults`]: { ...count, seconds: seconds.toFixed(1) } }
  } finally {
    await tenant.close()
  }
}

/** How often each create was done. */
async function createdIn(tenant, writes) {
  const made = new Map()
  for (const { mailNickname } of await usersIn(tenant, 'mailNickname')) {
    const index = Number(/^bench(\d+)$/.exec(mailNickname ?? '')?.[1] ?? Number.NaN)
    if (index < writes) made.set(index, (made.get(index) ?? 0) + 1)
  }
  return made
}

async function usersIn(tenant, select) {
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
        select,
        pageSize: 999,
        wires: [['out']],
      },
      sink('out', 'tab'),
    ])
    nodeRed.send('in', {})
    const [{ payload }] = await nodeRed.received('out', 1, 120_000)
    return payload
  } finally {
    await nodeRed.dispose()
  }
}
