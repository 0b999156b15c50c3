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

/** The same for people: where there is no code, what kind of error it is. */
export function errorName(error: unknown): string {
  const code = errorCode(error)
  return code === 'unknown' && error instanceof Error ? error.name : code
}
