import { createHash } from 'node:crypto'
import type { Node, NodeAPI } from 'node-red'
import { Problem } from '../lib/problem'

/** Where a query's changes go on, kept in a context store of the node. */
export interface Checkpoint {
  readonly key: string
  read(): Promise<string | undefined>
  write(link: string | undefined): Promise<void>
}

const PREFIX = 'changes-'

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

/** Whether the store forgets everything when Node-RED ends, as Node-RED's own default one does. */
export function isVolatile(RED: NodeAPI, store: string): boolean {
  const stores = contextStores(RED)
  const module = stores[store === '' ? 'default' : store]
  if (typeof module === 'string') return module in stores ? isVolatile(RED, module) : module === 'memory'
  if (typeof module !== 'object' || module === null) return true
  return (module as { module?: unknown }).module === 'memory'
}

/** An unknown store silently becomes the memory one: the next restart would read everything anew. */
function refuseUnknownStore(RED: NodeAPI, store: string): void {
  if (store === '') return
  if (!(store in contextStores(RED))) throw new Problem('storeMissing', { field: 'store', value: store })
}

function contextStores(RED: NodeAPI): Record<string, unknown> {
  const configured = (RED.settings as unknown as Record<string, unknown>)['contextStorage']
  return typeof configured === 'object' && configured !== null ? (configured as Record<string, unknown>) : {}
}
