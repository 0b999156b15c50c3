import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChangeLog } from './change-log'

/** The bytes of a file: in memory, or in a temporary file if there are many. */
export interface Content {
  readonly size: number
  /** Hexadecimal in upper case, as OneDrive writes it. */
  readonly sha256: string
  readonly bytes?: Buffer
  readonly file?: string
}

export function contentOf(bytes: Buffer): Content {
  return { size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex').toUpperCase(), bytes }
}

/** The contents of files by their ids: those that a drive begins with, and those written since. */
export class Contents {
  #written = new Map<unknown, Content>()

  constructor(
    log: ChangeLog,
    readonly base: ReadonlyMap<unknown, Content>,
  ) {
    log.onReset(() => (this.#written = new Map()))
  }

  get(id: unknown): Content | undefined {
    return this.#written.get(id) ?? this.base.get(id)
  }

  set(id: unknown, content: Content): void {
    this.#written.set(id, content)
  }
}

/** Temporary files, in a folder that is made with the first and goes with all of them. */
export class Spool {
  #folder: string | undefined
  #number = 0

  /** The path of a file that is not there yet. */
  path(): string {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'local-tenant-'))
    return join(this.#folder, String(++this.#number))
  }

  clear(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
    this.#folder = undefined
  }
}
