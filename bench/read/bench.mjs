import { execFile, fork } from 'node:child_process'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { libraryNames } from './contenders.mjs'
import { flowNames, runFlow } from './flows.mjs'

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    rows: { type: 'string', default: '100000' },
    names: { type: 'string', default: 'unicode,ascii' },
    only: { type: 'string', default: '' },
    memory: { type: 'string', default: '10000,500000' },
    profile: { type: 'string', default: '' },
  },
})
const runs = Number(options.runs)
const rows = Number(options.rows)
const contenders = [...flowNames, ...libraryNames].filter((name) =>
  options.only.split(',').some((part) => name.includes(part)),
)
const server = await startServer()
let ourRowsPerSecond = 20_000
try {
  console.log(`Node ${process.version}, load average ${loadavg()[0].toFixed(1)} when it began`)
  for (const names of options.names.split(',').filter(Boolean)) await compareSpeed(names)
  if (options.memory !== '') await compareMemory(options.memory.split(',').map(Number))
} finally {
  server.close()
}

async function compareSpeed(names) {
  const results = new Map(contenders.map((name) => [name, []]))
  for (let run = 1; run <= runs; run += 1) {
    for (const [name, list] of results) list.push(await read(name, rows, names))
    progress(`${names} names, run ${run} of ${runs}`)
  }
  const ours = results.get('graph odata') ?? []
  const seconds = medianOf(ours, 'seconds')
  if (ours.length > 0) ourRowsPerSecond = rows / seconds
  console.log(`${rows} rows, ${names} names, median of ${runs} interleaved runs`)
  console.table(
    Object.fromEntries(
      [...results].map(([name, list]) => [
        name,
        {
          'rows/s': Math.round(rows / medianOf(list, 'seconds')),
          'we are … times as fast': (medianOf(list, 'seconds') / seconds).toFixed(2),
          'in … of its processor time': (medianOf(ours, 'cpuSeconds') / medianOf(list, 'cpuSeconds')).toFixed(
            2,
          ),
          'processor µs/row': ((medianOf(list, 'cpuSeconds') * 1e6) / rows).toFixed(1),
          'peak MB': Math.round(medianOf(list, 'peakMegabytes')),
          'p99 event loop delay, ms': medianOf(list, 'delay99')?.toFixed(1),
          'longest, ms': medianOf(list, 'delayMost')?.toFixed(1),
        },
      ]),
    ),
  )
}

/** One run each: what counts is whether it grows with the collection. */
async function compareMemory(sizes) {
  const slow = Math.round(ourRowsPerSecond / 5)
  const cases = [
    { label: 'graph odata', name: 'graph odata' },
    { label: `graph odata, a flow that takes ${slow} rows/s`, name: 'graph odata', perSecond: slow },
    { label: 'core http request + split', name: 'core http request + split' },
  ]
  const table = {}
  for (const { label, name, perSecond } of cases.filter(({ name }) => contenders.includes(name))) {
    table[label] = {}
    for (const size of sizes) {
      const { peakMegabytes, heapMegabytes } = await read(name, size, 'unicode', { perSecond })
      table[label][`${size} rows: peak MB`] = Math.round(peakMegabytes)
      table[label][`${size} rows: heap MB`] = Math.round(heapMegabytes)
      progress(`${label}, ${size} rows`)
    }
  }
  console.log('Peak resident set and largest heap')
  console.table(table)
}

async function read(name, size, names, flow = {}) {
  const url = `http://127.0.0.1:${server.port}/${size}/${names}/v1.0/users`
  const result = flowNames.includes(name)
    ? await runFlow(name, url, size, { profile: profileOf(name), ...flow })
    : await runLibrary(name, url)
  if (result.rows !== size) throw new Error(`${name} counted ${result.rows} of ${size} rows`)
  return result
}

function profileOf(name) {
  return options.profile === '' ? undefined : join(options.profile, `${name}.cpuprofile`)
}

async function runLibrary(name, url) {
  const script = fileURLToPath(new URL('contenders.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [script, name, url])
  return JSON.parse(stdout)
}

/** In a process of its own: nobody's work is to wait for the server's. */
async function startServer() {
  const child = fork(fileURLToPath(new URL('serve.mjs', import.meta.url)))
  const port = await new Promise((resolve) => child.once('message', resolve))
  return { port, close: () => child.kill() }
}

function progress(what) {
  process.stderr.write(`${what}\n`)
}

function medianOf(results, measure) {
  const sorted = results.map((result) => result[measure]).toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)]
}
