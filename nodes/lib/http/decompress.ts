import { pipeline, type Readable } from 'node:stream'
import { promisify } from 'node:util'
import {
  brotliDecompress,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  gunzip,
  inflate,
  inflateRaw,
} from 'node:zlib'

/** What is asked for, best first (RFC 9110, 12.5.3). */
export const ACCEPTED_ENCODINGS = 'gzip, deflate, br'

/** One on top of another; more than one is rare. */
const MOST_ENCODINGS = 4

const unzip = promisify(gunzip)
const unbrotli = promisify(brotliDecompress)
const zlibInflate = promisify(inflate)
const rawInflate = promisify(inflateRaw)

/**
 * A whole body without its compression. zlib's own errors mean a broken body.
 * @param most bytes after decompression.
 * @throws RangeError with code ERR_BUFFER_TOO_LARGE.
 */
export async function decompress(body: Buffer, encoding: string | undefined, most: number): Promise<Buffer> {
  const limit = { maxOutputLength: Math.max(1, Math.floor(most)) }
  let plain = body
  for (const name of encodings(encoding)) {
    if (plain.length === 0) return plain
    if (name === 'gzip' || name === 'x-gzip') plain = await unzip(plain, limit)
    else if (name === 'br') plain = await unbrotli(plain, limit)
    else if (name === 'deflate')
      plain = await (isZlib(plain[0]) ? zlibInflate(plain, limit) : rawInflate(plain, limit))
  }
  return plain
}

/** A body as it comes, without its compression. Either end's failure reaches the other. */
export function decompressing(body: Readable, encoding: string | undefined): Readable {
  let plain = body
  for (const name of encodings(encoding)) {
    const step = decompressorOf(name)
    // The failure is met by whoever reads the last stream.
    if (step !== undefined) plain = pipeline(plain, step, () => undefined)
  }
  return plain
}

function decompressorOf(name: string): ReturnType<typeof createGunzip> | undefined {
  if (name === 'gzip' || name === 'x-gzip') return createGunzip()
  if (name === 'br') return createBrotliDecompress()
  return name === 'deflate' ? createInflate() : undefined
}

/** The last one applied comes off first (RFC 9110, 8.4). */
function encodings(header: string | undefined): string[] {
  if (header === undefined) return []
  const names = header.toLowerCase().split(',')
  // Each one costs memory, and time up to the limit of the answer.
  if (names.length > MOST_ENCODINGS) throw new Error('too many encodings')
  return names.map((name) => name.trim()).toReversed()
}

/** `deflate` is zlib's format (RFC 1950), which some servers leave the wrapping of out; its first byte says which. */
function isZlib(first: number | undefined): boolean {
  return ((first ?? 0) & 0x0f) === 8
}
