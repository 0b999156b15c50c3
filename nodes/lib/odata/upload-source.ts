import { createWriteStream } from 'node:fs'
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Problem } from '../problem'
import { fileProblem, fileTooLarge } from './file-problem'

/** What is uploaded: of known length, and any part of it can be read again. */
export interface UploadSource {
  /** Bytes. */
  readonly size: number
  /** The file's own name, where there is a file. */
  readonly name: string | undefined
  /** The same for the same content after a restart; undefined for what does not outlive one. */
  readonly identity: string | undefined
  /** What it gives is good until the next read. */
  read(offset: number, length: number): Promise<Buffer>
  /** @throws Problem `fileChanged`: what was sent so far does not belong to the rest. */
  check(): Promise<void>
  close(): Promise<void>
}

export function memorySource(bytes: Buffer): UploadSource {
  return {
    size: bytes.length,
    name: undefined,
    identity: undefined,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    check: async () => {},
    close: async () => {},
  }
}

/** @throws Problem `fileMissing`, `fileNotReadable`. */
export async function fileSource(path: string, field: string): Promise<UploadSource> {
  let opened: FileHandle | undefined
  try {
    const handle = await open(path, 'r')
    opened = handle
    const before = await handle.stat()
    if (!before.isFile())
      throw new Problem('fileNotReadable', { field, value: basename(path), reason: 'EISDIR' })
    // One buffer for all ranges: a new one each time would wait for the collector by the dozen.
    let buffer = Buffer.alloc(0)
    const changed = (): Problem => new Problem('fileChanged', { field, value: basename(path) })
    return {
      size: before.size,
      name: basename(path),
      identity: JSON.stringify([path, before.size, before.mtimeMs, before.ino]),
      read: async (offset, length) => {
        if (buffer.length < length) buffer = Buffer.allocUnsafeSlow(length)
        const { bytesRead } = await handle.read(buffer, 0, length, offset)
        if (bytesRead < length) throw changed()
        return buffer.subarray(0, length)
      },
      check: async () => {
        const now = await handle.stat()
        if (now.size !== before.size || now.mtimeMs !== before.mtimeMs) throw changed()
      },
      close: async () => handle.close(),
    }
  } catch (error) {
    await opened?.close()
    throw fileProblem('read', field, path, error)
  }
}

/**
 * A stream whose length nobody knows: it goes to a temporary file first, because the service wants to know the length
 * before it takes the first byte, and because a part that was lost must be sent again.
 *
 * @param limit bytes.
 * @throws Problem `fileTooLarge`, `streamBroken`.
 */
export async function spooledSource(
  stream: AsyncIterable<Uint8Array | string>,
  limit: number,
  field: string,
  signal: AbortSignal,
): Promise<UploadSource> {
  const folder = await mkdtemp(join(tmpdir(), 'graph-odata-'))
  const remove = async (): Promise<void> => rm(folder, { recursive: true, force: true })
  const file = join(folder, 'upload')
  try {
    await pipeline(stream, limited(limit), createWriteStream(file, { mode: 0o600 }), { signal })
    const source = await fileSource(file, field)
    return {
      ...source,
      name: undefined,
      identity: undefined,
      close: async () => {
        await source.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    if (signal.aborted) throw signal.reason
    throw error instanceof Problem ? error : new Problem('streamBroken', { field })
  }
}

function limited(limit: number): Transform {
  let size = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size <= limit) done(null, chunk)
      else done(fileTooLarge(limit))
    },
  })
}
