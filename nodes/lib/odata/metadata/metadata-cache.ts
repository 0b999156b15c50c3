import type { GraphClient } from '../../graph-client'
import { readServiceMetadata, type ServiceMetadata } from './service-metadata'

export interface MetadataSource {
  /** The connection's id: what one connection may see says nothing of another. */
  readonly connection: string
  readonly serviceUrl: string
  readonly client: GraphClient
}

/** Models in memory at a time; Graph's takes about 5 MB, and more connections are rarely edited at once. */
const MOST = 8
/** Milliseconds after which the service is asked again whether it is still so. */
const FRESH = { metadata: 24 * 3_600_000, serviceDocument: 60_000, none: 0 }
/** Milliseconds for asking and parsing; it goes on when whoever asked has gone, because the next one will ask the same. */
const PATIENCE = 120_000

interface Entry {
  metadata: ServiceMetadata | undefined
  pending: Promise<ServiceMetadata> | undefined
}

/** What services say of themselves, by connection and service URL. */
export class MetadataCache {
  readonly #entries = new Map<string, Map<string, Entry>>()
  readonly #most: number

  constructor(most = MOST) {
    this.#most = most
  }

  /** @param refresh ask the service, whatever is at hand. */
  async get(source: MetadataSource, refresh = false): Promise<ServiceMetadata> {
    const entry = this.#entry(source)
    if (entry.pending !== undefined) return entry.pending
    const { metadata } = entry
    if (!refresh && metadata !== undefined && isFresh(metadata)) return metadata
    entry.pending = ask(source.client, metadata)
    try {
      entry.metadata = await entry.pending
      return entry.metadata
    } finally {
      entry.pending = undefined
    }
  }

  /** What is at hand; nobody is asked. */
  known(connection: string, serviceUrl: string): ServiceMetadata | undefined {
    return this.#entries.get(connection)?.get(serviceUrl)?.metadata
  }

  /** Forgets connections that are gone. */
  keep(exists: (connection: string) => boolean): void {
    for (const connection of this.#entries.keys()) {
      if (!exists(connection)) this.#entries.delete(connection)
    }
  }

  get size(): number {
    return [...this.#entries.values()].reduce((count, services) => count + services.size, 0)
  }

  /** A Map keeps the order of insertion: what was used last goes to the end. */
  #entry({ connection, serviceUrl }: MetadataSource): Entry {
    const services = this.#entries.get(connection) ?? new Map<string, Entry>()
    const entry = services.get(serviceUrl) ?? { metadata: undefined, pending: undefined }
    services.delete(serviceUrl)
    services.set(serviceUrl, entry)
    this.#entries.delete(connection)
    this.#entries.set(connection, services)
    if (this.size > this.#most) this.#dropOldest()
    return entry
  }

  #dropOldest(): void {
    const [oldest] = this.#entries
    if (oldest === undefined) return
    const [connection, services] = oldest
    const [serviceUrl] = services.keys()
    if (serviceUrl !== undefined) services.delete(serviceUrl)
    if (services.size === 0) this.#entries.delete(connection)
  }
}

async function ask(client: GraphClient, known: ServiceMetadata | undefined): Promise<ServiceMetadata> {
  const found = await readServiceMetadata(client, known, AbortSignal.timeout(PATIENCE))
  // A service that is down today has not lost its metadata.
  return known?.model !== undefined && found.model === undefined
    ? { ...known, problem: found.problem }
    : found
}

function isFresh({ source, askedAt }: ServiceMetadata): boolean {
  return Date.now() - askedAt < FRESH[source]
}
