import type { WorkloadName } from './workloads'

/** What an error says of one property. */
export interface ErrorDetail {
  readonly code: string
  readonly target: string
  readonly message: string
}

/** An answer in Graph's error shape. */
export class GraphError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    readonly details: readonly ErrorDetail[] = [],
  ) {
    super(message)
    this.name = 'GraphError'
  }
}

export function badRequest(message: string, code = 'BadRequest'): GraphError {
  return new GraphError(400, code, message)
}

/** The directory's answer to a query it does not support, or not without the advanced-query parameters. */
export function unsupportedQuery(message: string): GraphError {
  return new GraphError(400, 'Request_UnsupportedQuery', message)
}

export function noSegment(segment: string): GraphError {
  return badRequest(`Resource not found for the segment '${segment}'.`)
}

export function noProperty(name: string, type: string, during = ''): GraphError {
  return badRequest(`${during}Could not find a property named '${name}' on type '${type}'.`)
}

export function notImplemented(what: string): GraphError {
  return new GraphError(501, 'NotImplemented', `The local tenant does not serve ${what}.`)
}

/** Each workload behind Graph words its 404 in its own way. */
export function notFound(workload: WorkloadName, key: string): GraphError {
  switch (workload) {
    case 'directory':
      return new GraphError(
        404,
        'Request_ResourceNotFound',
        `Resource '${key}' does not exist or one of its queried reference-property objects are not present.`,
      )
    case 'exchange':
      return new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.')
    case 'files':
      return new GraphError(404, 'itemNotFound', 'The resource could not be found.')
    case 'planner':
      return new GraphError(404, '', 'The requested item is not found.')
    case 'open':
      return new GraphError(404, 'NotFound', `There is no resource with the key '${key}'.`)
  }
}

/** Each workload refuses a missing permission in its own way, too. */
export function forbidden(workload: WorkloadName): GraphError {
  switch (workload) {
    case 'directory':
      return new GraphError(
        403,
        'Authorization_RequestDenied',
        'Insufficient privileges to complete the operation.',
      )
    case 'exchange':
      return new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.')
    case 'files':
      return new GraphError(403, 'accessDenied', 'Access denied')
    case 'planner':
      return new GraphError(403, '', 'You do not have the required permissions to access this item.')
    case 'open':
      return new GraphError(403, 'Forbidden', '')
  }
}

export function errorBody(error: GraphError, requestId: string, clientRequestId: string): string {
  const innerError = {
    date: new Date().toISOString().slice(0, 19),
    'request-id': requestId,
    'client-request-id': clientRequestId,
  }
  const { code, message, details } = error
  return JSON.stringify({ error: { code, message, ...(details.length > 0 && { details }), innerError } })
}
