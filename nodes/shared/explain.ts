import type { NodeAPI } from 'node-red'
import { ServiceError } from '../lib/odata/service-error'
import { errorName } from '../lib/error-code'
import { Problem } from '../lib/problem'
import { CATALOGUE, explainProblem } from './explain-problem.js'

/** Whatever was thrown, in the user's language and with what to do about it. */
export function explain(RED: Pick<NodeAPI, '_'>, error: unknown): string {
  const problem = asProblem(error)
  const text = problem instanceof ServiceError ? explainService(RED, problem) : explainProblem(RED, problem)
  return problem.outcomeUnknown ? `${text} ${RED._(`${CATALOGUE}:problems.hintOutcomeUnknown`)}` : text
}

/** The service's own words, and what its support asks for first: code and request id. */
function explainService(RED: Pick<NodeAPI, '_'>, error: ServiceError): string {
  const { code, statusCode, requestId, serviceMessage } = error
  const message = serviceMessage === '' ? RED._(`${CATALOGUE}:problems.serviceSilent`) : serviceMessage
  const key = requestId === undefined ? 'service' : 'serviceWithRequestId'
  const values = { message, code, status: statusCode, requestId: requestId ?? '' }
  const hint = hintFor(error)
  const text = RED._(`${CATALOGUE}:problems.${key}`, values)
  return hint === undefined ? text : `${text} ${RED._(`${CATALOGUE}:problems.${hint}`)}`
}

/** What to do about the refusals that people meet most; undefined where the service's words must do. */
function hintFor({ statusCode, serviceMessage }: ServiceError): string | undefined {
  if (/\/me request is only valid with delegated/u.test(serviceMessage)) return 'hintMeNeedsUser'
  if (statusCode === 401) return 'hintTokenRefused'
  return statusCode === 403 ? 'hintPermission' : undefined
}

/** Anything that was thrown, as something that may be shown: foreign errors can carry tokens. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem('internalError', { reason: errorName(error) })
}
