import { ServiceError } from '../lib/odata/service-error'
import { errorName } from '../lib/error-code'
import { Problem } from '../lib/problem'
import { CATALOGUE, explainProblem, type Texts } from './explain-problem.js'

/**
 * Whatever was thrown, in the user's language and with what to do about it.
 *
 * @param permissions that would have opened the call, the least privileged first, where they are known.
 */
export function explain(texts: Texts, error: unknown, permissions: readonly string[] = []): string {
  const problem = asProblem(error)
  const text =
    problem instanceof ServiceError
      ? explainService(texts, problem, permissions)
      : explainProblem(texts, problem)
  return problem.outcomeUnknown ? `${text} ${texts._(`${CATALOGUE}:problems.hintOutcomeUnknown`)}` : text
}

/** The service's own words, and what its support asks for first: code and request id. */
function explainService(texts: Texts, error: ServiceError, permissions: readonly string[]): string {
  const { code, statusCode, requestId, serviceMessage } = error
  const message = serviceMessage === '' ? texts._(`${CATALOGUE}:problems.serviceSilent`) : serviceMessage
  const key = requestId === undefined ? 'service' : 'serviceWithRequestId'
  const values = { message, code, status: statusCode, requestId: requestId ?? '' }
  const hint = hintFor(error)
  const text = texts._(`${CATALOGUE}:problems.${key}`, values)
  if (hint === undefined) return text
  const named = hint === 'hintPermission' && permissions.length > 0
  const names = permissions.slice(0, NAMED).join(', ')
  return `${text} ${texts._(`${CATALOGUE}:problems.${named ? 'hintPermissions' : hint}`, { permissions: names })}`
}

/** Permissions that are named; the others open more than is needed. */
const NAMED = 4

/** What to do about the refusals that people meet most; undefined where the service's words must do. */
function hintFor({ code, statusCode, serviceMessage }: ServiceError): string | undefined {
  if (/\/me request is only valid with delegated/u.test(serviceMessage)) return 'hintMeNeedsUser'
  if (/must contain the Content-Type header/u.test(serviceMessage)) return 'hintBodyIsText'
  if (code === 'nameAlreadyExists') return 'hintNameExists'
  if (statusCode === 401) return 'hintTokenRefused'
  return statusCode === 403 ? 'hintPermission' : undefined
}

/** Anything that was thrown, as something that may be shown: foreign errors can carry tokens. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem('internalError', { reason: errorName(error) })
}
