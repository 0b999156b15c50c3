import {
  constants,
  createHash,
  createPrivateKey,
  randomUUID,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import type { ConnectionSecrets } from '../connection-settings'
import { Problem } from '../problem'
import { isRecord } from '../records'

/** Entra, "Certificate credentials": a life of 5 to 10 minutes; begun early, because clocks differ. */
const LIFE = 10 * 60
const EARLY = 5 * 60

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/u
const KEY =
  /-----BEGIN (?:ENCRYPTED |RSA |EC )?PRIVATE KEY-----[\s\S]+?-----END (?:ENCRYPTED |RSA |EC )?PRIVATE KEY-----/u

/** A certificate's key, ready to sign, and how the service recognises it. */
export interface Signer {
  readonly key: KeyObject
  /** base64url of the SHA-256 of the DER: the header `x5t#S256`. */
  readonly thumbprint: string
}

/**
 * @throws Problem where certificate and key are missing, are no PEM, do not open or do not belong together: all of it
 * before anything is sent.
 */
export function signerOf(secrets: ConnectionSecrets, now: number): Signer {
  const { certificate: text = '', privateKey = '' } = secrets
  if (text.trim() === '') throw new Problem('certificateMissing', { field: 'certificate' })
  const certificate = certificateOf(text)
  const key = privateKeyOf(privateKey.trim() === '' ? text : privateKey, secrets.passphrase ?? '')
  if (!certificate.checkPrivateKey(key)) throw new Problem('keyOfOtherCertificate', { field: 'privateKey' })
  if (Date.parse(certificate.validTo) + EARLY * 1000 < now) {
    throw new Problem('certificateExpired', { field: 'certificate', date: certificate.validTo })
  }
  return { key, thumbprint: createHash('sha256').update(certificate.raw).digest('base64url') }
}

/** The signed statement "this client asks this token endpoint" (RFC 7523, 2.2 and 3). `now` is in milliseconds. */
export function signedAssertion(
  { key, thumbprint }: Signer,
  clientId: string,
  tokenUrl: string,
  now: number,
): string {
  const seconds = Math.floor(now / 1000)
  const header = { alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint }
  const claims = {
    aud: tokenUrl,
    iss: clientId,
    sub: clientId,
    jti: randomUUID(),
    iat: seconds,
    nbf: seconds - EARLY,
    exp: seconds + LIFE,
  }
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = sign('sha256', Buffer.from(text), {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  })
  return `${text}.${signature.toString('base64url')}`
}

/** node:crypto reads no PKCS#12 (.pfx, .p12): the text says how openssl makes PEM of it. */
function certificateOf(text: string): X509Certificate {
  const pem = CERTIFICATE.exec(text)?.[0]
  if (pem === undefined) throw new Problem('certificateNotPem', { field: 'certificate' })
  try {
    return new X509Certificate(pem)
  } catch {
    throw new Problem('certificateNotPem', { field: 'certificate' })
  }
}

function privateKeyOf(text: string, passphrase: string): KeyObject {
  const pem = KEY.exec(text)?.[0]
  if (pem === undefined) throw new Problem('privateKeyMissing', { field: 'privateKey' })
  const encrypted = pem.includes('ENCRYPTED')
  if (encrypted && passphrase === '') throw new Problem('passphraseMissing', { field: 'passphrase' })
  const key = readKey(pem, encrypted ? passphrase : undefined)
  if (key.asymmetricKeyType !== 'rsa') throw new Problem('privateKeyNotRsa', { field: 'privateKey' })
  return key
}

function readKey(pem: string, passphrase: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) })
  } catch (error) {
    // OpenSSL's own words may quote what they could not read.
    const code = isRecord(error) ? error['code'] : undefined
    const reason = typeof code === 'string' ? code : 'unknown'
    throw passphrase === undefined
      ? new Problem('privateKeyUnreadable', { field: 'privateKey', reason })
      : new Problem('passphraseWrong', { field: 'passphrase', reason })
  }
}
