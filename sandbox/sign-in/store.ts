type Payload = Record<string, unknown> & { consumed?: number }

interface Entry {
  readonly payload: Payload
  readonly expiresAt: number
}

/** Old entries go when there are more of one kind than this: a tenant that runs for weeks stays small. */
const maxEntries = 20_000

/** oidc-provider's storage, in memory; an entry that has expired is dropped when it is met. */
export class Store {
  readonly #kinds = new Map<string, Map<string, Entry>>()

  constructor(private readonly client: (id: string) => Payload | undefined) {}

  entries(kind: string): Map<string, Entry> {
    const entries = this.#kinds.get(kind) ?? new Map<string, Entry>()
    this.#kinds.set(kind, entries)
    return entries
  }

  /** The adapter of one kind, as oidc-provider asks for it. */
  adapter(kind: string): Record<string, (...args: never[]) => Promise<unknown>> {
    const entries = this.entries(kind)
    const find = (id: string): Payload | undefined => {
      const entry = entries.get(id)
      if (entry !== undefined && entry.expiresAt <= Date.now()) entries.delete(id)
      return entries.get(id)?.payload
    }
    const findWhere = (property: string, value: string): Payload | undefined => {
      for (const { payload } of entries.values()) if (payload[property] === value) return payload
      return undefined
    }
    return {
      find: async (id: string) => (kind === 'Client' ? this.client(id) : find(id)),
      findByUid: async (uid: string) => findWhere('uid', uid),
      findByUserCode: async (userCode: string) => findWhere('userCode', userCode),
      destroy: async (id: string) => entries.delete(id),
      consume: async (id: string) => {
        const payload = find(id)
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
      },
      revokeByGrantId: async (grantId: string) => {
        for (const [id, { payload }] of entries) if (payload['grantId'] === grantId) entries.delete(id)
      },
      upsert: async (id: string, payload: Payload, expiresIn?: number) => {
        // An expired device code must still be found, to be answered with expired_token: an hour of grace.
        const expiresAt = expiresIn === undefined ? Infinity : Date.now() + (expiresIn + 3600) * 1000
        entries.delete(id)
        entries.set(id, { payload, expiresAt })
        for (const oldest of entries.keys()) {
          if (entries.size <= maxEntries) break
          entries.delete(oldest)
        }
      },
    }
  }
}
