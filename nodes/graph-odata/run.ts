import type { Node, NodeAPI } from 'node-red'
import type { GraphClient } from '../lib/graph-client'
import type { Turn } from '../lib/http/http'
import type { Notes } from '../lib/notes'
import type { StatusLine } from '../shared/status'
import type { GraphODataConfig } from './config'
import type { Message } from './emit'

/** What every message needs; the same for all messages of a deployed node. */
export interface Setup {
  readonly RED: NodeAPI
  readonly node: Node
  readonly config: GraphODataConfig
  readonly client: GraphClient
  readonly itemConvention: string
  readonly status: StatusLine
  /** What outlives a restart; undefined where there is no connection to keep it. */
  readonly notes: Notes | undefined
}

/** One message on its way through the node. Nothing here is shared with another message. */
export interface Run extends Setup {
  /** The tenant that the message names; blank for the connection's own. */
  readonly tenant: string
  /** Who the requests are made as; '' where that is not known. */
  readonly account: () => Promise<string>
  readonly message: Message
  /** The message asks for changes to be told from the start again. */
  readonly reset: boolean
  readonly send: (message: Message) => void
  readonly signal: AbortSignal
}

/** Whose turn the requests of a node take, and where it is shown that they have to wait. */
export function turnOf({ node, status }: Pick<Run, 'node' | 'status'>): Turn {
  return { owner: node.id, onWait: (seconds) => status.throttled(seconds) }
}

/**
 * A failure in the middle, with what the incoming message is to say of it besides the failure itself: how far
 * the read came, and the link with which it goes on.
 */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly error: unknown
  readonly facts: Readonly<Record<string, unknown>>

  constructor(error: unknown, facts: Readonly<Record<string, unknown>>) {
    super('interrupted')
    this.error = error
    this.facts = facts
  }
}

/** Why a run's signal ended it: somebody did not want it any more, or the node is closed and may come back. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
  readonly by: 'cancel' | 'close'

  constructor(by: 'cancel' | 'close') {
    super(by)
    this.by = by
  }
}
