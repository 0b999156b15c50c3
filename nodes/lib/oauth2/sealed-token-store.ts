import { Problem } from '../problem'
import { isRecord, textAt } from '../records'
import { KeyRing, open, parseSealed, seal, type Sealed } from './seal'
import { bindingText, type Binding, type StoredSignIn, type TokenStore } from './token-store'

/** Where sealed texts lie, by the connection's id. */
export interface Shelf {
  read(connection: string): Promise<string | undefined>
  write(connection: string, text: string): Promise<void>
  remove(connection: string): Promise<void>
}

/** The secrets that may open what is stored; the first is the one to write with. */
export type Secrets = () => Promise<readonly [string, ...string[]]>

/** Keeps sign-ins encrypted on a shelf. Whatever cannot be opened means "sign in again", never an error. */
export class SealedTokenStore implements TokenStore {
  readonly #shelf: Shelf
  readonly #secrets: Secrets
  readonly #warn: (problem: Problem) => void
  readonly #keys = new KeyRing()

  constructor(shelf: Shelf, secrets: Secrets, warn: (problem: Problem) => void) {
    this.#shelf = shelf
    this.#secrets = secrets
    this.#warn = warn
  }

  async read(binding: Binding): Promise<StoredSignIn | undefined> {
    const text = await this.#shelved(binding.connection)
    if (text === undefined) return undefined
    const sealed = parseSealed(text)
    if (sealed === undefined) {
      this.#warn(new Problem('storedSignInBroken', { connection: binding.connection }))
      return undefined
    }
    return this.#open(sealed, binding)
  }

  async write(binding: Binding, signIn: StoredSignIn): Promise<void> {
    const [secret] = await this.#secrets()
    const { salt } = this.#keys
    const key = await this.#keys.key(secret, salt, binding.connection)
    const sealed = seal(JSON.stringify(signIn), key, salt, bindingText(binding))
    await this.#shelf.write(binding.connection, `${JSON.stringify(sealed)}\n`)
  }

  async remove(connection: string): Promise<void> {
    await this.#shelf.remove(connection)
  }

  /** A folder that cannot be read is no missing sign-in: to sign in again would not help. */
  async #shelved(connection: string): Promise<string | undefined> {
    try {
      return await this.#shelf.read(connection)
    } catch (error) {
      const reason = isRecord(error) ? (textAt(error, 'code') ?? 'unknown') : 'unknown'
      throw new Problem('signInNotReadable', { reason })
    }
  }

  /** Node-RED's secret may have changed since: what an older one opens is written anew. */
  async #open(sealed: Sealed, binding: Binding): Promise<StoredSignIn | undefined> {
    const salt = Buffer.from(sealed.salt, 'base64')
    for (const [index, secret] of (await this.#secrets()).entries()) {
      const key = await this.#keys.key(secret, salt, binding.connection)
      const text = open(sealed, key, bindingText(binding))
      const signIn = text === undefined ? undefined : parseSignIn(text)
      if (signIn === undefined) continue
      if (index > 0) await this.write(binding, signIn)
      return signIn
    }
    return undefined
  }
}

function parseSignIn(text: string): StoredSignIn | undefined {
  const value: unknown = JSON.parse(text)
  const refreshToken = textAt(value, 'refreshToken')
  const account = isRecord(value) ? value['account'] : undefined
  if (refreshToken === undefined) return undefined
  const [displayName = '', username = '', tenant = '', id = ''] = [
    'displayName',
    'username',
    'tenant',
    'id',
  ].map((name) => textAt(account, name))
  return { refreshToken, account: { displayName, username, tenant, id } }
}
