import type { ConnectionSettings } from '../lib/connection-settings'
import type { HeldToken } from '../lib/oauth2/token-life'
import { bindingText, type Binding } from '../lib/oauth2/token-store'
import type { Problem } from '../lib/problem'
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

  /** Whether a sign-in with this binding is a deployed connection's own. */
  owns(binding: Binding): boolean {
    const text = bindingText(binding)
    return [...(this.#byId.get(binding.connection) ?? [])].some(
      (connection) => connection.binding !== undefined && bindingText(connection.binding) === text,
    )
  }

  /** Somebody has signed in: whoever waits for that goes on without a deploy. */
  signedIn(binding: Binding, settings: ConnectionSettings, token: HeldToken): void {
    const text = bindingText(binding)
    for (const connection of this.#byId.get(binding.connection) ?? []) {
      if (connection.binding === undefined || bindingText(connection.binding) !== text) continue
      connection.forgetTenants()
      // The dialog may have asked for other permissions than the deployed connection does.
      if (isSameToken(settings, connection.settings)) connection.tokens?.adopt(token)
      else connection.tokens?.restart()
    }
  }

  signedOut(id: string, problem: Problem): void {
    for (const connection of this.#byId.get(id) ?? []) {
      connection.forgetTenants()
      connection.tokens?.restart(problem)
    }
  }
}

/** Whether the deployed connection would have asked for the very same token. */
export function isSameToken(draft: ConnectionSettings, deployed: ConnectionSettings | undefined): boolean {
  if (deployed === undefined || !isSamePlace(draft, deployed)) return false
  return (['scope', 'resource', 'endpointVersion', 'clientAuthentication'] as const).every(
    (name) => draft[name] === deployed[name],
  )
}
