import type { ConnectionSettings } from './connection-settings'
import { authenticate } from './http/authenticate'
import { pipeline, type HttpRequest, type Policy } from './http/http'
import { logRequests, type Trace } from './http/log'
import { followRedirects } from './http/redirect'
import { createTransport } from './http/transport'
import type { TokenSource } from './oauth2/token-source'
import { readAnswer, type Answer } from './odata/answer'
import type { LiteralValue } from './odata/literal'
import { followPages, limitRows } from './odata/pages'
import { pageSize, queryOptions, type QueryFields } from './odata/query-options'
import { requestHeaders } from './odata/request-headers'
import { composeUrl, type ResourceAddress } from './odata/resource-url'

/** A read as the adapter asks for it: already evaluated, nothing of Node-RED in it. */
export interface ReadRequest {
  readonly address: ResourceAddress
  readonly query: QueryFields
  /** Values for the placeholders of the filter: dates and lists too, which no URL segment could be. */
  readonly filterValues: ReadonlyMap<string, LiteralValue>
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** Rows after which the read ends; 0 is all. */
  readonly limit: number
}

/** What an adapter calls. One per connection; its sockets are shared by all nodes that use it. */
export interface GraphClient {
  /** The URL that `read` begins with. */
  urlOf(request: ReadRequest): string
  /** All pages of a collection, or the one answer that is none. */
  read(request: ReadRequest, signal: AbortSignal): AsyncGenerator<Answer, void, void>
  close(): void
}

export interface GraphClientOptions {
  readonly settings: ConnectionSettings
  /** Undefined for an open service. */
  readonly tokens: TokenSource | undefined
  readonly trace: Trace
}

/** Puts the core together: the policies' order is declared here and nowhere else. */
export function createGraphClient({ settings, tokens, trace }: GraphClientOptions): GraphClient {
  const { origin } = new URL(settings.serviceUrl)
  const graph = isGraph(settings)
  const transport = createTransport()
  const policies: Policy[] = [
    followRedirects(),
    ...(tokens === undefined ? [] : [authenticate(tokens, origin)]),
    logRequests(trace, origin),
  ]
  const send = pipeline(policies, transport.send)

  const urlOf = (request: ReadRequest): string =>
    composeUrl(settings.serviceUrl, request.address, queryOptions(request.query, request.filterValues, graph))

  const limits = { timeout: settings.timeout, maxResponseSize: settings.maxResponseSize }

  async function* read(request: ReadRequest, signal: AbortSignal): AsyncGenerator<Answer, void, void> {
    const preferences = readPreferences(request.query)
    const fetch = async (url: string): Promise<Answer> => {
      const http: HttpRequest = {
        method: 'GET',
        url,
        headers: requestHeaders(request.headers, preferences),
        signal,
        ...limits,
      }
      return readAnswer(await send(http), url)
    }
    yield* limitRows(followPages(fetch, urlOf(request), origin), request.limit)
  }

  return { urlOf, read, close: () => transport.close() }
}

/** Outlook lists and other OData services take the page size as a preference (OData v4.01, 8.2.8.5). */
function readPreferences(query: QueryFields): string[] {
  return query.pageSize === undefined ? [] : [`odata.maxpagesize=${pageSize(query.pageSize)}`]
}

/** Graph's own rules apply on its clouds, and on what is served under Graph's version names. */
function isGraph(settings: ConnectionSettings): boolean {
  return settings.cloud !== 'custom' || /\/(?:v1\.0|beta)$/u.test(settings.serviceUrl)
}
