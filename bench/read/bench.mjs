import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { libraryNames } from './contenders.mjs'
import { flowNames, runFlow } from './flows.mjs'

const contenders = fileURLToPath(new URL('contenders.mjs', import.meta.url))
const serverScript = fileURLToPath(new URL('serve.mjs', import.meta.url))
const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : Number(process.argv[at + 1])
}
const runs = option('runs', 7)
const rows = option('rows', 100_000)
const names = process.argv.includes('--ascii') ? 'ascii' : 'unicode'

const server = await startServer()
const url = `http://127.0.0.1:${server.port}/${rows}/v1.0/users`
const results = new Map([...flowNames, ...libraryNames].map((name) => [name, []]))
for (let run = 0; run < runs; run += 1) {
  for (const [name, list] of results) {
    const result = flowNames.includes(name) ? await runFlow(name, url, rows) : await runLibrary(name)
    if (result.rows !== rows) throw new Error(`${name} counted ${result.rows} of ${rows} rows`)
    list.push(result)
  }
  process.stderr.write(`run ${run + 1} of ${runs}\n`)
}
server.close()
report()

async function runLibrary(name) {
  const { stdout } = await promisify(execFile)(process.execPath, [contenders, name, url])
  return JSON.parse(stdout)
}

/** In a process of its own: nobody's work is to wait for the server's. */
async function startServer() {
  const { fork } = await import('node:child_process')
  const child = fork(serverScript, [names])
  const port = await new Promise((resolve) => child.once('message', resolve))
  return { port, close: () => child.kill() }
}

function report() {
  const ours = median(results.get('graph odata').map(({ seconds }) => seconds))
  const table = [...results].map(([name, list]) => {
    const seconds = median(list.map((result) => result.seconds))
    return {
      contender: name,
      'rows/s': Math.round(rows / seconds),
      'we are … times as fast': (seconds / ours).toFixed(2),
      'peak MB': Math.round(median(list.map(({ peakMegabytes }) => peakMegabytes))),
    }
  })
  console.log(`${rows} rows, ${names}, median of ${runs} interleaved runs, Node ${process.version}`)
  console.table(table)
}

function median(values) {
  const sorted = values.toSorted((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)]
}
