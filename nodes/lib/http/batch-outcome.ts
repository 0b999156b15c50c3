import { readBatch } from '../odata/batch-format'
import { claimsChallenge } from './bearer-challenge'
import type { HttpRequest, HttpResponse } from './http'
import { TransportFailure } from './transport-failure'

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
  if (status >= 200 && status < 300) return { parts: readParts(batch, parts), unsupported: false }
  if (status >= 500 && status !== 501)
    return toEach(parts, (part) => ({ response: { ...batch, url: part.url } }))
  if (status === 401 || status === 429 || status === 408) {
    return toEach(parts, (part) => ({ response: { ...batch, url: part.url } }))
  }
  return { parts: parts.map(() => ALONE), unsupported: status === 404 || status === 405 || status === 501 }
}

/** A batch without an answer. Each part gets an error of its own: what is known of its outcome differs. */
export function failuresOf(error: unknown, parts: readonly HttpRequest[]): BatchOutcome | undefined {
  if (!(error instanceof TransportFailure)) return undefined
  const { kind, code, values } = error
  // It was answered, but whether each part succeeded stood in what is missing.
  const part = kind === 'cut' || kind === 'tooLarge' || kind === 'stopped' ? 'lost' : kind
  return toEach(parts, () => ({ failure: new TransportFailure(part, code, values) }))
}

function readParts(batch: HttpResponse, parts: readonly HttpRequest[]): PartOutcome[] {
  const answers = readBatch(batch, parts) ?? parts.map(() => undefined)
  return parts.map(({ url }, index) => {
    const response = answers[index]
    const { host } = new URL(url)
    if (response === undefined) return { failure: new TransportFailure('lost', 'partMissing', { host }) }
    return needsToken(response) ? ALONE : { response }
  })
}

/** By itself it gets another token, as any request does. */
function needsToken({ status, headers }: HttpResponse): boolean {
  return status === 401 || (status === 403 && claimsChallenge(headers.get('www-authenticate')) !== undefined)
}

function toEach(parts: readonly HttpRequest[], outcome: (part: HttpRequest) => PartOutcome): BatchOutcome {
  return { parts: parts.map(outcome), unsupported: false }
}
