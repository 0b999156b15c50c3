import { errorCode } from '../error-code'
import { retryAfterSeconds } from '../http/retry-after'
import { proxyProblem } from '../http/transport-failure'
import { printable } from '../printable'
import { Problem } from '../problem'
import { isRecord, textAt } from '../records'
import { meaningOf } from './entra-errors'

export type Grant =
  'code' | 'refresh' | 'client_credentials' | 'password' | 'device_code' | 'managed_identity'

/** A failed token request: what to tell, and what the retry decision looks at. */
export interface TokenFailure {
  readonly problem: Problem
  /** `nameUnknown` and `notSent`: the service has seen nothing. `noAnswer`: it may have. */
  readonly kind: 'nameUnknown' | 'notSent' | 'noAnswer' | 'busy' | 'final'
  /** Milliseconds that the service asks to wait. */
  readonly retryAfter?: number
  /** Milliseconds by which the service's clock differs from ours, where it is known (`Date`, RFC 9110, 6.6.1). */
  readonly clockSkew?: number
}

/** The circumstances that an error itself does not tell. */
export interface RequestFacts {
  readonly grant: Grant
  readonly url: string
  /** Milliseconds. */
  readonly timeout: number
  /** Whether a connection stood, so that the service may have seen the request. */
  readonly sent: boolean
  /** Whether more came than is read: Wreck then only says that the answer was cut. */
  readonly overLimit: boolean
  /** Cut out of whatever the service says: some echo what they were sent. */
  readonly secrets: readonly string[]
  readonly now: number
}

/** OAuth errors after which only a person can get a new token (Entra: reference-error-codes; OIDC Core, 3.1.2.6). */
const PERSON_NEEDED: ReadonlySet<string> = new Set([
  'invalid_grant',
  'interaction_required',
  'login_required',
  'consent_required',
])

const UNKNOWN_NAME: ReadonlySet<string> = new Set(['ENOTFOUND', 'EAI_AGAIN'])
const NO_CONNECTION: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
])
const LONGEST_CLAIMS = 4_000
const UNTRUSTED = /CERT|ERR_TLS|ERR_SSL|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|EPROTO/u

/** Translates what simple-oauth2 and Wreck throw. Fields are copied; the error itself goes no further. */
export function tokenFailure(error: unknown, facts: RequestFacts): TokenFailure {
  const answer = answerOf(error)
  const dripping = answer?.cut === true && isLate(error)
  return answer === undefined || dripping ? withoutAnswer(error, facts) : refusalFailure(answer, facts)
}

/** What the sign-in page sends back instead of a code (RFC 6749, 4.1.2.1). */
export function authorizeProblem(error: string, description: string): Problem {
  const number = entraNumber(description)
  const meaning = meaningOf(error, number) ?? { code: 'signInRefused' }
  return new Problem(meaning.code, {
    ...(meaning.field === undefined ? {} : { field: meaning.field }),
    ...details(error, number, description, undefined, []),
  })
}

/** A refusal as it came, whoever asked for it. */
export interface TokenRefusal {
  readonly status: number
  readonly body: unknown
  readonly retryAfter: string | undefined
  readonly date: string | undefined
  readonly cut: boolean
}

/** Boom hides the true status where the body is not JSON: it says 406 or 502, the response itself knows. */
function answerOf(error: unknown): TokenRefusal | undefined {
  const data = isRecord(error) ? error['data'] : undefined
  const response = isRecord(data) ? data['res'] : undefined
  if (!isRecord(data) || !isRecord(response)) return undefined
  const status = response['statusCode']
  return {
    status: typeof status === 'number' ? status : 0,
    body: data['payload'],
    retryAfter: textAt(response['headers'], 'retry-after'),
    date: textAt(response['headers'], 'date'),
    cut: response['complete'] === false,
  }
}

