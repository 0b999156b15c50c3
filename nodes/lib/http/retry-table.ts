import type { HttpMethod, Repeat } from './http'

/**
 * What can become of one try. The first group never got a usable answer, the second is told by the status; `busy` and
 * `overloaded` say "later" and mean that nothing was done.
 */
export type RetryEvent =
  | 'nameUnknown'
  | 'notSent'
  | 'final'
  | 'lost'
  | 'stopped'
  | 'cut'
  | 'tooLarge'
  | 'html'
  | 'success'
  | 'refused'
  | 'gone'
  | 'requestTimeout'
  | 'tooEarly'
  | 'conflict'
  | 'precondition'
  | 'locked'
  | 'dependency'
  | 'busy'
  | 'overloaded'
  | 'serverError'
  | 'unavailable'

/**
 * `yes`, `once`, `twice`, `thrice`: repeat, so often for this event. `no`: that is the answer. `unknown`: the answer,
 * and nobody knows whether the request was applied. `success`: it was applied, whatever became of the answer.
 * `goneIfLost`: a DELETE whose earlier try was lost has found its work done. `unknownIfLost`: a refusal that an
 * earlier, lost try may itself have caused.
 */
export type Cell =
  'yes' | 'once' | 'twice' | 'thrice' | 'no' | 'unknown' | 'success' | 'goneIfLost' | 'unknownIfLost'

type Row = Readonly<Record<Repeat, Cell>>

function all(cell: Cell): Row {
  return { safe: cell, idempotent: cell, conditional: cell, once: cell }
}

/** The columns of safety: reads; idempotent; with If-Match; everything else. Docs: docs/reliability.md. */
function row(safe: Cell, idempotent: Cell, conditional: Cell, once: Cell): Row {
  return { safe, idempotent, conditional, once }
}

/** Where a try may have been applied is told by the last column: there it is `unknown`. */
export const RETRY_TABLE: Readonly<Record<RetryEvent, Row>> = {
  nameUnknown: all('twice'),
  notSent: all('yes'),
  final: all('no'),
  lost: row('yes', 'yes', 'yes', 'unknown'),
  stopped: row('no', 'unknown', 'unknown', 'unknown'),
  cut: row('yes', 'success', 'success', 'success'),
  tooLarge: row('no', 'success', 'success', 'success'),
  html: row('once', 'unknown', 'unknown', 'unknown'),
  success: all('no'),
  refused: all('no'),
  gone: row('no', 'goneIfLost', 'goneIfLost', 'no'),
  requestTimeout: row('yes', 'yes', 'yes', 'unknown'),
  tooEarly: all('yes'),
  conflict: row('no', 'no', 'no', 'unknownIfLost'),
  precondition: all('no'),
  locked: all('thrice'),
  dependency: all('yes'),
  busy: all('yes'),
  overloaded: all('yes'),
  serverError: row('twice', 'twice', 'twice', 'unknown'),
  unavailable: row('yes', 'yes', 'yes', 'unknown'),
}

/** One try, and what went before it. */
export interface Try {
  readonly event: RetryEvent
  readonly repeat: Repeat
  readonly method: HttpMethod
  /** How often the request was repeated already. */
  readonly repeats: number
  /** How often because of this event. */
  readonly repeatsForEvent: number
  /** An earlier try may have been applied. */
  readonly lost: boolean
  /** Seconds that the service asked for. */
  readonly retryAfter: number | undefined
  /** Milliseconds that were waited between tries. */
  readonly elapsed: number
  readonly maxRetries: number
  /** From 0 to 1, for the jitter. */
  readonly random: number
}

export type Decision =
  | { readonly act: 'repeat'; readonly after: number; readonly fresh: boolean }
  | { readonly act: 'final' | 'unknown' | 'success' }

/** Milliseconds. */
const FIRST_WAIT = 500
const LONGEST_WAIT = 30_000
/** Graph has asked for more than five minutes; a service that asks for more than this is better told to a person. */
export const LONGEST_TOTAL = 15 * 60_000

const LIMITS: Partial<Record<Cell, number>> = { yes: Infinity, once: 1, twice: 2, thrice: 3 }

/** After these another connection is opened: the old one is broken, or leads to a front end that is down. */
const FRESH: ReadonlySet<RetryEvent> = new Set(['lost', 'cut', 'unavailable', 'overloaded'])

export function decide(state: Try): Decision {
  const { event, repeat, lost } = state
  const cell = RETRY_TABLE[event][repeat]
  const limit = LIMITS[cell]
  if (limit !== undefined) return repeated(state, limit)
  if (cell === 'unknown' || (cell === 'unknownIfLost' && lost)) return { act: 'unknown' }
  if (cell === 'success') return { act: 'success' }
  if (cell === 'goneIfLost' && lost && state.method === 'DELETE') return { act: 'success' }
  return { act: event === 'final' && lost && repeat !== 'safe' ? 'unknown' : 'final' }
}

/** Whether a try that ended so may have been applied. */
export function mayBeApplied(event: RetryEvent): boolean {
  return RETRY_TABLE[event].once === 'unknown'
}

function repeated(state: Try, limit: number): Decision {
  const { event, repeats, repeatsForEvent, maxRetries, elapsed } = state
  const after = waitOf(state)
  const over = repeats >= maxRetries || repeatsForEvent >= limit || elapsed + after > LONGEST_TOTAL
  if (!over) return { act: 'repeat', after, fresh: FRESH.has(event) }
  const unknown = state.repeat !== 'safe' && (state.lost || mayBeApplied(event))
  return { act: unknown ? 'unknown' : 'final' }
}

/** Full jitter, so that many who failed together do not come back together; never before the service's own time. */
function waitOf({ retryAfter, repeats, random }: Try): number {
  const jitter = random * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** repeats)
  return Math.max((retryAfter ?? 0) * 1000, jitter)
}
