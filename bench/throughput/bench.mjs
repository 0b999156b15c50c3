import { execFile, fork } from 'node:child_process'
import { loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { coreRequest, graphOData, openConnection, runBurst } from './flows.mjs'
import { adapters } from './adapters.mjs'
import { soak } from './soak.mjs'
import { createUnderFaults, readUnderFaults, updateUnderFaults } from './survival.mjs'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'reads,limit,rows,writes,single,adapters' },
    rows: { type: 'string', default: '100000' },
    writes: { type: 'string', default: '10000' },
    faults: { type: 'string', default: '0.02,0.1' },
    minutes: { type: 'string', default: '10' },
  },
})
const parts = {
  reads: async () => {
    for (const latency of [30, 80]) await keyedReads(latency)
  },
  limit: underALimit,
  single: singleRequests,
  rows: async () => {
    for (const rate of options.faults.split(',')) {
      const table = await readUnderFaults(Number(options.rows), Number(rate))
      console.log(`${options.rows} rows, 100 a page, ${Number(rate) * 100} % faults`)
      console.table(table)
    }
  },
  writes: async () => {
    console.table(await createUnderFaults(Number(options.writes), 0.1))
    console.table(await updateUnderFaults(Number(options.writes), 0.1))
  },
  adapters: async () => {
    await service.configure({ latency: 0 })
    console.log('A bare GET through a kept connection, by what sends it, median of 3 interleaved runs')
    console.table(await adapters(service.origin))
  },
  soak: async () => {
    const { states, done, grown } = await soak(Number(options.minutes))
    console.table(states)
    console.table(done)
    console.log(grown.length === 0 ? 'Nothing has grown.' : `Has grown: ${grown.join('; ')}`)
    if (grown.length > 0) process.exitCode = 1
  },
}

const service = await startService()
try {
  console.log(`Node ${process.version}, load average ${loadavg()[0].toFixed(1)} when it began`)
  for (const name of options.only.split(',')) await parts[name]()
} finally {
  service.close()
}

async function keyedReads(latency) {
  const messages = 1000
  const { origin } = service
  const node = graphOData({ operation: 'read' })
  // As the clients are that it is compared with.
  const warm = { warmUp: 200, onWarm: async () => service.configure({ latency }) }
  const contenders = {
    'graph odata': async () =>
      runBurst({ messages, origin, node, connection: openConnection(origin), ...warm }),
    'core http request': async () => runBurst({ messages, origin, node: coreRequest, ...warm }),
    'hand-written batches': async () => client('hand-written batches', messages),
    // A tenth of them: each takes the same time.
    'one after another (undici)': async () =>
      times(10, await client('one after another (undici)', messages / 10)),
  }
  const rounds = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 0; round < 3; round += 1) {
    for (const [name, run] of Object.entries(contenders)) {
      // It takes half a minute, and what it waits for is the latency alone.
      if (round > 0 && name.startsWith('one')) continue
      await service.configure({ latency })
      const { seconds } = await run()
      rounds[name].push({ seconds, seen: await service.seen() })
    }
  }
  const results = Object.fromEntries(
    Object.entries(rounds).map(([name, runs]) => [name, median(runs, 'seconds')]),
  )
  const best = results['hand-written batches'].seconds
  console.log(`${messages} keyed reads at once, ${latency} ms latency, median of 3 interleaved runs`)
  console.table(
    Object.fromEntries(
      Object.entries(results).map(([name, { seconds, seen }]) => [
        name,
        {
          seconds: seconds.toFixed(3),
          'times the best batches': (seconds / best).toFixed(2),
          'we are … times as fast': (seconds / results['graph odata'].seconds).toFixed(1),
          ...(name.startsWith('one') || name.startsWith('hand')
            ? {}
            : { 'HTTP requests': seen.requests, connections: seen.mostOpen }),
        },
      ]),
    ),
  )
}

async function underALimit() {
  const [messages, rate, burst] = [2000, 100, 200]
  const bound = (messages - burst) / rate
  const table = {}
  for (const latency of [30, 80]) {
    await service.configure({ latency, rate, burst })
    const node = graphOData({ operation: 'update', body: 'payload', bodyType: 'msg' })
    const { origin } = service
    const { seconds, outcomes } = await runBurst({
      messages,
      origin,
      node,
      connection: openConnection(origin),
    })
    const { parts: sent, refused, requests } = await service.seen()
    table[`${latency} ms latency`] = {
      seconds: seconds.toFixed(2),
      'times the bound': (seconds / bound).toFixed(3),
      'refused (429)': refused,
      'refused, %': ((100 * refused) / sent).toFixed(2),
      'HTTP requests': requests,
      written: outcomes.filter((status) => status === 204).length,
    }
  }
  console.log(`${messages} updates at once against ${rate} requests/s, ${burst} at once: at best ${bound} s`)
  console.table(table)
}

async function singleRequests() {
  await service.configure({ latency: 0 })
  const count = 5000
  const rounds = { undici: [], ours: [] }
  for (let round = 0; round < 3; round += 1) {
    rounds.undici.push(await client('one after another (undici)', count))
    rounds.ours.push(await client('one after another (graph odata)', count))
  }
  const [undici, ours] = [median(rounds.undici), median(rounds.ours)]
  console.log('A single request through an idle connection, median of 3 interleaved runs')
  console.table({
    undici: { 'CPU µs': per(undici.cpuSeconds), 'time µs': per(undici.seconds) },
    'graph odata': { 'CPU µs': per(ours.cpuSeconds), 'time µs': per(ours.seconds) },
    ratio: {
      'CPU µs': (ours.cpuSeconds / undici.cpuSeconds).toFixed(2),
      'time µs': (ours.seconds / undici.seconds).toFixed(2),
    },
  })

  function per(seconds) {
    return ((seconds * 1e6) / count).toFixed(0)
  }
}

function median(results, by = 'cpuSeconds') {
  return results.toSorted((a, b) => a[by] - b[by])[Math.floor(results.length / 2)]
}

function times(factor, { seconds, cpuSeconds }) {
  return { seconds: seconds * factor, cpuSeconds: cpuSeconds * factor }
}

async function client(name, count) {
  const file = fileURLToPath(new URL('clients.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [file, name, service.origin, String(count)])
  return JSON.parse(stdout)
}

async function startService() {
  const child = fork(fileURLToPath(new URL('service.mjs', import.meta.url)))
  const answer = async () => new Promise((resolve) => child.once('message', resolve))
  const { port } = await answer()
  const ask = async (message) => {
    child.send(message)
    return (await answer()).seen
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    configure: async (options) => ask({ ask: 'configure', options }),
    seen: async () => ask({ ask: 'seen' }),
    close: () => child.disconnect(),
  }
}
