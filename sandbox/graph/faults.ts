import { setTimeout as wait } from 'node:timers/promises'
import { Random } from '../contoso/random'
import { failure, type Answer, type Damage } from './answer'
import type { SeenRequest } from './control'
import { GraphError } from './errors'

/** What a service does with a request instead of answering it as it should. */
export type Fault = FaultName | PlannedAnswer

export interface PlannedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object becomes JSON, a text goes out as it is: as HTML unless a header says otherwise. */
  readonly body?: string | object
}

/** Whether a fault comes before the request has had its effect or after it, when only the answer is lost. */
export type Phase = 'before' | 'after'

interface Kind {
  readonly phase: Phase | 'either'
  /** What can befall a request of its own, a part of a batch, or both. */
  readonly where: 'requests' | 'parts' | 'both'
}

/** Named by what the client gets to see. */
const kinds = {
  '429': { phase: 'before', where: 'both' },
  '429-no-retry-after': { phase: 'before', where: 'both' },
  /** Refuses the access token from now on. */
  '401': { phase: 'before', where: 'both' },
  '503': { phase: 'before', where: 'both' },
  '503-no-retry-after': { phase: 'either', where: 'both' },
  '500': { phase: 'either', where: 'both' },
  '504': { phase: 'either', where: 'both' },
  'html-200': { phase: 'either', where: 'requests' },
  'html-502': { phase: 'either', where: 'requests' },
  /** The connection is reset, or nothing ever comes, before the answer or in the middle of it. */
  reset: { phase: 'either', where: 'requests' },
  'reset-body': { phase: 'after', where: 'requests' },
  stall: { phase: 'either', where: 'requests' },
  'stall-body': { phase: 'after', where: 'requests' },
  /** The connection ends in the middle of a body of known length, or of one in chunks. */
  cut: { phase: 'after', where: 'requests' },
  'cut-chunked': { phase: 'after', where: 'requests' },
  'bad-gzip': { phase: 'after', where: 'requests' },
  slow: { phase: 'after', where: 'both' },
  /** The answer of a batch lacks the part. */
  'missing-part': { phase: 'either', where: 'parts' },
} as const satisfies Record<string, Kind>

export type FaultName = keyof typeof kinds

export const faultNames = Object.keys(kinds) as FaultName[]

export interface FaultOptions {
  /** Share of the requests, and of the parts of batches, that something goes wrong with: 0 to 1. */
  readonly rate: number
  /** The same seed and the same order of requests give the same faults. Default 1. */
  readonly seed?: number
  /** Default: all. */
  readonly kinds?: readonly FaultName[]
  /** Only faults of this phase; default: either, as a fault can come. */
  readonly phase?: Phase
  /** Only requests of their own (a batch is one), or only the parts of batches. Default: both. */
  readonly where?: 'requests' | 'parts'
  /** Seconds, in 429 and 503. Default 1. */
  readonly retryAfter?: number
  /** Milliseconds that a slow answer takes. Default 1000. */
  readonly slow?: number
}

/** One fault and when it comes. */
export interface PlannedFault {
  readonly fault: Fault
  readonly phase: Phase
  readonly options: Pick<FaultOptions, 'retryAfter' | 'slow'>
}

/** Faults by chance. */
export class FaultPlan {
  readonly #random: Random
  readonly #requests: FaultName[]
  readonly #parts: FaultName[]

  constructor(readonly options: FaultOptions) {
    this.#random = new Random(options.seed ?? 1)
    const fitting = (place: 'requests' | 'parts'): FaultName[] =>
      (options.kinds ?? faultNames).filter((name) => {
        const { phase, where }: Kind = kinds[name]
        const wanted = options.where ?? place
        const comes = options.phase ?? phase
        return (
          wanted === place && (where === 'both' || where === place) && (phase === 'either' || phase === comes)
        )
      })
    this.#requests = fitting('requests')
    this.#parts = fitting('parts')
  }

  next({ part, origin }: SeenRequest): PlannedFault | undefined {
    const { rate, phase } = this.options
    const struck = this.#random.below(1_000_000) < rate * 1_000_000
    const [first, ...others] = part === undefined ? this.#requests : this.#parts
    if (!struck || first === undefined) return undefined
    const fault = this.#random.pick([first, ...others])
    // The origin of files knows no tokens.
    if (fault === '401' && origin === 'download') return undefined
    return plannedFault(fault, phase ?? (this.#random.chance(50) ? 'before' : 'after'), this.options)
  }
}

/** A fault in the phase that is wanted, or in the only one it can come in. */
export function plannedFault(
  fault: Fault,
  wanted: Phase,
  options: PlannedFault['options'] = {},
): PlannedFault {
  const own = typeof fault === 'string' ? kinds[fault].phase : 'either'
  return { fault, phase: own === 'either' ? wanted : own, options }
}

/** What a fault makes of an answer; of none where the request has not been carried out. */
export async function strike(
  { fault, options }: PlannedFault,
  answer: Answer | undefined,
  ids: { readonly requestId: string; readonly clientRequestId: string },
): Promise<Answer> {
  if (typeof fault !== 'string') return planned(fault)
  if (fault === 'slow') await wait(options.slow ?? 1000)
  const nothing: Answer = { status: 200, headers: {}, body: '' }
  if (fault === 'slow') return answer ?? nothing
  const refused = refusals[fault]
  if (refused !== undefined) return failure(refused(String(options.retryAfter ?? 1)), ids)
  if (fault === 'html-200' || fault === 'html-502') return page(fault === 'html-200' ? 200 : 502)
  return { ...(answer ?? nothing), damage: fault as Damage }
}

function planned({ status, headers = {}, body = '' }: PlannedAnswer): Answer {
  const isText = typeof body === 'string'
  return {
    status,
    headers: { 'Content-Type': isText ? 'text/html' : 'application/json', ...headers },
    body: isText ? body : JSON.stringify(body),
  }
}

function page(status: number): Answer {
  const body =
    '<!DOCTYPE html><html><head><title>Our services are busy</title></head><body><h2>Bad Gateway</h2></body></html>'
  return planned({ status, body })
}

const busy = 'The service is temporarily unavailable. Please try again later.'

const refusals: Partial<Record<FaultName, (retryAfter: string) => GraphError>> = {
  '429': (retryAfter) => tooMany({ 'Retry-After': retryAfter }),
  '429-no-retry-after': () => tooMany({}),
  '401': () =>
    new GraphError(401, 'InvalidAuthenticationToken', 'Lifetime validation failed, the token is revoked.', {
      'WWW-Authenticate': 'Bearer realm="", error="invalid_token"',
    }),
  '500': () => new GraphError(500, 'InternalServerError', 'An internal server error has occurred.'),
  '503': (retryAfter) => new GraphError(503, 'ServiceUnavailable', busy, { 'Retry-After': retryAfter }),
  '503-no-retry-after': () => new GraphError(503, 'ServiceUnavailable', busy),
  '504': () => new GraphError(504, 'UnknownError', ''),
}

function tooMany(headers: Readonly<Record<string, string>>): GraphError {
  return new GraphError(429, 'TooManyRequests', 'Too Many Requests', headers)
}
