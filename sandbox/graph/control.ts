import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { Random } from '../contoso/random'
import type { Answer } from './answer'
import type { Editor } from './editor'
import {
  FaultPlan,
  plannedFault,
  type Fault,
  type FaultOptions,
  type Phase,
  type PlannedFault,
} from './faults'
import type { Operations } from './operations'
import type { Cursor, Page } from './paging'
import type { Row } from './rows'
import { Throttle, type ThrottleOptions } from './throttle'
import { Traffic } from './traffic'
import type { Use } from './use'

/** A request as it came in; the bearer token is not kept. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  /** Whether the request had an `Authorization` header. */
  readonly authorized: boolean
  /** `download` for the origin that serves files without a token. */
  readonly origin: 'graph' | 'download'
  /** The id of the part that it is of a batch; undefined for a request of its own. */
  readonly part?: string
}

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
  /** The requests and the parts of batches seen, oldest first; the last ten thousand are kept. */
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
  /** Milliseconds that each answer takes; a batch takes as long as its slowest part. */
  delay = 0
  /**
   * Milliseconds that scale a heavy tail (Pareto, 1.5) on top of the delay: half of the answers take 0.6 times
   * as many more, one in a hundred 20 times, one in a thousand 100 times, and none longer than that.
   */
  tail = 0
  /** Requests, batches, connections, faults: what has gone over the wire. */
  readonly traffic = new Traffic()
  /** How an expired delta token is refused, if not as its service does by itself. */
  deltaRefusal: DeltaRefusal = {}
  #planned: { match: Match; fault: PlannedFault; left: number }[] = []
  #faults: FaultPlan | undefined
  #throttle: Throttle | undefined
  #random = new Random(1)
  /** `Authorization` headers whose token is refused: what the fault `401` leaves behind. */
  readonly revoked = new Set<string>()
  #locked = new Set<string>()
  #cuts: { direction: 'upload' | 'download'; bytes: number }[] = []

  constructor(
    readonly editor: Editor,
    /** Work that goes on after its request: how long it takes, and whether it fails. */
    readonly operations: Operations,
  ) {}

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

  /** The next upload of a range, or the next download, loses its connection after so many bytes. */
  cutNext(direction: 'upload' | 'download', bytes: number, times = 1): void {
    for (let count = 0; count < times; count++) this.#cuts.push({ direction, bytes })
  }

  takeCut(direction: 'upload' | 'download'): number | undefined {
    const index = this.#cuts.findIndex((cut) => cut.direction === direction)
    return index === -1 ? undefined : this.#cuts.splice(index, 1)[0]?.bytes
  }

  /** The item with this id is one that somebody else has open: writing to it is answered 423. */
  lock(id: string): void {
    this.#locked.add(id)
  }

  unlock(id: string): void {
    this.#locked.delete(id)
  }

  isLocked(id: string): boolean {
    return this.#locked.has(id)
  }

  /** All delta tokens given out so far are refused from now on, with another status or code if one is given. */
  expireDeltaTokens(refusal: DeltaRefusal = {}): void {
    this.deltaRefusal = refusal
    this.editor.log?.expire()
  }

  /**
   * Answers the next request or part that matches, or the next few, with a fault, before it has had its effect
   * or after it. A fault of the connection that meets a part breaks the answer of its batch.
   */
  failNext(match: Match, fault: Fault, times = 1, phase: Phase = 'before'): void {
    this.#planned.push({ match, fault: plannedFault(fault, phase), left: times })
  }

  /** From now on faults come by chance: `control.faults({ rate: 0.02, seed: 7 })`; `undefined`: no more. */
  faults(options: FaultOptions | undefined): void {
    this.#faults = options && new FaultPlan(options)
  }

  /** From now on there are limits: `control.throttle({ rate: 100, burst: 200 })`; `undefined`: no more. */
  throttle(options: ThrottleOptions | undefined): void {
    this.#throttle = options && new Throttle(options)
  }

  /** What holds now. */
  get settings(): {
    throttle: ThrottleOptions | undefined
    faults: FaultOptions | undefined
    delay: number
    tail: number
  } {
    const { delay, tail } = this
    return { throttle: this.#throttle?.options, faults: this.#faults?.options, delay, tail }
  }

  /** How often each row was written since the last reset, by its id: over HTTP or by this control. */
  get applied(): ReadonlyMap<string, number> {
    return this.editor.log?.applied ?? new Map()
  }

  /** Back to a service that nobody has touched. */
  reset(): void {
    this.requests.length = 0
    this.traffic.reset()
    this.revoked.clear()
    this.#planned = []
    this.#faults = undefined
    this.#throttle = undefined
    this.#random = new Random(1)
    this.tail = 0
    this.#locked.clear()
    this.#cuts = []
    this.operations.reset()
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

  /** Does the work where the limits let it. */
  async admit(use: Use, work: () => Promise<Answer>): Promise<Answer> {
    return this.#throttle === undefined ? work() : this.#throttle.admit(use, work)
  }

  /** A wait for as long as one answer takes, which begins with the first call. */
  latency(): () => Promise<void> {
    let waiting: Promise<void> | undefined
    return () => (waiting ??= this.#wait())
  }

  async #wait(): Promise<void> {
    const excess = this.tail === 0 ? 0 : Math.min(this.#unit() ** (-1 / 1.5) - 1, 100) * this.tail
    if (this.delay + excess > 0) await wait(this.delay + excess)
  }

  /** Above 0, up to 1. */
  #unit(): number {
    return (this.#random.below(1_000_000) + 1) / 1_000_000
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, place: this.#unit() }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ item }) => item)
  }

  /** Notes a request or a part, and says what is to happen to it. */
  see(request: SeenRequest): PlannedFault | undefined {
    this.traffic.seen(request)
    if (this.requests.length >= kept) this.requests.splice(0, kept / 2)
    this.requests.push(request)
    const planned = this.#planned.find(({ match, left }) => left > 0 && matches(match, request))
    if (planned === undefined) return this.#faults?.next(request)
    planned.left--
    return planned.fault
  }
}

function matches(match: Match, request: SeenRequest): boolean {
  if (typeof match === 'string') return request.url.includes(match)
  return match instanceof RegExp ? match.test(request.url) : match(request)
}
