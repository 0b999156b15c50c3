import type { NodeAPI } from 'node-red'
import type { SignInStore } from '../lib/oauth2/sign-in-store'
import type { SignIns } from '../lib/oauth2/sign-ins'
import { isRecord } from '../lib/records'

/** What is known of connections' sign-ins. */
export interface SignInsOfAll {
  readonly store: SignInStore
  readonly signIns: SignIns
}

/**
 * Removes the sign-ins of connections that a deploy has taken away, and ends those that are going on. A node's
 * `close(removed)` cannot tell: it also says so when the connection was only disabled. Loading other flows (a project,
 * a reload, a restart) comes without a `diff` and removes nothing by that; what was signed in to but never deployed was
 * never there to be missed.
 *
 * Once, when the first flows run, what nothing has led to for a day is swept away: connections that were removed while
 * no flows ran. Not where projects are used, whose other connections are not to be seen, and not where there are no
 * flows at all, which is rather a file that could not be read.
 */
export function forgetRemoved(
  RED: NodeAPI,
  { store, signIns }: SignInsOfAll,
  onError: (error: unknown) => void,
): void {
  let before: ReadonlySet<string> | undefined
  RED.events.on('flows:started', (event: unknown) => {
    const { connections, nodes } = configured(RED)
    const first = before === undefined
    const gone = isDeploy(event) ? [...(before ?? [])].filter((id) => !connections.has(id)) : []
    before = connections
    for (const id of gone) {
      signIns.forget(id)
      store.forget(id).catch(onError)
    }
    if (first && nodes > 0 && !hasProjects(RED)) store.sweep(connections, Date.now()).catch(onError)
  })
}

/** Between the end of the flows and their new start, in milliseconds; a deploy of many nodes takes seconds. */
const LONGEST_DEPLOY = 20_000

/**
 * Ends the sign-ins that are going on when Node-RED stops, but not when it only stops the flows to start them anew: a
 * person may deploy while signing in. No event tells the one from the other; that nothing starts again does.
 */
export function endWithNodeRed(
  RED: Pick<NodeAPI, 'events'>,
  signIns: SignIns,
  patience = LONGEST_DEPLOY,
): void {
  let timer: NodeJS.Timeout | undefined
  RED.events.on('flows:stopped', (event: unknown) => {
    clearTimeout(timer)
    if (!isDeploy(event)) timer = setTimeout(() => signIns.close(), patience).unref()
  })
  RED.events.on('flows:starting', () => clearTimeout(timer))
}

/** Disabled ones too, and those inside subflows: `eachNode` goes over the configuration, not over what runs. */
function configured(RED: NodeAPI): { readonly connections: ReadonlySet<string>; readonly nodes: number } {
  const connections = new Set<string>()
  let nodes = 0
  RED.nodes.eachNode((node) => {
    nodes += 1
    if (node.type === 'graph-connection') connections.add(node.id)
  })
  return { connections, nodes }
}

function isDeploy(event: unknown): boolean {
  return isRecord(event) && event['diff'] !== undefined
}

function hasProjects(RED: NodeAPI): boolean {
  const theme = (RED.settings as unknown as Record<string, unknown>)['editorTheme']
  const projects = isRecord(theme) ? theme['projects'] : undefined
  return isRecord(projects) && projects['enabled'] === true
}
