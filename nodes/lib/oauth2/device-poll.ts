import type { TokenFailure } from './oauth2-problem'

/** All in milliseconds. */
export interface Poll {
  /** Between two questions from now on. */
  readonly interval: number
  /** Until the next one. */
  readonly wait: number
}

/** RFC 8628, 3.5: what `slow_down` adds, and the interval where the service names none. */
export const SLOWER = 5_000
/** A service that names more, or is not there for a while, is asked each minute: a person stands and waits. */
const LONGEST_INTERVAL = 60_000
/** Nor is one that names none to speak of asked without a pause. */
const SHORTEST_INTERVAL = 100

export function firstPoll(interval: number): Poll {
  const bounded = Math.min(Math.max(interval, SHORTEST_INTERVAL), LONGEST_INTERVAL)
  return { interval: bounded, wait: bounded }
}

/**
 * How the asking for a device code's outcome goes on after a refusal; undefined where it is in vain. What passes (no
 * answer, a service or proxy that is down) is asked again ever more slowly, as RFC 8628, 3.5 wants it, whatever `error`
 * a service in trouble may name.
 */
export function nextPoll(
  { kind, problem, retryAfter = 0 }: TokenFailure,
  interval: number,
): Poll | undefined {
  const next = nextInterval(kind, problem.values['error'], interval)
  return next === undefined ? undefined : { interval: next, wait: Math.max(next, retryAfter) }
}

function nextInterval(kind: TokenFailure['kind'], said: unknown, interval: number): number | undefined {
  if (said === 'authorization_pending') return interval
  if (said === 'slow_down') return interval + SLOWER
  if (kind === 'final') return undefined
  return Math.max(interval, Math.min(Math.max(interval, SLOWER) * 2, LONGEST_INTERVAL))
}
