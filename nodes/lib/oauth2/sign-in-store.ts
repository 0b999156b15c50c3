import type { Notes } from '../notes'
import { isRecord } from '../records'
import {
  draftSlot,
  ownSlot,
  SealedTokenStore,
  type Secrets,
  type Shelf,
  type Slot,
} from './sealed-token-store'
import { KeyRing } from './seal'
import { sealedNotes } from './sealed-notes'
import type { Binding, TokenStore } from './token-store'
import type { Problem } from '../problem'

/** How long a sign-in waits for its connection to be deployed, and a lost connection's for its return. */
const PATIENCE = 24 * 60 * 60_000

/**
 * All sign-ins of this Node-RED. Those of the dialog's values that are not deployed lie beside the deployed ones, so
 * that cancelling a dialog takes nothing away.
 */
export class SignInStore {
  readonly deployed: TokenStore
  readonly drafts: TokenStore
  readonly #shelf: Shelf
  readonly #secrets: Secrets
  readonly #keys = new KeyRing()

  constructor(shelf: Shelf, secrets: Secrets, warn: (problem: Problem) => void) {
    const keys = this.#keys
    this.#secrets = secrets
    this.deployed = new SealedTokenStore(shelf, secrets, warn, { slotOf: ownSlot, keys })
    this.drafts = new SealedTokenStore(shelf, secrets, warn, { slotOf: draftSlot, keys })
    this.#shelf = shelf
  }

  /** What else a connection keeps over a restart, as its sign-in is kept and no longer. */
  notes(connection: string): Notes {
    return sealedNotes(connection, this.#shelf, this.#secrets, this.#keys)
  }

  /** What was signed in to in the dialog is the connection's now; false where there is no such thing. */
  async deploy(binding: Binding): Promise<boolean> {
    return this.#shelf.move(draftSlot(binding), ownSlot(binding))
  }

  /** All that is kept for a connection. */
  async forget(connection: string): Promise<void> {
    await this.#removeWhere((slot) => slot.connection === this.#shelf.nameOf(connection))
  }

  /**
   * What nothing leads to any more: a connection that was taken away while nothing ran, a sign-in that was never
   * deployed. Not at once, because another flow file or project may come back.
   */
  async sweep(connections: ReadonlySet<string>, now: number): Promise<void> {
    const known = new Set([...connections].map((id) => this.#shelf.nameOf(id)))
    await this.#removeWhere(async (slot) => {
      if (slot.part === undefined && known.has(slot.connection)) return false
      const written = writtenAt(await this.#shelf.read(slot))
      return written === undefined || written + PATIENCE < now
    })
  }

  async #removeWhere(goes: (slot: Slot) => boolean | Promise<boolean>): Promise<void> {
    for (const slot of await this.#shelf.slots()) if (await goes(slot)) await this.#shelf.remove(slot)
  }
}

function writtenAt(text: string | undefined): number | undefined {
  try {
    const sealed: unknown = JSON.parse(text ?? '')
    const written = isRecord(sealed) ? sealed['written'] : undefined
    return typeof written === 'number' ? written : undefined
  } catch {
    return undefined
  }
}
