// The contenders that run on the real Node-RED runtime: a flow each, which ends in the same counting node.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const { functionNode, sink, source, startNodeRed } = require('../../dist/test/support/node-red-process.js')

const nodesDir = fileURLToPath(new URL('nodes', import.meta.url))
const at = { z: 'tab', x: 0, y: 0 }

const graphOData = (properties) => ({
  first: 'read',
  nodes: (url) => [
    {
      id: 'connection',
      type: 'graph-connection',
      cloud: 'custom',
      grantType: 'none',
      serviceUrl: url.replace(/\/users$/, ''),
    },
    {
      ...at,
      id: 'read',
      type: 'graph-odata',
      connection: 'connection',
      entity: 'users',
      output: 'item',
      wires: [['count']],
      ...properties,
    },
  ],
})

const flows = {
  'graph odata': graphOData({}),
  'graph odata, inFlight off': graphOData({ inFlight: 0 }),
  'core http request + split': {
    first: 'ask',
    nodes: (url) => [
      functionNode('ask', 'tab', {
        func: `msg.url = msg.url ?? '${url}'; return msg`,
        outputs: 1,
        wires: [['http']],
      }),
      { ...at, id: 'http', type: 'http request', method: 'GET', ret: 'obj', url: '', wires: [['page']] },
      functionNode('page', 'tab', {
        func: `const next = msg.payload['@odata.nextLink']
          const rows = { ...msg, payload: msg.payload.value }
          return [rows, next === undefined ? null : { url: next }]`,
        outputs: 2,
        wires: [['split'], ['ask']],
      }),
      { ...at, id: 'split', type: 'split', arraySplt: 1, arraySpltType: 'len', wires: [['count']] },
    ],
  },
}

export const flowNames = Object.keys(flows)

/**
 * Reads `rows` rows of `url` in a Node-RED of its own.
 *
 * @param perSecond how many messages the flow behind takes in a second; undefined: as many as come.
 * @param profile a file for V8's profile of the read.
 * @returns seconds, peak resident set and heap in MB, 99th percentile and maximum of the event loop's delay in ms.
 */
export async function runFlow(name, url, rows, { perSecond, profile } = {}) {
  const nodeRed = await startNodeRed({ settings: { nodesDir } })
  try {
    const { first, nodes } = flows[name]
    await nodeRed.deploy([
      { id: 'tab', type: 'tab', label: name },
      source('in', 'tab', ['begin']),
      { ...at, id: 'begin', type: 'bench-begin', profile, wires: [[first]] },
      ...nodes(url),
      { ...at, id: 'count', type: 'bench-count', rows, perSecond, wires: [['end']] },
      sink('end', 'tab'),
    ])
    nodeRed.send('in', {})
    const [{ payload }] = await nodeRed.received('end', 1, 600_000)
    return payload
  } finally {
    await nodeRed.dispose()
  }
}
