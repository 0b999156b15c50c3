// What one request costs by whatever sends it: why axios has an adapter of our own. Run as a process:
// `adapters.mjs <name> <origin> <count> <concurrency>`.
import { execFile } from 'node:child_process'
import { Agent as HttpAgent, get } from 'node:http'
import { createRequire } from 'node:module'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const require = createRequire(import.meta.url)
const headers = { accept: 'application/json', authorization: 'Bearer token' }

/** Each gives a function that gets an address as text, and one that closes. */
const senders = {
  'axios, its own http adapter': async (connections) => {
    const axios = require('axios')
    const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: connections })
    const client = axios.create({ httpAgent, headers, responseType: 'text', transformResponse: [] })
    return { ask: async (url) => (await client.get(url)).data, close: () => httpAgent.destroy() }
  },
  'axios, our adapter': async () => {
    const { createTransport } = require('../../dist/nodes/lib/http/transport.js')
    const transport = createTransport()
    const { signal } = new AbortController()
    const common = {
      method: 'GET',
      headers: new Map(Object.entries(headers)),
      timeout: 60_000,
      maxResponseSize: 1e6,
    }
    return {
      ask: async (url) => (await transport.send({ ...common, url, signal })).body.toString(),
      close: () => transport.close(),
    }
  },
  'node:http': async (connections) => {
    const agent = new HttpAgent({ keepAlive: true, maxSockets: connections })
    const ask = async (url) =>
      new Promise((resolve, reject) => {
        get(url, { agent, headers }, (response) => {
          const chunks = []
          response.on('data', (chunk) => chunks.push(chunk))
          response.on('end', () => resolve(Buffer.concat(chunks).toString()))
        }).on('error', reject)
      })
    return { ask, close: () => agent.destroy() }
  },
  undici: async (connections) => {
    const { Agent, request } = await import('undici')
    const dispatcher = new Agent({ connections })
    return {
      ask: async (url) => (await request(url, { dispatcher, headers })).body.text(),
      close: () => dispatcher.close(),
    }
  },
}

/** Processor time of a request in microseconds, one at a time and twenty at a time. */
export async function adapters(origin) {
  const table = Object.fromEntries(Object.keys(senders).map((name) => [name, {}]))
  for (const [concurrency, count] of [
    [1, 1500],
    [20, 10_000],
  ]) {
    const costs = new Map(Object.keys(senders).map((name) => [name, []]))
    for (let round = 0; round < 3; round += 1) {
      for (const [name, all] of costs) all.push(await run(name, origin, count, concurrency))
    }
    for (const [name, all] of costs) table[name][`CPU µs, ${concurrency} at a time`] = median(all).toFixed(0)
  }
  return table
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

async function run(name, origin, count, concurrency) {
  const file = fileURLToPath(import.meta.url)
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [file, name, origin, count, concurrency].map(String),
  )
  return JSON.parse(stdout).microseconds
}

async function ask(send, origin, count, concurrency) {
  let left = count
  const worker = async () => {
    for (; left > 0;) {
      left -= 1
      JSON.parse(await send(`${origin}/v1.0/users/item-${left}`))
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , name, origin, count, concurrency] = process.argv
  const sender = await senders[name](Number(concurrency))
  // Warm: what is compiled by then is compiled for all.
  await ask(sender.ask, origin, 500, Number(concurrency))
  const cpu = process.cpuUsage()
  const began = performance.now()
  await ask(sender.ask, origin, Number(count), Number(concurrency))
  const { user, system } = process.cpuUsage(cpu)
  await sender.close()
  const seconds = (performance.now() - began) / 1000
  console.log(JSON.stringify({ microseconds: (user + system) / Number(count), seconds }))
}
