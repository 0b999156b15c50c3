import type { NodeAPI } from 'node-red'
import type { TokenStore } from '../lib/oauth2/token-store'
import { isRecord } from '../lib/records'

/**
 * Removes the sign-ins of connections that a deploy has taken away. A node's `close(removed)` cannot tell: it
 * also says so when the connection was only disabled. Loading other flows (a project, a reload, a restart) comes
 * without a `diff` and removes nothing; what was signed in to but never deployed was never there to be missed.
 */
export function forgetRemoved(RED: NodeAPI, store: TokenStore, onError: (error: unknown) => void): void {
  let before: ReadonlySet<string> = new Set()
  RED.events.on('flows:started', (event: unknown) => {
    const now = connectionIds(RED)
    const gone = isDeploy(event) ? [...before].filter((id) => !now.has(id)) : []
    before = now
    for (const id of gone) store.remove(id).catch(onError)
  })
}

/** Disabled ones too, and those inside subflows: `eachNode` goes over the configuration, not over what runs. */
function connectionIds(RED: NodeAPI): ReadonlySet<string> {
  const ids = new Set<string>()
  RED.nodes.eachNode((node) => {
    if (node.type === 'graph-connection') ids.add(node.id)
  })
  return ids
}

function isDeploy(event: unknown): boolean {
  return isRecord(event) && event['diff'] !== undefined
}
