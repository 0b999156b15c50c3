import { randomBytes } from 'node:crypto'
import type { NodeAPI } from 'node-red'
import type { Shelf, Slot } from '../lib/oauth2/sealed-token-store'
import { isRecord, textAt } from '../lib/records'

const NAME = 'graphConnectionSignIns'
const OWN_SECRET = 'key'

type Settings = Pick<NodeAPI['settings'], 'get' | 'set'>

/**
 * For Node-RED with a storage module of its own, which may have no disk that lasts. Its settings are one object
 * for all, written whole, so that changes go one after another.
 */
export class SettingsShelf implements Shelf {
  readonly #settings: Settings
  #queue: Promise<unknown> = Promise.resolve()

  constructor(settings: Settings) {
    this.#settings = settings
  }

  async read(slot: Slot): Promise<string | undefined> {
    return textAt(this.#all(), keyOf(slot))
  }

  async write(slot: Slot, text: string): Promise<void> {
    await this.#change((all) => ({ ...all, [keyOf(slot)]: text }))
  }

  async remove(slot: Slot): Promise<void> {
    const name = keyOf(slot)
    if (textAt(this.#all(), name) === undefined) return
    await this.#change((all) => without(all, name))
  }

  async move(from: Slot, to: Slot): Promise<boolean> {
    let moved = false
    if (textAt(this.#all(), keyOf(from)) === undefined) return moved
    await this.#change((all) => {
      const text = textAt(all, keyOf(from))
      moved = text !== undefined
      return text === undefined ? all : { ...without(all, keyOf(from)), [keyOf(to)]: text }
    })
    return moved
  }

  async slots(): Promise<readonly Slot[]> {
    return Object.keys(this.#all()).flatMap((key) => {
      const [, part, connection] = /^(?:id|draft-([0-9a-f]{16})):(.*)$/su.exec(key) ?? []
      if (connection === undefined) return []
      return [part === undefined ? { connection } : { connection, part }]
    })
  }

  nameOf(connection: string): string {
    return connection
  }

  async ownSecret(): Promise<string> {
    const secret = randomBytes(32).toString('base64url')
    await this.#change((all) => ({ [OWN_SECRET]: secret, ...all }))
    return (await this.existingSecret()) ?? secret
  }

  async existingSecret(): Promise<string | undefined> {
    return textAt(this.#all(), OWN_SECRET)
  }

  #all(): Readonly<Record<string, unknown>> {
    const all: unknown = this.#settings.get(NAME)
    return isRecord(all) ? all : {}
  }

  async #change(edit: (all: Readonly<Record<string, unknown>>) => object): Promise<void> {
    const write = async (): Promise<void> => this.#settings.set(NAME, edit(this.#all()))
    const written = this.#queue.then(write, write)
    this.#queue = written
    await written
  }
}

function keyOf({ connection, part }: Slot): string {
  return `${part === undefined ? 'id' : `draft-${part}`}:${connection}`
}

function without(all: Readonly<Record<string, unknown>>, name: string): object {
  return Object.fromEntries(Object.entries(all).filter(([key]) => key !== name))
}
