import { createHash } from 'node:crypto'
import type { Node, NodeAPI } from 'node-red'
import { Problem } from '../lib/problem'
import { isRecord } from '../lib/records'

/** Where a query's changes go on, kept in a context store of the node. */
export interface Checkpoint {
  readonly key: string
  read(): Promise<string | undefined>
  write(link: string | undefined): Promise<void>
}

const PREFIX = 'changes-'

/** Seconds; Node-RED's own default is on the slow side. */
const SLOW = 5

/**
 * One checkpoint per query: whoever asks for something else, as somebody else or with other preferences, has
 * changes of their own.
 */
export function checkpointKey(parts: readonly string[]): string {
  return PREFIX + createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)
}

/** @param store name of the context store; blank is Node-RED's default one. */
export function checkpoint(RED: NodeAPI, node: Node, store: string, key: string): Checkpoint {
  refuseUnknownStore(RED, store)
  const context = node.context()
  const named = store === '' ? undefined : store
  return {
    key,
    read: async () =>
      new Promise((resolve, reject) => {
        context.get(key, named, (error: Error | undefined, value?: unknown) => {
          if (error === undefined || error === null) resolve(typeof value === 'string' ? value : undefined)
          else reject(error)
        })
      }),
    write: async (link) =>
      new Promise((resolve, reject) => {
        context.set(key, link, named, (error?: Error) => {
          if (error === undefined || error === null) resolve()
          else reject(error)
        })
      }),
  }
}

/**
 * What a user should know of a store before changes depend on it: one that forgets everything when Node-RED ends
 * (Node-RED's own default), or one that writes so late that a crash reads changes again.
 */
export function storeWarning(RED: NodeAPI, store: string): Problem | undefined {
  const stores = contextStores(RED)
  const configured = stores[store === '' ? 'default' : store]
  if (typeof configured === 'string' && configured in stores) return storeWarning(RED, configured)
  const { module, config } = isRecord(configured) ? configured : { module: configured, config: undefined }
  if (module === undefined || module === 'memory') return new Problem('storeVolatile', {})
  const seconds = module === 'localfilesystem' ? flushSeconds(isRecord(config) ? config : {}) : 0
  return seconds > SLOW
    ? new Problem('storeSlow', { store: store === '' ? 'default' : store, seconds })
    : undefined
}

/** Seconds that Node-RED's file store may keep a value to itself (its `cache` and `flushInterval`, 30 s unless set). */
function flushSeconds({ cache, flushInterval }: Readonly<Record<string, unknown>>): number {
  if (cache === false) return 0
  return typeof flushInterval === 'number' ? flushInterval : 30
}

/** An unknown store silently becomes the memory one: the next restart would read everything anew. */
function refuseUnknownStore(RED: NodeAPI, store: string): void {
  if (store === '') return
  if (!(store in contextStores(RED))) throw new Problem('storeMissing', { field: 'store', value: store })
}

function contextStores(RED: NodeAPI): Record<string, unknown> {
  const configured = (RED.settings as unknown as Record<string, unknown>)['contextStorage']
  return isRecord(configured) ? configured : {}
}
