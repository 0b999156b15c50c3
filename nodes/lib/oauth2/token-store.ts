/** Who signed in, as the id_token said. */
export interface Account {
  readonly displayName: string
  readonly username: string
  readonly tenant: string
  /** The directory's own id of the account: what tells two accounts apart. */
  readonly id: string
}

/** What outlives a restart: only what is needed to get access tokens. */
export interface StoredSignIn {
  readonly refreshToken: string
  readonly account: Account
}

/**
 * What a stored sign-in belongs to. Any of these changed means that it cannot be read any more, so that a
 * refresh token never goes to another address than the one that issued it.
 */
export interface Binding {
  readonly connection: string
  readonly authorizeUrl: string
  readonly tokenUrl: string
  readonly clientId: string
  readonly tenant: string
  readonly resource: string
  readonly grantType: string
}

/** Where sign-ins are kept: one per connection. */
export interface TokenStore {
  /** Undefined where there is none, or none that belongs to this binding: both mean "sign in". */
  read(binding: Binding): Promise<StoredSignIn | undefined>
  write(binding: Binding, signIn: StoredSignIn): Promise<void>
  remove(binding: Binding): Promise<void>
}

/** Knows none of the stored sign-ins, and keeps its own no longer than it lives itself. */
export class MemoryTokenStore implements TokenStore {
  readonly #signIns = new Map<string, { readonly key: string; readonly signIn: StoredSignIn }>()

  async read(binding: Binding): Promise<StoredSignIn | undefined> {
    const found = this.#signIns.get(binding.connection)
    return found?.key === bindingText(binding) ? found.signIn : undefined
  }

  async write(binding: Binding, signIn: StoredSignIn): Promise<void> {
    this.#signIns.set(binding.connection, { key: bindingText(binding), signIn })
  }

  async remove({ connection }: Binding): Promise<void> {
    this.#signIns.delete(connection)
  }
}

/** One text for one binding: the order of the members is fixed here. */
export function bindingText(binding: Binding): string {
  const { connection, authorizeUrl, tokenUrl, clientId, tenant, resource, grantType } = binding
  return JSON.stringify([connection, authorizeUrl, tokenUrl, clientId, tenant, resource, grantType])
}
