import { checkSecrets } from '../lib/check-settings'
import type { ConnectionSecrets, ConnectionSettings } from '../lib/connection-settings'
import { createGraphClient, type GraphClient } from '../lib/graph-client'
import type { Network } from '../lib/http/network'
import { bindingOf, type GrantContext } from '../lib/oauth2/grant-context'
import { isUserGrant } from '../lib/oauth2/grant-scopes'
import { obtainerOf } from '../lib/oauth2/grants'
import { RenewingSource, type StateListener } from '../lib/oauth2/renewing-source'
import { forTenant } from '../lib/oauth2/tenant-settings'
import type { Binding, TokenStore } from '../lib/oauth2/token-store'
import { Turns } from '../lib/oauth2/turns'
import { Problem } from '../lib/problem'
import { readSettings, type Lookup, type RawConnection } from '../lib/read-settings'
import { TenantClients, type TenantClient } from './tenant-clients'

export interface ConnectionParts {
  /** The id that sign-ins are kept under. */
  readonly id: string
  readonly raw: RawConnection
  readonly secrets: ConnectionSecrets
  readonly lookup: Lookup
  readonly networkOf: (settings: ConnectionSettings) => Network
  /** Where the sign-in of a binding lies. */
  readonly storeFor: (binding: Binding) => TokenStore
  readonly warn: (problem: Problem) => void
  readonly trace: (line: string) => void
}

/** One connection: settings, tokens and clients, or the problem that stands in their way. */
export class Connection {
  readonly id: string
  readonly secrets: ConnectionSecrets
  readonly settings: ConnectionSettings | undefined
  readonly network: Network | undefined
  readonly problem: Problem | undefined
  readonly tokens: RenewingSource | undefined
  readonly client: GraphClient | undefined
  readonly #tenants: TenantClients | undefined
  readonly #context: GrantContext | undefined

  constructor(parts: ConnectionParts) {
    this.id = parts.id
    this.secrets = parts.secrets
    try {
      const settings = readSettings(parts.raw, parts.lookup)
      const network = parts.networkOf(settings)
      if (settings.grantType !== 'none') checkSecrets(settings, parts.secrets)
      const context = contextOf(settings, network, parts)
      this.#context = context
      this.tokens = sourceOf(context)
      if (this.tokens !== undefined && isUserGrant(settings.grantType))
        void tellMissingSignIn(this.tokens, context)
      const { trace } = parts
      this.client = createGraphClient({ settings, tokens: this.tokens, trace, network })
      this.#tenants = new TenantClients((tenant) => tenantClient(context, tenant, trace))
      this.network = network
      this.settings = settings
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.problem = error
    }
  }

  /** @throws Problem for a tenant that the connection does not list, or the connection's own. */
  clientFor(tenant: string | undefined): GraphClient {
    const { settings, client, problem } = this
    if (settings === undefined || client === undefined || this.#tenants === undefined) {
      throw problem ?? new Problem('connectionMissing', { field: 'connection' })
    }
    const wanted = tenant?.trim().toLowerCase() ?? ''
    if (wanted === '' || wanted === settings.tenant.toLowerCase()) return client
    const listed = settings.tenants.find((name) => name.toLowerCase() === wanted)
    if (listed === undefined) throw new Problem('tenantNotListed', { value: wanted.slice(0, 100) })
    return this.#tenants.get(listed)
  }

  get binding(): Binding | undefined {
    return this.settings === undefined ? undefined : bindingOf(this.id, this.settings)
  }

  /** The sign-in is another, or none any more: no token that came from it may be used. */
  forgetTenants(): void {
    this.#tenants?.clear()
  }

  async account(): Promise<string> {
    return this.#context === undefined ? '' : accountOf(this.#context)
  }

  onStateChange(listener: StateListener): () => void {
    return this.tokens?.onStateChange(listener) ?? (() => undefined)
  }

  close(): void {
    this.tokens?.close()
    this.client?.close()
    this.#tenants?.clear()
  }
}

async function accountOf({ settings, secrets, store, connection }: GrantContext): Promise<string> {
  if (settings.grantType === 'password') return secrets.username ?? ''
  if (!isUserGrant(settings.grantType)) return settings.clientId
  return (await store.read(bindingOf(connection, settings)))?.account.id ?? ''
}

function contextOf(settings: ConnectionSettings, network: Network, parts: ConnectionParts): GrantContext {
  const { id, secrets, storeFor, warn } = parts
  const home = bindingOf(id, settings)
  const store = storeFor(home)
  return { settings, secrets, connection: id, store, network, home, turns: new Turns(), warn }
}

function sourceOf(context: GrantContext): RenewingSource | undefined {
  const obtainer = obtainerOf(context)
  return obtainer === undefined ? undefined : new RenewingSource(obtainer)
}

/** A user's sign-in serves all tenants that the user is a guest of: a refresh token is bound to no tenant. */
function tenantClient(context: GrantContext, tenant: string, trace: (line: string) => void): TenantClient {
  const settings = forTenant(context.settings, tenant)
  const tokens = sourceOf({ ...context, settings })
  const { network } = context
  return {
    tokens,
    client: createGraphClient({ settings, tokens, trace, ...(network === undefined ? {} : { network }) }),
  }
}

/** Nodes show at once that nobody has signed in, instead of with the first message. */
async function tellMissingSignIn(
  source: RenewingSource,
  { store, connection, settings }: GrantContext,
): Promise<void> {
  try {
    const signIn = await store.read(bindingOf(connection, settings))
    if (signIn === undefined) source.presume(new Problem('signInRequired'))
  } catch {
    // What is wrong with the store is told when a token is asked for.
  }
}
