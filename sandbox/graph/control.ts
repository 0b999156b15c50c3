import type { IncomingHttpHeaders } from 'node:http'
import type { Editor } from './editor'
import type { Cursor, Page } from './paging'
import type { Row } from './rows'

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

/** 410 and a code of the service's own, unless a test wants another answer. */
export interface DeltaRefusal {
  readonly status?: number
  readonly code?: string
}

const kept = 10_000
const maximumUrlLength = 8192

/** How tests look into the service, change its data and make it misbehave. */
export class GraphControl {
  /** The requests seen, oldest first; the last ten thousand are kept. */
  readonly requests: SeenRequest[] = []
  /** Rows on a page of any set, unless the request says how many it wants. */
  pageSize: number | undefined
  /** The page with this number, from 0, comes without rows and with a link to the next. */
  emptyPage: number | undefined
  /** Milliseconds after which an `$skiptoken` has expired; those of Outlook are numbers and never do. */
  pageTokenLife: number | undefined
  /**
   * A directory page that is asked for a second time comes with a link that leads to
   * `DirectoryPageTokenNotFoundException`; asked for once more, with one that works.
   */
  failRetriedPages = false
  /** Writes each nextLink anew: to a loop, to another host, to more than eight kilobytes. */
  rewriteLink: ((link: string, page: number) => string) | undefined
  /** `@odata.nextLink` and the others come behind `value`. */
  annotationsLast = false
  /** The first item on each page of a delta query comes again at its end. */
  repeatDeltaItems = false
  /** A longer URL is answered 414. */
  maximumUrlLength = maximumUrlLength
  /** Milliseconds that each answer is held back. */
  delay = 0
  /** How an expired delta token is refused, if not as its service does by itself. */
  deltaRefusal: DeltaRefusal = {}
  #faults: { match: Match; fault: Fault; left: number }[] = []

  constructor(readonly editor: Editor) {}

  /** Writes as if another client had made them: `control.change('users', id, { jobTitle: 'Planner' })`. */
  change(path: string, id: string, values: Row): Row {
    return this.editor.change(path, id, values)
  }

  /** A new row in a collection, such as `users/{id}/mailFolders/inbox/messages`; answers it with its id. */
  add(path: string, values: Row): Row {
    return this.editor.add(path, values)
  }

  /** Deletes a row; directory objects can be restored (`reason: changed`) unless it is for good. */
  remove(path: string, id: string, forGood = false): void {
    this.editor.remove(path, id, forGood)
  }

  /** `control.link('groups', id, 'members', userId)` */
  link(path: string, id: string, name: string, otherId: string): void {
    this.editor.link(path, id, name, otherId, true)
  }

  unlink(path: string, id: string, name: string, otherId: string): void {
    this.editor.link(path, id, name, otherId, false)
  }

  /** All delta tokens given out so far are refused from now on, with another status or code if one is given. */
  expireDeltaTokens(refusal: DeltaRefusal = {}): void {
    this.deltaRefusal = refusal
    this.editor.log?.expire()
  }

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
    this.pageTokenLife = undefined
    this.failRetriedPages = false
    this.rewriteLink = undefined
    this.annotationsLast = false
    this.repeatDeltaItems = false
    this.maximumUrlLength = maximumUrlLength
    this.deltaRefusal = {}
    this.delay = 0
    this.editor.log?.reset()
  }

  /** A page as it is, or an empty one in front of it. */
  page(cursor: Cursor, take: () => Page): Page {
    const empty = this.emptyPage !== undefined && cursor.page === this.emptyPage
    return empty ? { rows: [], next: { ...cursor, page: cursor.page + 1 } } : take()
  }

  nextLink(link: string, page: number): string {
    return this.rewriteLink?.(link, page) ?? link
  }

  arrange(body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const { '@odata.context': context, value, ...links } = body
    return this.annotationsLast ? { '@odata.context': context, value, ...links } : body
  }

  /** Whether a URL has been asked for exactly once before. */
  isRetry(url: string): boolean {
    return this.failRetriedPages && this.requests.filter((seen) => url.endsWith(seen.url)).length === 2
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
