import type { HttpResponse } from '../http/http'
import { retryAfterSeconds } from '../http/retry-after'
import { printable } from '../printable'
import { Problem } from '../problem'
import { isPlainRecord } from '../records'
import { parseJson } from './json'

export interface ServiceErrorDetails {
  readonly statusCode: number
  /** The service's own code, or `HTTP_<status>` where it gave none. */
  readonly code: string
  /** In the service's words; may be ''. */
  readonly message: string
  readonly requestId: string | undefined
  /** Seconds, as the service asked for. */
  readonly retryAfter: number | undefined
  /** Where to start over, as a delta query whose token has expired says with 410. */
  readonly location: string | undefined
  /** The URL that refused, after redirects: for our own use, because it may be a pre-signed one. */
  readonly url?: string
}

/** The service answered with an error. `code` is its own code, so that a flow can branch on it. */
export class ServiceError extends Problem {
  override readonly name: string = 'ServiceError'
  readonly statusCode: number
  readonly serviceMessage: string
  readonly requestId: string | undefined
  readonly retryAfter: number | undefined
  readonly location: string | undefined
  readonly #url: string

  constructor(details: ServiceErrorDetails) {
    super(details.code, {
      status: details.statusCode,
      message: details.message,
      requestId: details.requestId ?? '',
    })
    this.statusCode = details.statusCode
    this.serviceMessage = details.message
    this.requestId = details.requestId
    this.retryAfter = details.retryAfter
    this.location = details.location
    this.#url = details.url ?? ''
  }

  /** Whether a path is refused, and which: only of the service itself, never of another host. */
  refusedBelow(origin: string): string | undefined {
    return this.#url.startsWith(`${origin}/`) ? this.#url : undefined
  }
}

/** Characters of a service's message; some send whole pages. */
const MESSAGE_LENGTH = 1000

/**
 * Reads an error answer. The body need not be JSON, `code` may be empty and the inner error's name is
 * written in two ways (Graph, "Microsoft Graph error responses and resource types"): whatever is missing is
 * made up for by the status.
 */
export function serviceError(response: HttpResponse): ServiceError {
  const error = errorObject(response)
  const inner = object(error['innerError'] ?? error['innererror'])
  const code = text(error['code']) || text(inner['code'])
  const refused = new ServiceError({
    statusCode: response.status,
    code: code === '' ? `HTTP_${response.status}` : printable(code, { most: 100 }),
    message: printable(messageOf(error), { most: MESSAGE_LENGTH }),
    requestId: requestIdOf(response) ?? (text(inner['request-id']) || undefined),
    retryAfter: retryAfterSeconds(response.headers.get('retry-after'), Date.now()),
    location: response.headers.get('location'),
    url: response.url,
  })
  refused.outcomeUnknown = response.outcomeUnknown === true
  return refused
}

export function requestIdOf(response: HttpResponse): string | undefined {
  return response.headers.get('request-id') ?? response.headers.get('x-ms-request-id')
}

function errorObject(response: HttpResponse): Readonly<Record<string, unknown>> {
  let body: unknown
  try {
    body = parseJson(response.body)
  } catch {
    return {}
  }
  const outer = object(body)
  // Token services and some gateways write `"error": "code", "error_description": "..."` (RFC 6749, 5.2).
  if (typeof outer['error'] === 'string') return { code: outer['error'], message: outer['error_description'] }
  // SharePoint REST and OData v3 write `odata.error`.
  return object(outer['error'] ?? outer['odata.error'])
}

function messageOf(error: Readonly<Record<string, unknown>>): string {
  const message = error['message']
  // OData v3: { "lang": "en-US", "value": "..." }
  return typeof message === 'string' ? message : text(object(message)['value'])
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return isPlainRecord(value) ? value : {}
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
