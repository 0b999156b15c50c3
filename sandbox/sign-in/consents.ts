import type { Clients } from './clients'
import type { RequestedScopes } from './permissions'

/** Who has granted what to which app: beside the tenant's fixed grants, what was accepted while running. */
export class Consents {
  readonly #ofUser = new Map<string, Set<string>>()
  readonly #ofTenant = new Map<string, Set<string>>()

  constructor(private readonly clients: Clients) {}

  granted(clientId: string, accountId: string): Set<string> {
    return new Set([
      ...(this.clients.find(clientId)?.delegated ?? []),
      ...(this.#ofTenant.get(clientId) ?? []),
      ...(this.#ofUser.get(`${accountId} ${clientId}`) ?? []),
    ])
  }

  /** The permissions that a request comes down to, `.default` being all that is granted. */
  resolve(requested: RequestedScopes, clientId: string, accountId: string): string[] {
    return requested.everything ? [...this.granted(clientId, accountId)] : [...requested.permissions]
  }

  grant(clientId: string, accountId: string, permissions: Iterable<string>): void {
    add(this.#ofUser, `${accountId} ${clientId}`, permissions)
  }

  grantForTenant(clientId: string, permissions: Iterable<string>): void {
    add(this.#ofTenant, clientId, permissions)
  }

  clear(): void {
    this.#ofUser.clear()
    this.#ofTenant.clear()
  }
}

function add(grants: Map<string, Set<string>>, key: string, permissions: Iterable<string>): void {
  grants.set(key, new Set([...(grants.get(key) ?? []), ...permissions]))
}