/** What an answer other than 200 means. */
export function refusalFailure(answer: TokenRefusal, facts: RequestFacts): TokenFailure {
  const { status, body, retryAfter, date, cut } = answer
  const { host } = new URL(facts.url)
  const seconds = retryAfterSeconds(retryAfter, facts.now)
  const wait = seconds === undefined ? {} : { retryAfter: seconds * 1000 }
  const busy = { kind: 'busy', ...wait } as const
  const oauthError = textAt(body, 'error')
  if (oauthError !== undefined) {
    const problem = oauthProblem(oauthError, body, facts)
    const temporary = oauthError === 'temporarily_unavailable' || status === 429 || status >= 500
    if (temporary) return { problem, ...busy }
    const clockSkew = date === undefined ? Number.NaN : Date.parse(date) - facts.now
    return { problem, kind: 'final', ...wait, ...(Number.isFinite(clockSkew) ? { clockSkew } : {}) }
  }
  if (status === 407) {
    return { problem: new Problem('proxyAuthentication', { field: 'proxy', host }), kind: 'final' }
  }
  if (status === 429) return { problem: new Problem('serviceBusy', { host }), ...busy }
  if (status >= 500) return { problem: new Problem('serviceUnavailable', { host, status }), ...busy }
  if (status === 404 || status === 405) {
    return {
      problem: new Problem('tokenUrlWrong', { field: 'tokenUrl', status, url: facts.url }),
      kind: 'final',
    }
  }
  if (facts.overLimit) {
    return { problem: new Problem('tokenAnswerTooLarge', { field: 'tokenUrl', host }), kind: 'final' }
  }
  if (cut) return { problem: new Problem('answerCut', { host }), kind: 'noAnswer' }
  return { problem: new Problem('notJson', { field: 'tokenUrl', host, status }), kind: 'final' }
}

function oauthProblem(error: string, body: unknown, { grant, secrets }: RequestFacts): Problem {
  const description = textAt(body, 'error_description') ?? ''
  const number = listedNumber(body) ?? entraNumber(description)
  const claims = textAt(body, 'claims')
  const values = {
    ...details(error, number, description, textAt(body, 'correlation_id'), secrets),
    // What the next sign-in has to bring (Entra, "Claims challenges").
    ...(claims === undefined || claims.length > LONGEST_CLAIMS ? {} : { claims }),
  }
  if (grant === 'refresh' && PERSON_NEEDED.has(error)) return new Problem('signInRequired', values)
  const meaning = meaningOf(error, number) ?? unexplained(error, grant)
  return new Problem(meaning.code, {
    ...(meaning.field === undefined ? {} : { field: meaning.field }),
    ...values,
  })
}

function unexplained(error: string, grant: Grant): { code: string; field?: string } {
  if (error !== 'invalid_grant') return { code: 'requestRefused' }
  return grant === 'password' ? { code: 'passwordWrong', field: 'password' } : { code: 'codeRefused' }
}

function withoutAnswer(error: unknown, facts: RequestFacts): TokenFailure {
  const { host } = new URL(facts.url)
  const code = codeOf(error)
  if (UNTRUSTED.test(code)) {
    return { problem: new Problem('certificateRefused', { host, reason: code }), kind: 'final' }
  }
  const byProxy = proxyProblem(code, host)
  if (byProxy !== undefined) {
    const status = byProxy.values['status']
    const passing = byProxy.code === 'proxyUnreachable' || (typeof status === 'number' && status >= 500)
    return { problem: byProxy, kind: passing ? 'notSent' : 'final' }
  }
  const problem = isLate(error)
    ? new Problem('timeout', { host, seconds: facts.timeout / 1000 })
    : new Problem('serviceUnreachable', { host, reason: code })
  if (UNKNOWN_NAME.has(code)) return { problem, kind: 'nameUnknown' }
  return { problem, kind: facts.sent && !NO_CONNECTION.has(code) ? 'noAnswer' : 'notSent' }
}

/** Wreck's two: no answer has begun (504), or it has not come to its end (408). */
function isLate(error: unknown): boolean {
  const output = isRecord(error) ? error['output'] : undefined
  const status = isRecord(output) ? output['statusCode'] : undefined
  return status === 504 || status === 408
}

/** Boom keeps what happened as `data`. */
function codeOf(error: unknown): string {
  const code = errorCode(error)
  return code === 'unknown' && isRecord(error) ? errorCode(error['data']) : code
}

function details(
  error: string,
  number: number | undefined,
  description: string,
  correlationId: string | undefined,
  secrets: readonly string[],
): Record<string, string> {
  return {
    error: printable(error, { secrets }),
    detail: printable(firstLine(description), { secrets }),
    ...(number === undefined ? {} : { aadsts: `AADSTS${number}` }),
    ...(correlationId === undefined ? {} : { correlationId: printable(correlationId, { secrets }) }),
  }
}

/** Entra goes on with "Trace ID: ...", which is of no use to a reader. */
function firstLine(description: string): string {
  return (description.split(/[\r\n]|\s+Trace ID:/u)[0] ?? '').replace(/^AADSTS\d+:\s*/u, '')
}

function listedNumber(body: unknown): number | undefined {
  const codes = isRecord(body) ? body['error_codes'] : undefined
  const first: unknown = Array.isArray(codes) ? codes[0] : undefined
  return typeof first === 'number' ? first : undefined
}

function entraNumber(description: string): number | undefined {
  const digits = /\bAADSTS(\d+)/u.exec(description)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
