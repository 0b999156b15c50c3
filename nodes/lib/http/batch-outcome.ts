import { readBatch } from '../odata/batch-format'
import { claimsChallenge } from './bearer-challenge'
import { repeatOf, type HttpRequest, type HttpResponse } from './http'
import { tooLargeFailure, TransportFailure } from './transport-failure'

/** What became of one part: its answer, its failure, or that it is to be sent by itself. */
export type PartOutcome =
  { readonly response: HttpResponse } | { readonly failure: TransportFailure } | { readonly alone: true }

export interface BatchOutcome {
  readonly parts: readonly PartOutcome[]
  /** The service has no batching after all. */
  readonly unsupported: boolean
}

const ALONE: PartOutcome = { alone: true }

/**
 * What an answered batch means for its parts (docs/reliability.md, "Batches"). A whole batch that was put off or
 * failed is each part's own refusal or failure; one that was not understood says nothing of its parts.
 */
export function outcomesOf(batch: HttpResponse, parts: readonly HttpRequest[]): BatchOutcome {
  const { status } = batch
  const success = status >= 200 && status < 300
  if (success && !isPage(batch)) return { parts: readParts(batch, parts), unsupported: false }
  const down = status >= 500 && status !== 501
  // A page of HTML is what somebody on the way says, to each of them.
  if (success || down || status === 401 || status === 429 || status === 408) {
    return toEach(parts, (part) => ({ response: { ...batch, url: part.url } }))
  }
  return { parts: parts.map(() => ALONE), unsupported: status === 404 || status === 405 || status === 501 }
}

/** A batch without an answer. Each part gets an error of its own: what is known of its outcome differs. */
export function failuresOf(error: unknown, parts: readonly HttpRequest[]): BatchOutcome | undefined {
  if (!(error instanceof TransportFailure)) return undefined
  const { kind, code, values } = error
  if (kind === 'tooLarge') return toEach(parts, (part) => apart(part, error))
  // It was answered, but whether each part succeeded stood in what is missing.
  const part = kind === 'cut' || kind === 'stopped' ? 'lost' : kind
  return toEach(parts, () => ({ failure: new TransportFailure(part, code, values) }))
}

/** One by one they may be small enough; of a write it is not known that it was not applied. */
function apart(part: HttpRequest, { code, values }: TransportFailure): PartOutcome {
  if (repeatOf(part) === 'safe') return ALONE
  return { failure: Object.assign(new TransportFailure('lost', code, values), { solo: true as const }) }
}

function isPage({ headers }: HttpResponse): boolean {
  return /^text\/html\b/iu.test(headers.get('content-type') ?? '')
}

function readParts(batch: HttpResponse, parts: readonly HttpRequest[]): PartOutcome[] {
  const answers = readBatch(batch, parts) ?? parts.map(() => undefined)
  return parts.map((part, index) => {
    const response = answers[index]
    if (response !== undefined) return needsToken(response) ? ALONE : within(part, response)
    return { failure: new TransportFailure('lost', 'partMissing', { host: new URL(part.url).host }) }
  })
}

/** A part may be as large as if it had come alone. */
function within({ maxResponseSize }: HttpRequest, response: HttpResponse): PartOutcome {
  if (response.body.length <= maxResponseSize) return { response }
  if (response.status >= 300) return { response: { ...response, body: Buffer.alloc(0) } }
  return { failure: Object.assign(tooLargeFailure(maxResponseSize), { head: response }) }
}

/** By itself it gets another token, as any request does. */
function needsToken({ status, headers }: HttpResponse): boolean {
  return status === 401 || (status === 403 && claimsChallenge(headers.get('www-authenticate')) !== undefined)
}

function toEach(parts: readonly HttpRequest[], outcome: (part: HttpRequest) => PartOutcome): BatchOutcome {
  return { parts: parts.map(outcome), unsupported: false }
}
