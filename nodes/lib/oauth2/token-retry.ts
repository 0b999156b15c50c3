import type { Grant, TokenFailure } from './oauth2-problem'

export interface RetryState {
  /** How often it has been repeated already. */
  readonly repeated: number
  /** Milliseconds since the first try. */
  readonly elapsed: number
  readonly maxRetries: number
  /** From 0 to 1, for the jitter. */
  readonly random: number
}

const FIRST_WAIT = 500
const LONGEST_WAIT = 8_000
const LONGEST_TOTAL = 60_000

/**
 * Milliseconds after which a token request is sent again, undefined for never (docs/reliability.md, "Token requests").
 * A code is spent by the first service that sees it; everything else may be asked twice.
 */
export function retryDelay(grant: Grant, failure: TokenFailure, state: RetryState): number | undefined {
  if (state.repeated >= Math.min(state.maxRetries, allowed(grant, failure))) return undefined
  const jitter = state.random * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** state.repeated)
  const wait = (failure.retryAfter ?? 0) + jitter
  return state.elapsed + wait > LONGEST_TOTAL ? undefined : wait
}

function allowed(grant: Grant, { kind }: TokenFailure): number {
  switch (kind) {
    case 'final':
      return 0
    case 'nameUnknown':
      return 2
    case 'notSent':
      return Infinity
    case 'noAnswer':
      // A device code that was answered is spent, too; who polls asks again anyway.
      return grant === 'code' || grant === 'device_code' ? 0 : 1
    case 'busy':
      return grant === 'code' ? 0 : Infinity
  }
}
