import type { IncomingHttpHeaders } from 'node:http'

/** A request as it came in; the bearer token is not kept. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** Whether the request had an `Authorization` header. */
  readonly authorized: boolean
  /** `download` for the origin that serves files without a token. */
  readonly origin: 'graph' | 'download'
}

/** What the service does instead of answering. */
export type Fault =
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      /** An object becomes JSON, a text goes out as it is: as HTML unless a header says otherwise. */
      readonly body?: string | object
    }
  /** The connection is reset before, or in the middle of, the answer; or nothing ever comes. */
  | 'reset'
  | 'cut'
  | 'stall'

/** Which requests a fault is for: part of the URL, or a test. */
export type Match = string | RegExp | ((request: SeenRequest) => boolean)

const kept = 10_000

/** How tests look into the service and make it misbehave. */
export class GraphControl {
  /** The requests seen, oldest first; the last ten thousand are kept. */
  readonly requests: SeenRequest[] = []
  /** Rows on a page of any set, unless the request says how many it wants. */
  pageSize: number | undefined
  /** The page with this number, from 0, comes without rows and with a link to the next. */
  emptyPage: number | undefined
  /** Milliseconds that each answer is held back. */
  delay = 0
  #faults: { match: Match; fault: Fault; left: number }[] = []

  /** Answers the next request that matches, or the next few, with a fault. */
  failNext(match: Match, fault: Fault, times = 1): void {
    this.#faults.push({ match, fault, left: times })
  }

  /** Back to a service that nobody has touched. */
  reset(): void {
    this.requests.length = 0
    this.#faults = []
    this.pageSize = undefined
    this.emptyPage = undefined
    this.delay = 0
  }

  /** Notes a request, and says what is to happen to it. */
  see(request: SeenRequest): Fault | undefined {
    if (this.requests.length >= kept) this.requests.splice(0, kept / 2)
    this.requests.push(request)
    const planned = this.#faults.find(({ match, left }) => left > 0 && matches(match, request))
    if (planned === undefined) return undefined
    planned.left--
    return planned.fault
  }
}

function matches(match: Match, request: SeenRequest): boolean {
  if (typeof match === 'string') return request.url.includes(match)
  return match instanceof RegExp ? match.test(request.url) : match(request)
}
