import type { ConnectionSettings } from './connection-settings'
import { authenticate } from './http/authenticate'
import { dispatchRequests } from './http/dispatch-policy'
import { pipeline, turnIn, type Policy, type Turn } from './http/http'
import { orderByItem } from './http/item-order'
import { logRequests, type Trace } from './http/log'
import type { Network } from './http/network'
import { followRedirects } from './http/redirect'
import { retry } from './http/retry'
import { createTransport } from './http/transport'
import { noticeAccount } from './oauth2/account-names'
import type { TokenSource } from './oauth2/token-source'
import { stripAnnotations } from './odata/annotations'
import { readAnswer, type Answer } from './odata/answer'
import { isGraphService } from './odata/graph-service'
import { completeNested } from './odata/nested-links'
import { checkLink, followPages, type FetchAnswer } from './odata/pages'
import { planRead, type ReadPlan, type ReadRequest } from './odata/read-plan'
import { requestHeaders } from './odata/request-headers'
import { createTransfers, type Transfers } from './odata/transfers'
import { createWriter, type Writer } from './odata/write'
import { replaceEach } from './time-slice'

export type { ReadRequest } from './odata/read-plan'

/** How a read goes, besides what it asks for. */
export interface ReadOptions extends Turn {
  readonly signal: AbortSignal
  /** Whether the next page may be fetched while one is worked on; never by default. */
  readonly mayFetchAhead?: () => boolean
  /** Told that an answer has come, before what is nested in it is read. */
  readonly onArrival?: () => void
  /** See `followPages`. */
  readonly onLink?: (link: string | undefined) => void
}

/** What an adapter calls. One per connection; its sockets are shared by all nodes that use it. */
export interface GraphClient extends Transfers, Writer {
  /** The URL that `read` begins with, and what goes with it. */
  plan(request: ReadRequest): ReadPlan
  /** All pages of a collection, or the one answer that is none. */
  read(request: ReadRequest, options: ReadOptions): AsyncGenerator<Answer, void, void>
  close(): void
  /** Nothing new is to come: what is at work goes on to its end, and no socket stays open after it. */
  drain(): void
}

export interface GraphClientOptions {
  readonly settings: ConnectionSettings
  /** Undefined for an open service. */
  readonly tokens: TokenSource | undefined
  readonly trace: Trace
  readonly network?: Network
}

/** Puts the core together: the policies' order is declared here and nowhere else. */
export function createGraphClient({ settings, tokens, trace, network }: GraphClientOptions): GraphClient {
  const { serviceUrl, timeout, maxResponseSize } = settings
  const { origin } = new URL(serviceUrl)
  const graph = isGraphService(serviceUrl)
  const transport = createTransport(network)
  const account = tokens === undefined ? undefined : noticeAccount(tokens)
  const dispatch = dispatchRequests({ ...settings, graph, ...account })
  const order = orderByItem()
  const policies: Policy[] = [
    // Each hop is a request of its own, with tries of its own.
    followRedirects(),
    // A later write on an item waits until an earlier one is through all its tries.
    order,
    retry({ maxRetries: settings.maxRetries, check: async (response, { url }) => readAnswer(response, url) }),
    // Who waits for the next try holds no place in flight; parts of a batch are repeated one by one.
    dispatch,
    // What travels together needs one token, and gets it when it leaves.
    ...(account === undefined ? [] : [authenticate(account.tokens, origin)]),
    logRequests(trace, origin),
  ]
  const send = pipeline(policies, transport.send)
  const plan = (request: ReadRequest): ReadPlan => planRead(request, serviceUrl, graph)

  function fetchWith({ headers, prefer }: ReadPlan, signal: AbortSignal, options: Turn): FetchAnswer {
    const turn = turnIn(options)
    return async (url, wanted) => {
      let answer: Answer | undefined
      const response = await send({
        method: 'GET',
        url,
        headers: requestHeaders(headers, prefer),
        signal,
        timeout,
        maxResponseSize,
        ...turn,
        // A page that waits for its turn must not hold up a write of the flow that it waits for.
        ...(wanted === undefined ? {} : { unordered: true as const }),
        check: async (arrived) => {
          await wanted
          signal.throwIfAborted()
          answer = await readAnswer(arrived, url)
        },
      })
      const read = answer ?? (await readAnswer(response, url))
      return response.repeated === true ? { ...read, repeated: true } : read
    }
  }

  async function* read(request: ReadRequest, options: ReadOptions): AsyncGenerator<Answer, void, void> {
    const planned = plan(request)
    if (request.from !== undefined) checkLink(request.from, origin)
    const asked = fetchWith(planned, options.signal, options)
    let ahead: { readonly stop: AbortController; readonly fetch: FetchAnswer } | undefined
    const fetch: FetchAnswer = async (link, wanted) => {
      if (wanted === undefined) return asked(link)
      ahead ??= fetchAhead(planned, options)
      return ahead.fetch(link, wanted)
    }
    const pages = followPages(fetch, planned.url, {
      serviceOrigin: origin,
      limit: request.limit,
      continues: request.from !== undefined,
      mayFetchAhead: options.mayFetchAhead ?? (() => false),
      ...(options.onLink === undefined ? {} : { onLink: options.onLink }),
    })
    try {
      for await (const answer of pages) {
        options.onArrival?.()
        yield await finish(answer, request, fetch)
      }
    } finally {
      // A page that was fetched ahead and is not wanted any more must not keep its socket.
      ahead?.stop.abort()
    }
  }

  /** Signals of its own cost more than a request for a single item: they are made where a page is fetched ahead. */
  function fetchAhead(
    planned: ReadPlan,
    options: ReadOptions,
  ): { stop: AbortController; fetch: FetchAnswer } {
    const stop = new AbortController()
    return { stop, fetch: fetchWith(planned, AbortSignal.any([options.signal, stop.signal]), options) }
  }

  async function finish(answer: Answer, request: ReadRequest, fetch: FetchAnswer): Promise<Answer> {
    if (answer.kind === 'empty') return answer
    const rows = answer.kind === 'page' ? answer.rows : [answer.value]
    if (request.followNested) await completeNested(rows, fetch, origin)
    if (request.stripAnnotations) await replaceEach(rows, stripAnnotations)
    return answer.kind === 'page' ? answer : { ...answer, value: rows[0] }
  }

  return {
    plan,
    read,
    ...createTransfers(send, plan, settings),
    ...createWriter(send, order.hold, settings),
    close: () => {
      dispatch.close()
      transport.close()
    },
    drain: () => transport.drain(),
  }
}
