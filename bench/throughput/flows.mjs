// Flows on the real Node-RED runtime: a burst of messages, the node that is measured, and a tally behind it.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const { sink, source, startNodeRed } = require('../../dist/test/support/node-red-process.js')

const nodesDir = fileURLToPath(new URL('nodes', import.meta.url))
const at = { z: 'tab', x: 0, y: 0 }

/** A connection to a service that is open to all. */
export const openConnection = (origin, changes = {}) => ({
  id: 'connection',
  type: 'graph-connection',
  cloud: 'custom',
  grantType: 'none',
  serviceUrl: `${origin}/v1.0`,
  ...changes,
})

export const graphOData = (properties) => ({
  ...at,
  id: 'node',
  type: 'graph-odata',
  connection: 'connection',
  entity: 'users',
  key: 'key',
  keyType: 'msg',
  wires: [['tally']],
  ...properties,
})

export const coreRequest = {
  ...at,
  id: 'node',
  type: 'http request',
  method: 'GET',
  ret: 'obj',
  url: '',
  wires: [['tally']],
}

/**
 * @param warmUp messages that go before, so that what is measured is not the compiler; `onWarm` is awaited after them.
 * @returns seconds, CPU seconds, and for each message a status, an error's code or `unknown`.
 */
export async function runBurst(options) {
  const { messages, node, connection, origin, create, ids, warmUp = 0, onWarm, patience = 600_000 } = options
  const nodeRed = await startNodeRed({ settings: { nodesDir } })
  try {
    await nodeRed.deploy([
      { id: 'tab', type: 'tab', label: 'bench' },
      ...(connection === undefined ? [] : [connection]),
      source('in', 'tab', ['burst']),
      { ...at, id: 'burst', type: 'bench-burst', create, ids, wires: [['node']] },
      node,
      { ...at, id: 'catch', type: 'catch', scope: ['node'], wires: [['tally']] },
      { ...at, id: 'tally', type: 'bench-tally', wires: [['end']] },
      sink('end', 'tab'),
    ])
    const bursts = warmUp > 0 ? [warmUp, messages] : [messages]
    for (const [index, size] of bursts.entries()) {
      if (index > 0) await onWarm?.()
      nodeRed.send('in', { origin: `${origin}/v1.0`, messages: size })
      await nodeRed.received('end', index + 1, patience)
    }
    return nodeRed.messages('end').at(-1).payload
  } finally {
    await nodeRed.dispose()
  }
}
