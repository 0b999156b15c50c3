// A large file up and down through Node-RED while the connection breaks: byte for byte the same, in how much memory.
import { createCipheriv, createHash } from 'node:crypto'
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const require = createRequire(import.meta.url)
const { startTenant } = require('../../dist/sandbox/index.js')
const { demoConnection } = require('../../dist/test/support/demo-connection.js')
const { sink, source, startNodeRed } = require('../../dist/test/support/node-red-process.js')

const { values: options } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1000' },
    cuts: { type: 'string', default: '3' },
  },
})
const size = Number(options.megabytes) * 1e6
const cuts = Number(options.cuts)
/** The node's own. */
const rangeSize = 32 * 327_680

const folder = mkdtempSync(join(tmpdir(), 'bench-files-'))
const original = join(folder, 'original.bin')
const copy = join(folder, 'copy.bin')
const nodesDir = fileURLToPath(new URL('nodes', import.meta.url))

const { bavail, bsize } = statfsSync(folder)
// The source, the tenant's and the copy.
if (bavail * bsize < 3.5 * size) throw new Error('There is not enough room on the disk')
const tenant = await startTenant({ users: 10 })
let nodeRed
try {
  const sha256 = await writeSource()
  const { control } = tenant.graph
  const ranges = Math.ceil(size / rangeSize)
  const results = {}

  nodeRed = await startNodeRed({ settings: { nodesDir } })
  for (let cut = 0; cut < cuts; cut += 1) {
    control.cutNext('upload', Infinity, Math.floor(ranges / (cuts + 1)))
    control.cutNext('upload', rangeSize / 2)
  }
  const up = await transfer('upload', { file: original, conflict: 'replace' })
  const { sha256Hash } = up.payload.file.hashes
  results.upload = row(up, sha256Hash.toLowerCase() === sha256, broken('PUT', '/upload/'))
  await nodeRed.dispose()

  control.requests.length = 0
  nodeRed = await startNodeRed({ settings: { nodesDir } })
  control.cutNext('download', Math.floor(size / (cuts + 1)), cuts)
  const down = await transfer('download', { as: 'file', file: copy })
  results.download = row(down, (await hashOf(copy)) === sha256, broken('GET', '/download/'))

  console.log(`${size / 1e6} MB, ${cuts} times cut; Node ${process.version}`)
  console.table(results)

  function broken(method, path) {
    const asked = control.requests.filter(
      (seen) => seen.method === method && seen.url.startsWith(path),
    ).length
    return asked - (method === 'PUT' ? ranges : 1)
  }
} finally {
  await nodeRed?.dispose()
  await tenant.close()
  rmSync(folder, { recursive: true, force: true })
}

function row({ seconds, idle, peak, settled }, identical, repeats) {
  return {
    seconds: seconds.toFixed(1),
    'MB/s': Math.round(size / 1e6 / seconds),
    'idle MB': Math.round(idle),
    'peak MB': Math.round(peak),
    'above idle': Math.round(peak - idle),
    'after it': Math.round(settled),
    'parts sent again': repeats,
    'SHA-256': identical ? 'identical' : 'DIFFERENT',
  }
}

/** One message through the node in a Node-RED that has done nothing else. */
async function transfer(operation, properties) {
  const at = { z: 'tab', x: 0, y: 0 }
  await nodeRed.deploy([
    { id: 'tab', type: 'tab', label: operation },
    demoConnection(tenant),
    source('in', 'tab', ['begin']),
    { ...at, id: 'begin', type: 'bench-memory', action: 'begin', wires: [['node']] },
    {
      ...at,
      id: 'node',
      type: 'graph-odata',
      connection: 'connection',
      operation,
      entity: 'me/drive/root:/bench.bin:',
      ...properties,
      wires: [['end']],
    },
    { ...at, id: 'end', type: 'bench-memory', action: 'end', wires: [['out']] },
    { ...at, id: 'catch', type: 'catch', scope: ['node'], wires: [['out']] },
    sink('out', 'tab'),
  ])
  await wait(3000)
  const began = performance.now()
  nodeRed.send('in', {})
  const [{ payload, memory, error }] = await nodeRed.received('out', 1, 900_000)
  if (error !== undefined) throw new Error(`${operation}: ${JSON.stringify(error)}`)
  return { payload, seconds: (performance.now() - began) / 1000, ...memory }
}

/** Bytes that no compression makes smaller, the same each time. */
async function writeSource() {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16))
  const hash = createHash('sha256')
  const zeros = Buffer.alloc(1e6)
  const bytes = function* () {
    for (let left = size; left > 0; left -= zeros.length) {
      const piece = cipher.update(zeros.subarray(0, Math.min(left, zeros.length)))
      hash.update(piece)
      yield piece
    }
  }
  await pipeline(Readable.from(bytes(), { objectMode: false }), createWriteStream(original))
  return hash.digest('hex')
}

async function hashOf(file) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
