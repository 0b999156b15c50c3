import type { GraphClient } from '../lib/graph-client'
import type { TokenSource } from '../lib/oauth2/token-source'

/** A client with tokens of its own, as it is made for one tenant. */
export interface TenantClient {
  readonly client: GraphClient
  readonly tokens: (TokenSource & { close(): void }) | undefined
}

/** Far more than are in use at one time; each holds a token and a few idle sockets. */
const MOST = 100

/** One that made room for another. Whoever still works with it holds it; nobody else should. */
interface Retired {
  readonly client: WeakRef<GraphClient>
  readonly tokens: WeakRef<{ close(): void }> | undefined
}

/**
 * The clients of the tenants that messages name. The one that was not used for longest makes room for a new one: what
 * it has begun goes on to its end, because a message that is at work cannot know of other tenants' messages.
 */
export class TenantClients {
  readonly #make: (tenant: string) => TenantClient
  readonly #most: number
  readonly #clients = new Map<string, TenantClient>()
  #retired: readonly Retired[] = []

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
    if (this.#clients.size > this.#most && oldest !== undefined) this.#retire(oldest)
    return found.client
  }

  /** Somebody has signed in or out: the tokens that came from the sign-in before are void. */
  clear(): void {
    for (const { tokens, client } of this.#clients.values()) {
      tokens?.close()
      client.close()
    }
    for (const { tokens, client } of this.#retired) {
      tokens?.deref()?.close()
      client.deref()?.close()
    }
    this.#clients.clear()
    this.#retired = []
  }

  #retire(tenant: string): void {
    const gone = this.#clients.get(tenant)
    if (gone === undefined) return
    const { client, tokens } = gone
    this.#clients.delete(tenant)
    client.drain()
    const held = this.#retired.filter((retired) => retired.client.deref() !== undefined)
    const own = {
      client: new WeakRef(client),
      tokens: tokens === undefined ? undefined : new WeakRef(tokens),
    }
    this.#retired = [...held, own]
  }
}
