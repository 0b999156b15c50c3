import { startTenant, type LocalTenant, type TenantOptions } from '../../sandbox'
import { startNodeRed, type NodeRedProcess } from './node-red-process'

/** There from the first test on, until the last one is through. */
export interface TenantAndNodeRed {
  readonly tenant: LocalTenant
  readonly nodeRed: NodeRedProcess
}

/**
 * Gives the tests of a `describe` a local tenant and a Node-RED of their own. Before each test the tenant forgets what
 * was written to it, and how it was to misbehave.
 */
export function tenantAndNodeRed(options: TenantOptions = {}): TenantAndNodeRed {
  let tenant: LocalTenant | undefined
  let nodeRed: NodeRedProcess | undefined
  before(async () => {
    tenant = await startTenant(options)
    nodeRed = await startNodeRed()
  })
  after(async () => {
    await nodeRed?.dispose()
    await tenant?.close()
  })
  beforeEach(() => tenant?.graph.control.reset())
  return {
    get tenant() {
      return started(tenant)
    },
    get nodeRed() {
      return started(nodeRed)
    },
  }
}

function started<T>(what: T | undefined): T {
  if (what === undefined) throw new Error('Only there while tests run')
  return what
}
