import type { NodeAPI } from 'node-red'
import { ServiceError } from '../lib/odata/service-error'
import { Problem } from '../lib/problem'
import { explain } from './explain'

/** What a Catch node receives: words for a person, and a code to branch on as an own property. */
export type FlowError = Error & { code: string }

/**
 * An error as it may leave the package. Only words and code are taken over: a `cause` would be handed on by
 * Node-RED with everything in it.
 */
export function flowError(RED: NodeAPI, error: unknown, permissions: readonly string[] = []): FlowError {
  const code = error instanceof Problem ? error.code : 'internalError'
  return Object.assign(new Error(explain(RED, error, permissions)), { code })
}

/** What the incoming message's `graph` says of a failure. */
export function failureFacts(error: unknown): Record<string, unknown> {
  const outcome = error instanceof Problem && error.outcomeUnknown ? { outcome: 'unknown' } : {}
  if (!(error instanceof ServiceError)) return { ...outcome, ...pauseOf(error) }
  const { statusCode, requestId, retryAfter } = error
  return {
    ...outcome,
    statusCode,
    ...(requestId === undefined ? {} : { requestId }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  }
}

/** Also the sign-in service may say, in seconds, when it wants to be asked again. */
function pauseOf(error: unknown): Record<string, unknown> {
  const retryAfter = error instanceof Problem ? error.values['retryAfter'] : undefined
  return retryAfter === undefined ? {} : { retryAfter }
}
