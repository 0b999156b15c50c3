import { isRecord } from './records'

/**
 * The code that Node, a client or the system has given to a failure (`ECONNRESET`, `EACCES`): all that is taken over of
 * a foreign error, because its message and configuration may hold a token. 'unknown' where there is none.
 */
export function errorCode(error: unknown): string {
  // Node wraps the errors of several addresses into one AggregateError that may have no code of its own.
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0])
  if (!isRecord(error)) return 'unknown'
  const { code, cause } = error
  if (typeof code === 'string') return code
  return cause === undefined ? 'unknown' : errorCode(cause)
}
