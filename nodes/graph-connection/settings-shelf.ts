import { randomBytes } from 'node:crypto'
import type { NodeAPI } from 'node-red'
import type { Shelf } from '../lib/oauth2/sealed-token-store'
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

  async read(connection: string): Promise<string | undefined> {
    return textAt(this.#all(), `id:${connection}`)
  }

  async write(connection: string, text: string): Promise<void> {
    await this.#change((all) => ({ ...all, [`id:${connection}`]: text }))
  }

  async remove(connection: string): Promise<void> {
    const name = `id:${connection}`
    if (textAt(this.#all(), name) === undefined) return
    await this.#change((all) => Object.fromEntries(Object.entries(all).filter(([key]) => key !== name)))
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
