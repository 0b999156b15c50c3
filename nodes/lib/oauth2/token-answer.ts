import { isRecord, textAt } from '../records'
import { Problem } from '../problem'

/** What the token endpoint gave, read with care: services differ in types and in what they leave out. */
export interface TokenAnswer {
  readonly accessToken: string
  /** Epoch milliseconds; undefined where the service did not say. */
  readonly expiresAt: number | undefined
  /** Undefined where the service sent none: then the old one stays in use (RFC 6749, 6). */
  readonly refreshToken: string | undefined
  readonly idToken: string | undefined
  /** What was granted, where the service says so. */
  readonly scope: string | undefined
}

/**
 * @param serverNow the service's own clock, where it is known: what it says absolutely is meant by that.
 * @throws Problem where the answer is no token that can be sent as a bearer (RFC 6749, 5.1 and 7.1).
 */
export function readTokenAnswer(answer: unknown, now: number, serverNow = now): TokenAnswer {
  const accessToken = textAt(answer, 'access_token') ?? ''
  const type = textAt(answer, 'token_type')
  if (accessToken === '') throw new Problem('tokenMissing')
  if (type !== undefined && type.toLowerCase() !== 'bearer') throw new Problem('tokenTypeUnknown', { type })
  return {
    accessToken,
    expiresAt: expiry(answer, now, serverNow),
    refreshToken: textAt(answer, 'refresh_token') || undefined,
    idToken: textAt(answer, 'id_token'),
    scope: textAt(answer, 'scope'),
  }
}

/** Entra's V2 says `expires_in` as a number, V1 as a string; managed identities may say only `expires_on`. */
function expiry(answer: unknown, now: number, serverNow: number): number | undefined {
  if (!isRecord(answer)) return undefined
  const lasts = seconds(answer['expires_in'])
  if (lasts !== undefined) return now + lasts * 1000
  const ends = seconds(answer['expires_on'])
  return ends === undefined ? undefined : ends * 1000 - serverNow + now
}

function seconds(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined
}
