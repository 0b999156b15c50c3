import { decodeText } from './json'

/** A text as its media type says it is written: its `charset`, a byte order mark, else UTF-8. */
export function decodeBody(bytes: Buffer, contentType: string): string {
  const [, named = ''] = /;\s*charset\s*=\s*"?([^\s";]+)/iu.exec(contentType) ?? []
  const marked = bytes.length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : ''
  const label = marked === '' ? named.toLowerCase() : marked
  if (label === '' || label === 'utf-8' || label === 'utf8' || label === 'us-ascii') return decodeText(bytes)
  try {
    return new TextDecoder(label).decode(bytes)
  } catch {
    // A charset that nobody knows: most texts are UTF-8 whatever they say.
    return decodeText(bytes)
  }
}

const IMAGES: readonly (readonly [string, readonly number[]])[] = [
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/png', [0x89, 0x50, 0x4e, 0x47]],
  ['image/gif', [0x47, 0x49, 0x46, 0x38]],
]

/** A photo is taken only by its own type (Graph, "profilePhoto: update"); other bytes are just bytes. */
export function mediaTypeOf(bytes: Buffer): string {
  const found = IMAGES.find(([, start]) => start.every((byte, index) => bytes[index] === byte))
  return found?.[0] ?? 'application/octet-stream'
}
