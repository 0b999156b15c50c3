import type { ConnectionSettings } from '../lib/connection-settings'
import type { Problem } from '../lib/problem'
import type { HeldToken } from '../lib/oauth2/token-life'
import type { Connection } from './connection'
import { isSamePlace } from './read-draft'

/** The connections that run at present. Several may share an id: a subflow's instances share their sign-in. */
export class LiveConnections {
  readonly #byId = new Map<string, Set<Connection>>()

  add(connection: Connection): void {
    const siblings = this.#byId.get(connection.id) ?? new Set()
    this.#byId.set(connection.id, siblings.add(connection))
  }

  delete(connection: Connection): void {
    const siblings = this.#byId.get(connection.id)
    siblings?.delete(connection)
    if (siblings?.size === 0) this.#byId.delete(connection.id)
  }

  find(id: string): Connection | undefined {
    return this.#byId.get(id)?.values().next().value
  }

  /** Somebody has signed in: whoever waits for that goes on without a deploy. */
  signedIn(id: string, settings: ConnectionSettings, token: HeldToken): void {
    for (const connection of this.#byId.get(id) ?? []) {
      // The dialog may have been edited since the deploy: such a token is not this connection's.
      if (isSameToken(settings, connection.settings)) connection.tokens?.adopt(token)
      else connection.tokens?.restart()
    }
  }

  signedOut(id: string, problem: Problem): void {
    for (const { tokens } of this.#byId.get(id) ?? []) tokens?.restart(problem)
  }
}

function isSameToken(draft: ConnectionSettings, deployed: ConnectionSettings | undefined): boolean {
  if (deployed === undefined || !isSamePlace(draft, deployed)) return false
  return draft.scope === deployed.scope && draft.resource === deployed.resource
}
