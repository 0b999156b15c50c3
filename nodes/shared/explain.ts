import type { NodeAPI } from 'node-red'
import { ServiceError } from '../lib/odata/service-error'
import { Problem } from '../lib/problem'

const CATALOGUE = 'node-red-contrib-graph-odata/graph-connection'

/** Whatever was thrown, in the user's language and with what to do about it. */
export function explain(RED: Pick<NodeAPI, '_'>, error: unknown): string {
  const problem = asProblem(error)
  const text = problem instanceof ServiceError ? explainService(RED, problem) : explainProblem(RED, problem)
  return problem.outcomeUnknown ? `${text} ${RED._(`${CATALOGUE}:problems.hintOutcomeUnknown`)}` : text
}

function explainProblem(RED: Pick<NodeAPI, '_'>, { code, values }: Problem): string {
  return lookUp(RED, `problems.${code}`, values) ?? RED._(`${CATALOGUE}:problems.unknown`, { code })
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
  return error instanceof Problem ? error : new Problem('internalError', { reason: reasonOf(error) })
}

/** Undefined where the catalogue has no such text: i18next then hands the key back. */
function lookUp(RED: Pick<NodeAPI, '_'>, key: string, values: Problem['values']): string | undefined {
  const field = values['field']
  const named = field === undefined ? {} : { field: labelOf(RED, String(field)) }
  const text = RED._(`${CATALOGUE}:${key}`, { detail: '', ...values, ...named })
  return text === key || text.endsWith(`:${key}`) ? undefined : text.trim()
}

/** What the dialog calls a property. */
function labelOf(RED: Pick<NodeAPI, '_'>, field: string): string {
  for (const type of ['graph-connection', 'graph-odata']) {
    const key = `label.${field}`
    const text = RED._(`node-red-contrib-graph-odata/${type}:${key}`)
    if (text !== key && !text.endsWith(`:${key}`)) return text
  }
  return field
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
