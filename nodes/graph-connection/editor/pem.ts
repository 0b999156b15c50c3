/** What a text or a file holds that is meant to be a certificate or a private key. */
export type PemContent =
  | {
      readonly kind: 'pem'
      readonly certificate: string
      readonly privateKey: string
      readonly encrypted: boolean
    }
  /** A `.pfx` or `.p12` file, which Node.js cannot read. */
  | { readonly kind: 'pkcs12' }
  /** A certificate or key in binary form. */
  | { readonly kind: 'der' }
  | { readonly kind: 'unknown' }

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^]*?-----END \1-----/gu
const BASE64 = /^[A-Za-z0-9+/=\s]+$/u

/** Sorts the blocks of PEM texts: one text may hold both, a chain, and what OpenSSL says around them. */
export function readPem(text: string): PemContent {
  const blocks = [...text.replaceAll('\r', '').matchAll(BLOCK)].map(([block, kind = '']) => ({ block, kind }))
  const certificates = blocks.filter(({ kind }) => kind.endsWith('CERTIFICATE'))
  const keys = blocks.filter(({ kind }) => kind.endsWith('PRIVATE KEY'))
  if (certificates.length + keys.length > 0) {
    return {
      kind: 'pem',
      certificate: certificates.map(({ block }) => `${block}\n`).join(''),
      privateKey: keys.map(({ block }) => `${block}\n`).join(''),
      encrypted: keys.some(
        ({ block, kind }) => kind.startsWith('ENCRYPTED') || block.includes('Proc-Type: 4,ENCRYPTED'),
      ),
    }
  }
  return BASE64.test(text.trim()) ? readBinary(bytesOf(text)) : { kind: 'unknown' }
}

/** A file as it was chosen: text, or one of the binary forms. */
export function readFile(bytes: Uint8Array): PemContent {
  const binary = readBinary(bytes)
  return binary.kind === 'unknown' ? readPem(new TextDecoder().decode(bytes)) : binary
}

/** All begin with an ASN.1 sequence; a PKCS#12 one goes on with its version, the number 3 (RFC 7292, 4). */
function readBinary(bytes: Uint8Array): PemContent {
  if (bytes[0] !== 0x30 || bytes.length < 16) return { kind: 'unknown' }
  const length = bytes[1] ?? 0
  const at = 2 + (length > 0x80 ? length - 0x80 : 0)
  const isVersion3 = bytes[at] === 0x02 && bytes[at + 1] === 0x01 && bytes[at + 2] === 0x03
  return { kind: isVersion3 ? 'pkcs12' : 'der' }
}

function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64.replaceAll(/\s/gu, '')), (character) => character.charCodeAt(0))
  } catch {
    return new Uint8Array()
  }
}
