import { randomBytes } from 'node:crypto'
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { Problem } from '../problem'
import { fileProblem } from './file-problem'

/** Where the bytes of a download go, in order. */
export interface ByteSink {
  write(chunk: Buffer): Promise<void>
  /** Forgets what was written: the source has changed under the download. */
  restart(): Promise<void>
  /** All bytes have come. */
  finish(): Promise<void>
  /** Leaves nothing behind; harmless after `finish`. */
  discard(): Promise<void>
}

/** Collects in memory; how much that may be is the download's business. */
export class MemorySink implements ByteSink {
  #chunks: Buffer[] = []

  get bytes(): Buffer {
    const [only, ...rest] = this.#chunks
    return only !== undefined && rest.length === 0 ? only : Buffer.concat(this.#chunks)
  }

  async write(chunk: Buffer): Promise<void> {
    this.#chunks.push(chunk)
  }

  async restart(): Promise<void> {
    this.#chunks = []
  }

  async finish(): Promise<void> {}

  async discard(): Promise<void> {
    this.#chunks = []
  }
}

/**
 * A file that is there whole or not at all: the bytes go to a temporary name in the same folder, which is flushed and
 * renamed at the end. A file of that name is replaced then, not before.
 *
 * @throws Problem `fileNotWritable`, `fileFolderMissing`.
 */
export class FileSink implements ByteSink {
  readonly #path: string
  readonly #temporary: string
  readonly #field: string
  #handle: FileHandle | undefined

  constructor(path: string, field: string) {
    this.#path = path
    this.#field = field
    this.#temporary = `${path}.${randomBytes(6).toString('hex')}.part`
  }

  async write(chunk: Buffer): Promise<void> {
    await this.#guard(async () => {
      const handle = await this.#opened()
      for (let written = 0; written < chunk.length;) {
        const { bytesWritten } = await handle.write(chunk, written)
        written += bytesWritten
      }
    })
  }

  async restart(): Promise<void> {
    await this.#close()
  }

  async finish(): Promise<void> {
    await this.#guard(async () => {
      await (await this.#opened()).sync()
      await this.#close()
      await rename(this.#temporary, this.#path)
    })
  }

  async discard(): Promise<void> {
    await this.#close()
    await rm(this.#temporary, { force: true })
  }

  async #opened(): Promise<FileHandle> {
    if (this.#handle !== undefined) return this.#handle
    // Better said before a gigabyte has come than when it is renamed.
    const there = await stat(this.#path).catch(() => undefined)
    if (there?.isDirectory() === true) {
      throw new Problem('fileNotWritable', {
        field: this.#field,
        value: basename(this.#path),
        reason: 'EISDIR',
      })
    }
    this.#handle = await open(this.#temporary, 'w')
    return this.#handle
  }

  async #close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      throw fileProblem('write', this.#field, this.#path, error)
    }
  }
}
