import type { Node } from 'node-red'
import type { ConnectionSettings } from '../lib/connection-settings'
import type { GraphClient } from '../lib/graph-client'
import type { StateListener } from '../lib/oauth2/renewing-source'
import type { TokenSource } from '../lib/oauth2/token-source'
import type { Notes } from '../lib/notes'
import type { Problem } from '../lib/problem'

/** What a graph-connection offers to the nodes that use it (`RED.nodes.getNode(config.connection)`). */
export interface ConnectionNode extends Node {
  /** Undefined where the configuration itself is wrong; `problem` then says what to put right. */
  readonly settings: ConnectionSettings | undefined
  /**
   * What is wrong with the configuration. A missing sign-in is not told here but by `tokens.get` and
   * `onStateChange`, because it can end without a deploy.
   */
  readonly problem: Problem | undefined
  /** Undefined for the grant `none` (requests go without a token) and where there is a `problem`. */
  readonly tokens: TokenSource | undefined
  /**
   * `createGraphClient` for these settings and tokens: one for all nodes that use the connection, so that they
   * share its sockets; closed with the connection. Undefined where there is a `problem`.
   */
  readonly client: GraphClient | undefined
  /**
   * The client for a message: `client` where the message names no tenant, else one whose tokens are that tenant's.
   * @throws Problem `tenantNotListed` for a tenant that is not among the connection's `tenants`, or the connection's
   * own `problem`.
   */
  clientFor(tenant: string | undefined): GraphClient
  /**
   * Who requests are made as, so that what is kept for one account is not taken for another's: the directory's id of
   * the account, a user name, or the client id of an application; '' where that is not known.
   */
  account(): Promise<string>
  /** What a node keeps over a restart that nobody may read, such as the address of a running upload. */
  readonly notes: Notes
  /**
   * Keeps the connection open until this has ended: a deploy closes a node and its connection at the same moment, and
   * the node may have to take back what it has begun.
   */
  openFor(work: Promise<unknown>): void
  /** Returns the function that ends exactly this subscription; call it when the using node closes. */
  onStateChange(listener: StateListener): () => void
}
