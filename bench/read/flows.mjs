// The contenders that run on the real Node-RED runtime: a flow each, which ends in the same counting node.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { functionNode, sink, source, startNodeRed } = require('../../dist/test/support/node-red-process.js')

const at = { z: 'tab', x: 0, y: 0 }
const libs = [
  { var: 'hooks', module: 'perf_hooks' },
  { var: 'proc', module: 'process' },
]

/** Counts to `rows`, then tells how long it took and how much memory. */
const counter = (rows) =>
  functionNode('count', 'tab', {
    func: `const seen = (context.get('seen') ?? 0) + 1
      context.set('seen', seen)
      if (seen < ${rows}) return null
      const seconds = (hooks.performance.now() - msg.began) / 1000
      return { rows: seen, seconds, peakMegabytes: proc.resourceUsage().maxRSS / 1024 }`,
    libs,
    outputs: 1,
    wires: [['end']],
  })

const begin = (wire) =>
  functionNode('begin', 'tab', {
    func: 'msg.began = hooks.performance.now(); return msg',
    libs,
    outputs: 1,
    wires: [[wire]],
  })

const flows = {
  'graph odata': (url) => [
    {
      id: 'connection',
      type: 'graph-connection',
      cloud: 'custom',
      grantType: 'none',
      serviceUrl: url.replace(/\/users$/, ''),
    },
    begin('read'),
    {
      ...at,
      id: 'read',
      type: 'graph-odata',
      connection: 'connection',
      entity: 'users',
      output: 'item',
      wires: [['count']],
    },
  ],
  'core http request + split': (url) => [
    begin('ask'),
    functionNode('ask', 'tab', {
      func: `msg.url = msg.url ?? '${url}'; return msg`,
      outputs: 1,
      wires: [['http']],
    }),
    { ...at, id: 'http', type: 'http request', method: 'GET', ret: 'obj', url: '', wires: [['page']] },
    functionNode('page', 'tab', {
      func: `const next = msg.payload['@odata.nextLink']
        const rows = { ...msg, payload: msg.payload.value }
        return [rows, next === undefined ? null : { began: msg.began, url: next }]`,
      outputs: 2,
      wires: [['split'], ['ask']],
    }),
    { ...at, id: 'split', type: 'split', arraySplt: 1, arraySpltType: 'len', wires: [['count']] },
  ],
}

export const flowNames = Object.keys(flows)

export async function runFlow(name, url, rows) {
  const nodeRed = await startNodeRed({ settings: { functionExternalModules: true } })
  try {
    await nodeRed.deploy([
      { id: 'tab', type: 'tab', label: name },
      source('in', 'tab', ['begin']),
      ...flows[name](url),
      counter(rows),
      sink('end', 'tab'),
    ])
    nodeRed.send('in', {})
    const [result] = await nodeRed.received('end', 1, 300_000)
    return result
  } finally {
    await nodeRed.dispose()
  }
}
