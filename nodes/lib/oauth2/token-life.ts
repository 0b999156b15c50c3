import type { TokenAnswer } from './token-answer'
import type { AccessToken } from './token-source'

const EARLY = 5 * 60_000
const EARLY_SHARE = 0.2

/** An access token and when it came: its life decides how early it is renewed. */
export interface HeldToken extends AccessToken {
  readonly receivedAt: number
  /** What the service says it granted, undefined where it does not. */
  readonly scope: string | undefined
}

/**
 * Whether it is time for another: five minutes before the end, or a fifth of its life where that is shorter.
 * Entra's tokens live for 60 to 90 minutes, by policy from 10 minutes up; those of a test, for seconds.
 */
export function isDue({ expiresAt, receivedAt }: HeldToken, now: number): boolean {
  if (expiresAt === undefined) return false
  return now >= expiresAt - Math.min(EARLY, (expiresAt - receivedAt) * EARLY_SHARE)
}

export function isOver({ expiresAt }: HeldToken, now: number): boolean {
  return expiresAt !== undefined && now >= expiresAt
}

export function heldToken({ accessToken, expiresAt, scope }: TokenAnswer): HeldToken {
  return { value: accessToken, expiresAt, receivedAt: Date.now(), scope }
}
