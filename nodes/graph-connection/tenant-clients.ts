import type { GraphClient } from '../lib/graph-client'
import type { TokenSource } from '../lib/oauth2/token-source'

/** A client with tokens of its own, as it is made for one tenant. */
export interface TenantClient {
  readonly client: GraphClient
  readonly tokens: (TokenSource & { close(): void }) | undefined
}

/** Far more than are in use at one time; each holds a token and a few idle sockets. */
const MOST = 100

/** The clients of the tenants that messages name; the one that was not used for longest is closed for a new one. */
export class TenantClients {
  readonly #make: (tenant: string) => TenantClient
  readonly #most: number
  readonly #clients = new Map<string, TenantClient>()

  constructor(make: (tenant: string) => TenantClient, most = MOST) {
    this.#make = make
    this.#most = most
  }

  get(tenant: string): GraphClient {
    const found = this.#clients.get(tenant) ?? this.#make(tenant)
    // A Map keeps the order of insertion: the last used goes to the end.
    this.#clients.delete(tenant)
    this.#clients.set(tenant, found)
    const [oldest] = this.#clients.keys()
    if (this.#clients.size > this.#most && oldest !== undefined) this.#close(oldest)
    return found.client
  }

  /** Somebody has signed in or out: the tokens that came from the sign-in before are void. */
  clear(): void {
    for (const tenant of this.#clients.keys()) this.#close(tenant)
  }

  #close(tenant: string): void {
    const gone = this.#clients.get(tenant)
    this.#clients.delete(tenant)
    gone?.tokens?.close()
    gone?.client.close()
  }
}
