import { createHash, randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../error-code'
import type { Shelf, Slot } from './sealed-token-store'

const PLAIN_ID = /^[a-z0-9][a-z0-9_-]{0,63}$/u
const ABANDONED = 60 * 60_000

/**
 * One file per connection, so that two processes on one folder never overwrite each other's. A file is replaced
 * whole: written under a name of its own, flushed, renamed. After a power cut there is the old or the new one.
 */
export class FileShelf implements Shelf {
  readonly #folder: string
  #ready: Promise<void> | undefined

  constructor(folder: string) {
    this.#folder = folder
  }

  async read(slot: Slot): Promise<string | undefined> {
    return unlessMissing(readFile(this.#file(slot), 'utf8'))
  }

  async write(slot: Slot, text: string): Promise<void> {
    await this.#prepared()
    await replaceFile(this.#folder, this.#file(slot), text)
  }

  async remove(slot: Slot): Promise<void> {
    await rm(this.#file(slot), { force: true })
  }

  async move(from: Slot, to: Slot): Promise<boolean> {
    const moved = await unlessMissing(rename(this.#file(from), this.#file(to)).then(() => true))
    if (moved === true) await flushFolder(this.#folder)
    return moved === true
  }

  async slots(): Promise<readonly Slot[]> {
    const names = (await unlessMissing(readdir(this.#folder))) ?? []
    return names.flatMap((name) => {
      const [, connection, part] = /^(.+?)(?:\.draft-([0-9a-f]{16}))?\.json$/u.exec(name) ?? []
      if (connection === undefined) return []
      return [part === undefined ? { connection } : { connection, part }]
    })
  }

  /** Ids that could mean another place, or the same file on some systems, are replaced by their hash. */
  nameOf(connection: string): string {
    return PLAIN_ID.test(connection) ? connection : createHash('sha256').update(connection).digest('hex')
  }

  /** A secret of this folder's own, for where Node-RED shows none. */
  async ownSecret(): Promise<string> {
    const found = await this.existingSecret()
    if (found !== undefined) return found
    await this.#prepared()
    return createOnce(this.#folder, join(this.#folder, 'key'))
  }

  async existingSecret(): Promise<string | undefined> {
    const found = (await unlessMissing(readFile(join(this.#folder, 'key'), 'utf8')))?.trim()
    return found === '' ? undefined : found
  }

  #file({ connection, part }: Slot): string {
    const suffix = part === undefined ? '' : `.draft-${part}`
    return join(this.#folder, `${this.nameOf(connection)}${suffix}.json`)
  }

  /** Once; but a folder that could not be made may have been put right since. */
  async #prepared(): Promise<void> {
    const ready = (this.#ready ??= this.#prepare())
    try {
      await ready
    } catch (error) {
      if (this.#ready === ready) this.#ready = undefined
      throw error
    }
  }

  async #prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await chmod(this.#folder, 0o700)
    await this.#sweep()
  }

  /** What a process left behind that was killed while writing. */
  async #sweep(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (!name.endsWith('.tmp')) continue
      const file = join(this.#folder, name)
      const found = await unlessMissing(stat(file))
      if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED) await rm(file, { force: true })
    }
  }
}

async function replaceFile(folder: string, file: string, text: string): Promise<void> {
  const temporary = join(folder, `${process.pid}-${randomBytes(6).toString('hex')}.tmp`)
  try {
    await writeThrough(temporary, text)
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await flushFolder(folder)
}

/** Of two processes that make the key at once, both use the one that came first: `link` never replaces. */
async function createOnce(folder: string, file: string): Promise<string> {
  const secret = randomBytes(32).toString('base64url')
  const temporary = join(folder, `${process.pid}-${randomBytes(6).toString('hex')}.tmp`)
  try {
    await writeThrough(temporary, secret)
    await link(temporary, file)
    await flushFolder(folder)
    return secret
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    return (await readFile(file, 'utf8')).trim()
  } finally {
    await rm(temporary, { force: true })
  }
}

async function writeThrough(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes the rename itself outlast a power cut; Windows has no such thing and needs none. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
