// Hand-written clients to compare with. Run as a process: `clients.mjs <name> <origin> <count>`.
import { createRequire } from 'node:module'
import { performance } from 'node:perf_hooks'

const require = createRequire(import.meta.url)

async function undici(connections) {
  const { Agent, request } = await import('undici')
  const dispatcher = new Agent({ connections })
  return {
    request: (url, options) => request(url, { dispatcher, ...options }),
    close: () => dispatcher.close(),
  }
}

const clients = {
  /** The best that one can write by hand: twenty in a batch, four batches in flight. */
  'hand-written batches': async (origin, count) => {
    const { request, close } = await undici(4)
    const ids = Array.from({ length: count }, (_, index) => index)
    const worker = async () => {
      for (let part = ids.splice(0, 20); part.length > 0; part = ids.splice(0, 20)) {
        const requests = part.map((id, index) => ({
          id: String(index),
          method: 'GET',
          url: `/users/item-${id}`,
        }))
        const { body } = await request(`${origin}/v1.0/$batch`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ requests }),
        })
        await body.json()
      }
    }
    await Promise.all([worker(), worker(), worker(), worker()])
    await close()
  },
  'one after another (undici)': async (origin, count) => {
    const { request, close } = await undici(1)
    const headers = { accept: 'application/json', authorization: 'Bearer token' }
    for (let index = 0; index < count; index += 1) {
      const { body } = await request(`${origin}/v1.0/users/item-${index}`, { headers })
      JSON.parse(await body.text())
    }
    await close()
  },
  'one after another (graph odata)': async (origin, count) => {
    const { createGraphClient } = require('../../dist/nodes/lib/graph-client.js')
    const { openSettings } = require('../../dist/test/support/settings.js')
    const { read } = require('../../dist/test/support/read-request.js')
    const settings = openSettings(`${origin}/v1.0`, { batch: 'auto', maxRetries: 5 })
    const tokens = { get: async () => ({ value: 'token', expiresAt: undefined }), reject: () => {} }
    const client = createGraphClient({ settings, tokens, trace: () => {} })
    for (let index = 0; index < count; index += 1) {
      const answers = client.read(read(`users/item-${index}`), { signal: new AbortController().signal })
      for await (const { value } of answers) if (value === undefined) throw new Error('no item')
    }
    client.close()
  },
}

const [, , name, origin, count] = process.argv
// Warm: what is compiled by then is compiled for all.
await clients[name](origin, Math.min(200, Number(count)))
const cpu = process.cpuUsage()
const began = performance.now()
await clients[name](origin, Number(count))
const seconds = (performance.now() - began) / 1000
const { user, system } = process.cpuUsage(cpu)
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6 }))
