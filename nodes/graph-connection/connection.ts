import { checkSecrets } from '../lib/check-settings'
import type { ConnectionSecrets, ConnectionSettings } from '../lib/connection-settings'
import { createGraphClient, type GraphClient } from '../lib/graph-client'
import { bindingOf } from '../lib/oauth2/grant-context'
import { obtainerOf } from '../lib/oauth2/grants'
import { RenewingSource } from '../lib/oauth2/renewing-source'
import type { Binding, TokenStore } from '../lib/oauth2/token-store'
import { Problem } from '../lib/problem'
import { isUserGrant, readSettings, type Lookup, type RawConnection } from '../lib/read-settings'
import type { StateListener } from './connection-node'

export interface ConnectionParts {
  /** The id that sign-ins are kept under. */
  readonly id: string
  readonly raw: RawConnection
  readonly secrets: ConnectionSecrets
  readonly lookup: Lookup
  readonly store: TokenStore
  readonly warn: (problem: Problem) => void
  readonly trace: (line: string) => void
}

/** One deployed connection: settings, tokens and client, or the problem that stands in their way. */
export class Connection {
  readonly id: string
  readonly secrets: ConnectionSecrets
  readonly settings: ConnectionSettings | undefined
  readonly problem: Problem | undefined
  readonly tokens: RenewingSource | undefined
  readonly client: GraphClient | undefined

  constructor(parts: ConnectionParts) {
    this.id = parts.id
    this.secrets = parts.secrets
    try {
      const settings = readSettings(parts.raw, parts.lookup)
      this.tokens = tokensOf(settings, parts)
      this.client = createGraphClient({ settings, tokens: this.tokens, trace: parts.trace })
      this.settings = settings
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.problem = error
    }
  }

  onStateChange(listener: StateListener): () => void {
    return this.tokens?.onStateChange(listener) ?? (() => undefined)
  }

  close(): void {
    this.tokens?.close()
    this.client?.close()
  }
}

function tokensOf(settings: ConnectionSettings, parts: ConnectionParts): RenewingSource | undefined {
  const { id, secrets, store, warn } = parts
  if (settings.grantType !== 'none') checkSecrets(settings, secrets)
  const obtainer = obtainerOf({ settings, secrets, connection: id, store, warn })
  if (obtainer === undefined) return undefined
  const source = new RenewingSource(obtainer)
  if (isUserGrant(settings.grantType)) void tellMissingSignIn(source, bindingOf(id, settings), store)
  return source
}

/** Nodes show at once that nobody has signed in, instead of with the first message. */
async function tellMissingSignIn(source: RenewingSource, binding: Binding, store: TokenStore): Promise<void> {
  try {
    if ((await store.read(binding)) === undefined) source.presume(new Problem('signInRequired'))
  } catch {
    // What is wrong with the store is told when a token is asked for.
  }
}
