import { createHash } from 'node:crypto'
import { errorCode } from '../error-code'
import { Problem } from '../problem'
import { isRecord, textAt } from '../records'
import { KeyRing, open, parseSealed, seal, type Sealed } from './seal'
import { bindingText, type Binding, type StoredSignIn, type TokenStore } from './token-store'

/** A place on the shelf: a connection's own, or one beside it for a sign-in that is not deployed yet or a note. */
export interface Slot {
  readonly connection: string
  /** Tells the places beside it apart: 16 hexadecimal digits. */
  readonly part?: string
}

/** Where sealed texts lie. */
export interface Shelf {
  read(slot: Slot): Promise<string | undefined>
  write(slot: Slot, text: string): Promise<void>
  remove(slot: Slot): Promise<void>
  /** At one blow, so that two processes cannot both do it; false where there is nothing to move. */
  move(from: Slot, to: Slot): Promise<boolean>
  /** All that are taken, by the names that the shelf gives to connections. */
  slots(): Promise<readonly Slot[]>
  nameOf(connection: string): string
}

export type SlotOf = (binding: Binding) => Slot

export const ownSlot: SlotOf = ({ connection }) => ({ connection })

/** One for each binding: a dialog that was edited twice and closed must not mix up two sign-ins. */
export const draftSlot: SlotOf = (binding) => ({
  connection: binding.connection,
  part: createHash('sha256').update(bindingText(binding)).digest('hex').slice(0, 16),
})

/** The secrets that may open what is stored; the first is the one to write with. */
export type Secrets = () => Promise<readonly [string, ...string[]]>

/** Keeps sign-ins encrypted on a shelf. Whatever cannot be opened means "sign in again", never an error. */
export class SealedTokenStore implements TokenStore {
  readonly #shelf: Shelf
  readonly #secrets: Secrets
  readonly #warn: (problem: Problem) => void
  readonly #slotOf: SlotOf
  readonly #keys: KeyRing

  constructor(
    shelf: Shelf,
    secrets: Secrets,
    warn: (problem: Problem) => void,
    { slotOf = ownSlot, keys = new KeyRing() }: { readonly slotOf?: SlotOf; readonly keys?: KeyRing } = {},
  ) {
    this.#shelf = shelf
    this.#slotOf = slotOf
    this.#keys = keys
    this.#secrets = secrets
    this.#warn = warn
  }

  async read(binding: Binding): Promise<StoredSignIn | undefined> {
    const text = await this.#shelved(binding)
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
    const text = JSON.stringify({ written: Date.now(), ...sealed })
    await this.#shelf.write(this.#slotOf(binding), `${text}\n`)
  }

  async remove(binding: Binding): Promise<void> {
    await this.#shelf.remove(this.#slotOf(binding))
  }

  /** A folder that cannot be read is no missing sign-in: to sign in again would not help. */
  async #shelved(binding: Binding): Promise<string | undefined> {
    try {
      return await this.#shelf.read(this.#slotOf(binding))
    } catch (error) {
      throw new Problem('signInNotReadable', { reason: errorCode(error) })
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
