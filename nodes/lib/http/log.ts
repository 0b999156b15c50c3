import { parsedUrl } from '../parsed-url'
import type { Policy } from './http'

/** Says what was asked and answered, for the trace log. */
export type Trace = (line: string) => void

/**
 * One line for each request. An address may itself be a secret (a pre-signed link) or hold a person's data
 * (a filter), so only what is listed here is said: method, origin and path on the service, the origin alone
 * elsewhere, status, time and request id.
 */
export function logRequests(trace: Trace, serviceOrigin: string): Policy {
  return {
    name: 'log',
    send: async (request, next) => {
      const started = performance.now()
      const { origin, pathname } = parsedUrl(request.url)
      const target = `${request.method} ${origin === serviceOrigin ? origin + pathname : origin}`
      const elapsed = (): string => `${Math.round(performance.now() - started)} ms`
      try {
        const response = await next(request)
        trace(
          `${target} ${response.status} ${elapsed()} ${response.headers.get('request-id') ?? ''}`.trimEnd(),
        )
        return response
      } catch (error) {
        trace(`${target} failed ${elapsed()} ${error instanceof Error ? error.name : ''}`.trimEnd())
        throw error
      }
    },
  }
}
