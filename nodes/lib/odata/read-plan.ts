import { advancedQuery } from './advanced-query.js'
import { deltaUrl, type DeltaStart } from './delta-url.js'
import { preferHeader, type Preferences } from './preferences.js'
import { pageSize, queryOptions, type QueryFields } from './query-options.js'
import { composeUrl, type ResourceAddress } from './resource-url.js'

/** A read as the adapter asks for it: already evaluated, nothing of Node-RED in it. */
export interface ReadRequest {
  readonly address: ResourceAddress
  /** A link of an earlier answer, whole and unchanged, with which to begin instead of the address. */
  readonly from?: string
  /** A round of changes from there on; the resource's `/delta` is asked. */
  readonly delta?: DeltaStart
  readonly query: QueryFields
  /** Values for the placeholders of the filter: dates and lists too, which no URL segment could be. */
  readonly filterValues: ReadonlyMap<string, unknown>
  /** The user's own; names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly preferences: Omit<Preferences, 'pageSize'>
  /** Whether advanced queries are asked for: as they need it, always, never. */
  readonly consistency: 'auto' | 'on' | 'off'
  /** Rows after which the read ends; 0 is all. */
  readonly limit: number
  /** Follow the next pages of collections inside a row (`children@odata.nextLink`). */
  readonly followNested: boolean
  /** Take `@odata...` annotations out of rows and items. */
  readonly stripAnnotations: boolean
}

/** What is sent: the first URL, and headers that go with every page, because no link carries them over. */
export interface ReadPlan {
  readonly url: string
  readonly headers: ReadonlyMap<string, string>
  readonly prefer: readonly string[]
}

/** @param graph whether the service is Graph, whose own rules then apply. */
export function planRead(request: ReadRequest, serviceUrl: string, graph: boolean): ReadPlan {
  const url = request.from ?? firstUrl(request, serviceUrl, graph)
  const size = request.query.pageSize
  const prefer = preferHeader({
    ...request.preferences,
    ...(size === undefined ? {} : { pageSize: pageSize(size) }),
  })
  return { ...withConsistency(url, request, serviceUrl, graph), prefer }
}

function firstUrl(request: ReadRequest, serviceUrl: string, graph: boolean): string {
  const { delta, query, filterValues, address } = request
  if (delta === undefined) return composeUrl(serviceUrl, address, queryOptions(query, filterValues, graph))
  // Directory objects refuse `$top` there; the page size travels as a preference alone (Graph, "Use delta query").
  const { pageSize: _pageSize, ...rest } = query
  const url = composeUrl(serviceUrl, address, queryOptions(rest, filterValues, graph))
  return deltaUrl(url, delta, serviceUrl)
}

function withConsistency(
  url: string,
  request: ReadRequest,
  serviceUrl: string,
  graph: boolean,
): Omit<ReadPlan, 'prefer'> {
  const { consistency, headers } = request
  if (consistency === 'off' || !graph || headers.has('consistencylevel')) return { url, headers }
  const needed = advancedQuery(url, serviceUrl, consistency === 'on')
  if (consistency === 'auto' && !needed.eventual) return { url, headers }
  return {
    url:
      needed.count && request.from === undefined ? `${url}${url.includes('?') ? '&' : '?'}$count=true` : url,
    headers: new Map([...headers, ['consistencylevel', 'eventual']]),
  }
}
