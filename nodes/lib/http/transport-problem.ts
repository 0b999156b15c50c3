import { Problem } from '../problem'

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'ENETDOWN',
])

const CERTIFICATE = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/**
 * A client's error in our own words. Only its code is taken over: its configuration, request and message
 * may hold the token, and a Catch node would hand them on.
 *
 * @param answered whether the status line had arrived: then the body was cut.
 */
export function transportProblem(error: unknown, host: string, answered: boolean): Problem {
  if (error instanceof Problem) return error
  const reason = codeOf(error)
  const byProxy = proxyProblem(reason, host)
  if (byProxy !== undefined) return byProxy
  if (CERTIFICATE.has(reason)) return new Problem('certificateRefused', { host, reason })
  if (UNREACHABLE.has(reason)) return new Problem('serviceUnreachable', { host, reason })
  return new Problem(answered ? 'answerCut' : 'connectionLost', { host, reason })
}

/** What stands between here and the service; undefined where it is something else. */
export function proxyProblem(reason: string, host: string): Problem | undefined {
  if (!reason.startsWith('PROXY_')) return undefined
  if (reason === 'PROXY_407') return new Problem('proxyAuthentication', { field: 'proxy', host })
  const status = Number(reason.slice('PROXY_'.length))
  if (Number.isInteger(status)) return new Problem('proxyRefused', { host, status })
  return new Problem('proxyUnreachable', { field: 'proxy', host, reason: reason.slice('PROXY_'.length) })
}

/** Node wraps the errors of several addresses into one AggregateError without a code of its own. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  if (typeof error !== 'object' || error === null) return 'unknown'
  if ('code' in error && typeof error.code === 'string') return error.code
  return 'cause' in error ? codeOf(error.cause) : 'unknown'
}
