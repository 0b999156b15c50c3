import type { NodeAPI } from 'node-red'
import type { ConnectionSettings } from '../lib/connection-settings'
import type { GraphClient } from '../lib/graph-client'
import type { SignInStore } from '../lib/oauth2/sign-in-store'
import { MemoryTokenStore, type Binding, type TokenStore } from '../lib/oauth2/token-store'
import { Problem } from '../lib/problem'
import { NotFound } from '../shared/http-guard'
import { Connection } from './connection'
import { isSameToken, type LiveConnections } from './live-connections'
import { isSamePlace, readDraft, type Draft } from './read-draft'

/** What an admin route asks the service with. */
export interface ChosenConnection {
  readonly connection: Connection
  readonly client: GraphClient
  /** As the dialog has them. */
  readonly settings: ConnectionSettings
}

export interface ConnectionsRuntime {
  readonly store: SignInStore
  readonly live: LiveConnections
  readonly trace: (line: string) => void
}

/** Connections as they are deployed, and as they stand in a dialog, for the admin routes of all nodes. */
export class ChosenConnections {
  readonly #red: NodeAPI
  readonly #runtime: ConnectionsRuntime

  constructor(RED: NodeAPI, runtime: ConnectionsRuntime) {
    this.#red = RED
    this.#runtime = runtime
  }

  /**
   * Works with the connection of a dialog: with the deployed one where its values would get the same token, else
   * with one that lives for this question only. Stored secrets and tokens serve it only where its addresses, tenant,
   * client and grant are the deployed ones.
   *
   * @param draft a `ConnectionDraft`; undefined: the connection as it is deployed.
   * @throws Problem naming the field that is wrong; NotFound where neither is there.
   */
  async use<T>(id: string, draft: unknown, work: (chosen: ChosenConnection) => Promise<T>): Promise<T> {
    const deployed = this.#runtime.live.find(id)
    if (draft === undefined) return work(chosen(deployed))
    const read = readDraft(this.#red, id, draft, deployed)
    if (deployed !== undefined && isAsDeployed(read, deployed)) {
      return work({ ...chosen(deployed), settings: read.settings })
    }
    const connection = this.#temporary(read, deployed)
    try {
      return await work(chosen(connection))
    } finally {
      connection.close()
    }
  }

  /** As it would be if it were deployed, but with its own place for a renewed token where it is another's sign-in. */
  #temporary(
    { connection, raw, settings, secrets, network, lookup }: Draft,
    deployed?: Connection,
  ): Connection {
    const { store, live, trace } = this.#runtime
    const same = deployed?.settings !== undefined && isSamePlace(settings, deployed.settings)
    const storeFor = (binding: Binding): TokenStore => {
      if (!live.owns(binding)) return store.drafts
      // The binding does not know the service: a token of the deployed sign-in must not go to another one.
      return same ? store.deployed : new MemoryTokenStore()
    }
    const warn = (problem: Problem): void => trace(problem.code)
    return new Connection({
      id: connection,
      raw,
      secrets,
      lookup,
      networkOf: () => network,
      storeFor,
      warn,
      trace,
    })
  }
}

/** Whether the draft would use the deployed connection's own token. */
export function isAsDeployed(draft: Draft, deployed: Connection): boolean {
  return !draft.typed && isSameToken(draft.settings, deployed.settings)
}

function chosen(connection: Connection | undefined): ChosenConnection {
  if (connection === undefined) throw new NotFound('connectionMissing', { field: 'connection' })
  const { settings, client, problem } = connection
  if (settings === undefined || client === undefined) {
    throw problem ?? new Problem('connectionMissing', { field: 'connection' })
  }
  return { connection, client, settings }
}

/** Node-RED loads each node of a package by itself; the process is what they share. */
let provided: ChosenConnections | undefined

export function provideConnections(connections: ChosenConnections): void {
  provided = connections
}

/** @throws Problem where the node type itself is switched off. */
export function chosenConnections(): ChosenConnections {
  if (provided === undefined) throw new Problem('connectionMissing', { field: 'connection' })
  return provided
}
