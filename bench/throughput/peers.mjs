// What others do with a long read that breaks. Run as a process: `peers.mjs <name> <origin> <token>`; says the ids of the
// rows that came, and what ended it.
import { performance } from 'node:perf_hooks'

const query = '/v1.0/users?$select=id&$top=100'

const peers = {
  'bare loop (undici)': async (origin, token, take) => {
    const { request } = await import('undici')
    for (let next = origin + query; next !== undefined;) {
      const { body, statusCode } = await request(next, { headers: { authorization: `Bearer ${token}` } })
      const page = await body.json()
      if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`)
      take(page.value)
      next = page['@odata.nextLink']
    }
  },
  /** With the middleware that it comes with: three repeats of 429, 503 and 504. It takes https only. */
  "Microsoft's client": async (origin, token, take) => {
    const { Client, PageIterator } = await import('@microsoft/microsoft-graph-client')
    const { host, hostname } = new URL(origin)
    const plainFetch = globalThis.fetch
    globalThis.fetch = (address, init) => plainFetch(address.replace(/^https:/, 'http:'), init)
    const client = Client.init({
      baseUrl: `https://${host}`,
      customHosts: new Set([host, hostname]),
      authProvider: (done) => done(null, token),
    })
    const first = await client.api(`https://${host}${query}`).get()
    const iterator = new PageIterator(client, first, (row) => {
      take([row])
      return true
    })
    await iterator.iterate()
  },
  /** With three repeats, as its own defaults have it. */
  PnPjs: async (origin, token, take) => {
    const { GraphCollection } = await import('@pnp/graph')
    const { BrowserFetchWithRetry, DefaultParse, InjectHeaders, RejectOnError, ResolveOnData } =
      await import('@pnp/queryable')
    const users = GraphCollection(origin + query).using(
      InjectHeaders({ Authorization: `Bearer ${token}` }),
      BrowserFetchWithRetry(),
      DefaultParse(),
      ResolveOnData(),
      RejectOnError(),
    )
    for await (const page of users) take(page)
  },
}

export const peerNames = Object.keys(peers)

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [, , name, origin, token] = process.argv
  const ids = []
  const began = performance.now()
  const take = (rows) => {
    for (const { id } of rows) ids.push(id)
  }
  const ended = await peers[name](origin, token, take).then(
    () => 'well',
    (error) =>
      `${error.code ?? error.name} ${error.statusCode ?? error.status ?? error.message}`.slice(0, 60),
  )
  // Exit only when all of it has left: a pipe takes it piece by piece.
  const result = JSON.stringify({ ids, ended, seconds: (performance.now() - began) / 1000 })
  process.stdout.write(result, () => process.exit())
}
