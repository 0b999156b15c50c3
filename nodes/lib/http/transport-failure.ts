import { errorCode } from '../error-code'
import { inMegabytes } from '../megabytes'
import { Problem } from '../problem'
import { repeatOf, type AnswerHead, type HttpRequest } from './http'

/**
 * What a failure without a usable answer means for repeating (docs/reliability.md, "Retry table").
 * `nameUnknown`, `notSent`: the service has seen nothing of the request. `lost`: it may have been applied.
 * `cut`: it was answered with success, of which only the beginning arrived
 * (`cut`) or more than is allowed (`tooLarge`). `stopped`: it was given up here after it was sent. `final`: it fails
 * the same way each time.
 */
export type FailureKind = 'nameUnknown' | 'notSent' | 'lost' | 'stopped' | 'cut' | 'tooLarge' | 'final'

/** How far a request came, by its socket's own events. */
export type Reach = 'notSent' | 'sent' | 'answered'

export class TransportFailure extends Problem {
  override readonly name = 'TransportFailure'
  readonly kind: FailureKind
  /** What had arrived before the body broke. */
  head: AnswerHead | undefined
  /** It was lost with others that it travelled with, and would be again. */
  solo?: true

  constructor(kind: FailureKind, code: string, values: Problem['values']) {
    super(code, values)
    this.kind = kind
  }
}

/** What a request ends with that was given up after it was sent: a read's own reason, a write's open question. */
export function stopped(request: HttpRequest): unknown {
  if (repeatOf(request) === 'safe') return request.signal.reason
  return new TransportFailure('stopped', 'stoppedAfterSending', { host: new URL(request.url).host })
}

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
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** The request itself cannot be put on the wire (node:http), or the other side speaks no TLS. */
const MALFORMED = new Set(['ERR_INVALID_CHAR', 'ERR_INVALID_URL', 'ERR_UNESCAPED_CHARACTERS', 'EPROTO'])

/**
 * A client's error in our own words. Only its code is taken over: its configuration, request and message
 * may hold the token, and a Catch node would hand them on.
 */
export function transportFailure(error: unknown, host: string, reach: Reach): Problem {
  if (error instanceof Problem) return error
  const reason = errorCode(error)
  const byProxy = proxyProblem(reason, host)
  if (byProxy !== undefined) {
    // A proxy that is overloaded or cannot reach the service may do better the next time.
    const status = Number(reason.slice('PROXY_'.length))
    const refused = status >= 300 && status < 500
    return new TransportFailure(refused ? 'final' : 'notSent', byProxy.code, byProxy.values)
  }
  if (CERTIFICATE.has(reason)) return new TransportFailure('final', 'certificateRefused', { host, reason })
  if (MALFORMED.has(reason)) return new TransportFailure('final', 'connectionLost', { host, reason })
  if (reach === 'notSent') {
    const kind = reason === 'ENOTFOUND' ? 'nameUnknown' : 'notSent'
    const code = UNREACHABLE.has(reason) ? 'serviceUnreachable' : 'connectionLost'
    return new TransportFailure(kind, code, { host, reason })
  }
  return reach === 'answered'
    ? new TransportFailure('cut', 'answerCut', { host, reason })
    : new TransportFailure('lost', 'connectionLost', { host, reason })
}

/** More than is allowed. @param limit bytes */
export function tooLargeFailure(limit: number): TransportFailure {
  return new TransportFailure('tooLarge', 'responseTooLarge', { limit: inMegabytes(limit) })
}

/** Nothing moved for the request's timeout. */
export function timeoutFailure(host: string, milliseconds: number, reach: Reach): TransportFailure {
  const kind = reach === 'answered' ? 'cut' : reach === 'sent' ? 'lost' : 'notSent'
  return new TransportFailure(kind, 'timeout', { host, seconds: milliseconds / 1000 })
}

/** What stands between here and the service; undefined where it is something else. */
export function proxyProblem(reason: string, host: string): Problem | undefined {
  if (!reason.startsWith('PROXY_')) return undefined
  if (reason === 'PROXY_407') return new Problem('proxyAuthentication', { field: 'proxy', host })
  const status = Number(reason.slice('PROXY_'.length))
  if (Number.isInteger(status)) return new Problem('proxyRefused', { host, status })
  return new Problem('proxyUnreachable', { field: 'proxy', host, reason: reason.slice('PROXY_'.length) })
}
