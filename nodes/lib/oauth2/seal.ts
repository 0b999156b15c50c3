import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt } from 'node:crypto'
import { isRecord, textAt } from '../records'

/** A text at rest: authenticated encryption under a key that belongs to one connection. */
export interface Sealed {
  readonly version: 1
  /** Of the secret's scrypt; the same for all files that one process writes. */
  readonly salt: string
  readonly nonce: string
  /** Ciphertext and tag. */
  readonly data: string
}

const VERSION = 1
const TAG = 16
/** 2^15 costs 32 MB and around 0.1 s, once for each secret and process (OWASP, Password Storage: scrypt). */
const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }

/**
 * Derives and remembers keys. The secret may be one that a person chose, hence scrypt, which is slow on
 * purpose; what differs from connection to connection is derived from that by HKDF (RFC 5869).
 */
export class KeyRing {
  readonly #slow = new Map<string, Promise<Buffer>>()
  #salt: Buffer | undefined

  /** The salt to write with: one that was met before, so that scrypt need not run again. */
  get salt(): Buffer {
    this.#salt ??= randomBytes(16)
    return this.#salt
  }

  async key(secret: string, salt: Buffer, connection: string): Promise<Buffer> {
    this.#salt ??= salt
    const slow = await this.#stretched(secret, salt)
    return Buffer.from(hkdfSync('sha256', slow, '', `graph-connection ${connection}`, 32))
  }

  async #stretched(secret: string, salt: Buffer): Promise<Buffer> {
    const name = `${salt.toString('hex')} ${secret}`
    const stretched = this.#slow.get(name) ?? stretch(secret, salt)
    this.#slow.set(name, stretched)
    try {
      return await stretched
    } catch (error) {
      // Memory may have been short for a moment.
      this.#slow.delete(name)
      throw error
    }
  }
}

/** `bound` is authenticated with the text: it opens only where the same is given again. */
export function seal(text: string, key: Buffer, salt: Buffer, bound: string): Sealed {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(`${VERSION} ${bound}`))
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  const [saltText, nonceText, dataText] = [salt, nonce, data].map((bytes) => bytes.toString('base64'))
  return { version: VERSION, salt: saltText ?? '', nonce: nonceText ?? '', data: dataText ?? '' }
}

/** Undefined where key or binding is another, or the text was cut or changed. */
export function open({ nonce, data }: Sealed, key: Buffer, bound: string): string | undefined {
  const bytes = Buffer.from(data, 'base64')
  if (bytes.length < TAG) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), {
      authTagLength: TAG,
    })
    decipher.setAAD(Buffer.from(`${VERSION} ${bound}`)).setAuthTag(bytes.subarray(-TAG))
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

/** Undefined for what is no sealed text, such as a file that a power cut truncated. */
export function parseSealed(text: string): Sealed | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const [salt, nonce, data] = [textAt(value, 'salt'), textAt(value, 'nonce'), textAt(value, 'data')]
    if (!isRecord(value) || value['version'] !== VERSION) return undefined
    if (salt === undefined || nonce === undefined || data === undefined) return undefined
    return { version: VERSION, salt, nonce, data }
  } catch {
    return undefined
  }
}

async function stretch(secret: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, COST, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}
