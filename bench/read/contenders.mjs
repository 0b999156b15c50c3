// Each reads a collection to its end and counts the rows. Run as a process: `contenders.mjs <name> <url>`.
import { performance } from 'node:perf_hooks'

const libraries = {
  'bare loop (undici)': async (url) => {
    const { Agent, request } = await import('undici')
    const dispatcher = new Agent()
    const seconds = timer()
    let rows = 0
    for (let next = url; next !== undefined;) {
      const { body } = await request(next, { dispatcher })
      const page = JSON.parse(await body.text())
      for (const _ of page.value) rows += 1
      next = page['@odata.nextLink']
    }
    const elapsed = seconds()
    await dispatcher.close()
    return { rows, seconds: elapsed }
  },
  "Microsoft's client": async (url) => {
    const { Client, PageIterator } = await import('@microsoft/microsoft-graph-client')
    const { host, pathname } = new URL(url)
    const plainFetch = globalThis.fetch
    globalThis.fetch = (address, init) => plainFetch(address.replace(/^https:/, 'http:'), init)
    const client = Client.init({
      baseUrl: `https://${host}${pathname.replace(/^\/(\d+)(.*)\/v1.0\/users$/, '/$1-https$2')}`,
      customHosts: new Set([host]),
      authProvider: (done) => done(null, 'token'),
    })
    const seconds = timer()
    let rows = 0
    const iterator = new PageIterator(client, await client.api('/users').get(), () => {
      rows += 1
      return true
    })
    await iterator.iterate()
    return { rows, seconds: seconds() }
  },
  PnPjs: async (url) => {
    const { GraphCollection } = await import('@pnp/graph')
    const { BrowserFetch, DefaultParse, RejectOnError, ResolveOnData } = await import('@pnp/queryable')
    const query = GraphCollection(url).using(BrowserFetch(), DefaultParse(), ResolveOnData(), RejectOnError())
    const seconds = timer()
    let rows = 0
    for await (const page of query) {
      for (const _ of page) rows += 1
    }
    return { rows, seconds: seconds() }
  },
}

function timer() {
  const started = performance.now()
  return () => (performance.now() - started) / 1000
}

export const libraryNames = Object.keys(libraries)

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [, , name, url] = process.argv
  const cpu = process.cpuUsage()
  const result = await libraries[name](url)
  const { user, system } = process.cpuUsage(cpu)
  const peakMegabytes = process.resourceUsage().maxRSS / 1024
  console.log(JSON.stringify({ ...result, cpuSeconds: (user + system) / 1e6, peakMegabytes }))
}
