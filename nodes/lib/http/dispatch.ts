import { batchOf, LONGEST_BATCH, MOST_PARTS } from '../odata/batch-format'
import { Problem } from '../problem'
import { failuresOf, outcomesOf, type BatchOutcome, type PartOutcome } from './batch-outcome'
import type { BatchFate } from './batch-rules'
import { FairQueue } from './fair-queue'
import { repeatOf, type HttpRequest, type HttpResponse, type Policy, type Send } from './http'
import { ThrottleGates, type Passage } from './throttle-gates'
import { stopped } from './transport-failure'
import type { Workload } from './workload'

export interface DispatchOptions {
  /** HTTP requests in flight; a batch is one. */
  readonly concurrency: number
  readonly placeOf: (request: HttpRequest) => Place
}

/** What an address says of how its request travels. */
export interface Place {
  readonly workload: Workload
  readonly fate: BatchFate
  /** Service URL with version, below which a batch reaches. */
  readonly root: string
}

/** Requests that wait; each is a message that somebody's memory holds. */
const MOST_WAITING = 20_000
/** Milliseconds; a shorter wait is over before anybody has read of it. */
const WORTH_TELLING = 2000

/**
 * Says what is sent when. The first request goes at once; what comes while as many as are allowed are in flight waits,
 * each owner in turn, and what may travel together then does: an idle flow waits for nothing, a busy one needs a
 * twentieth of the round trips.
 */
export class Dispatcher implements Policy {
  readonly name = 'dispatch'
  readonly #options: DispatchOptions
  readonly #gates = new ThrottleGates()
  readonly #queue = new FairQueue<Item>()
  /** What waits at each gate. */
  readonly #lanes = new Map<string, Lane>()
  #inFlight = 0
  #batching = true
  #closed = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: DispatchOptions) {
    this.#options = options
  }

  async send(request: HttpRequest, next: Send): Promise<HttpResponse> {
    request.signal.throwIfAborted()
    if (this.#closed) throw new Problem('connectionClosed')
    if (this.#queue.size >= MOST_WAITING) throw new Problem('queueFull', { limit: MOST_WAITING })
    return new Promise((resolve, reject) => {
      const { workload, fate, root } = this.#options.placeOf(request)
      const passage = { workload, write: repeatOf(request) !== 'safe' }
      const item = new Item(request, next, passage, { fate, root, resolve, reject })
      item.onAbort(() => this.#leave(item))
      this.#wait(item)
      this.#pump()
    })
  }

  /** What waits will not be sent any more. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    for (let item = this.#queue.take(() => true); item !== undefined; item = this.#queue.take(() => true)) {
      item.fail(new Problem('connectionClosed'))
    }
    this.#lanes.clear()
  }

  #wait(item: Item): void {
    this.#queue.add(item.owner, item)
    const lane = this.#lanes.get(item.lane) ?? { passage: item.passage, waiting: 0, told: 0 }
    lane.waiting += 1
    lane.told = 0
    this.#lanes.set(item.lane, lane)
  }

  #leave(item: Item): void {
    if (!this.#queue.remove(item.owner, item)) return
    this.#left(item)
    // Nobody waits for a gate any more.
    if (this.#queue.size === 0) clearTimeout(this.#timer)
    item.fail(item.request.signal.reason)
  }

  #left(item: Item): void {
    const lane = this.#lanes.get(item.lane)
    if (lane === undefined) return
    lane.waiting -= 1
    if (lane.waiting === 0) this.#lanes.delete(item.lane)
  }

  #pump(): void {
    while (this.#inFlight < this.#options.concurrency) {
      const items = this.#next()
      if (items === undefined) break
      const [first] = items
      this.#inFlight += 1
      const now = performance.now()
      for (const item of items) {
        this.#gates.sent(item.passage, now)
        item.sentAt = now
      }
      void (
        items.length > 1 || (first.fate === 'must' && this.#joins(first))
          ? this.#together(items)
          : this.#alone(first)
      ).finally(() => {
        this.#inFlight -= 1
        this.#pump()
      })
    }
    this.#attend()
  }

  /** What goes next: one request, or as many as travel together. */
  #next(): [Item, ...Item[]] | undefined {
    const rooms = this.#rooms()
    if (rooms.size === 0) return undefined
    const take = (mayGo: (item: Item) => boolean): Item | undefined => {
      const item = this.#queue.take((candidate) => (rooms.get(candidate.lane) ?? 0) >= 1 && mayGo(candidate))
      if (item === undefined) return undefined
      this.#left(item)
      // Reads and writes go through one gate.
      for (const lane of item.lanes) rooms.set(lane, (rooms.get(lane) ?? 0) - 1)
      return item
    }
    const first = take(() => true)
    if (first === undefined) return undefined
    const items: [Item, ...Item[]] = [first]
    if (!this.#joins(first)) return items
    let size = first.size
    while (items.length < MOST_PARTS) {
      const item = take(
        (candidate) =>
          this.#joins(candidate) && first.travelsWith(candidate) && size + candidate.size <= LONGEST_BATCH,
      )
      if (item === undefined) break
      items.push(item)
      size += item.size
    }
    return items
  }

  #joins(item: Item): boolean {
    return this.#batching && item.fate !== 'never'
  }

  /** Parts that each lane's gate lets through now; lanes of one gate share it. */
  #rooms(): Map<string, number> {
    const now = performance.now()
    const rooms = new Map<string, number>()
    for (const [name, { passage }] of this.#lanes) {
      const room = this.#gates.room(passage, now)
      if (room >= 1) rooms.set(name, room)
    }
    return rooms
  }

  async #alone(item: Item): Promise<void> {
    let response: HttpResponse | undefined
    try {
      response = await item.next(item.request)
    } catch (error) {
      this.#gates.ended(item.passage, item.sentAt, undefined, performance.now())
      item.fail(error)
      return
    }
    this.#gates.ended(item.passage, item.sentAt, response, performance.now())
    item.done(response)
  }

  async #together(items: readonly [Item, ...Item[]]): Promise<void> {
    const outcome = await this.#exchange(items)
    if (outcome.unsupported) this.#batching = false
    for (const [index, item] of items.entries()) this.#settle(item, outcome.parts[index] ?? { alone: true })
  }

  async #exchange(items: readonly [Item, ...Item[]]): Promise<BatchOutcome> {
    const requests = items.map(({ request }) => request)
    const stop = new AbortController()
    let wanted = items.length
    for (const item of items) {
      item.onAbort(() => {
        item.fail(stopped(item.request))
        wanted -= 1
        if (wanted === 0) stop.abort()
      })
    }
    try {
      const batch = await items[0].next({
        method: 'POST',
        ...batchOf(requests, items[0].root),
        signal: stop.signal,
        timeout: Math.max(...requests.map(({ timeout }) => timeout)),
        maxResponseSize: Math.max(...requests.map(({ maxResponseSize }) => maxResponseSize)),
      })
      return outcomesOf(batch, requests)
    } catch (error) {
      const failures = failuresOf(error, requests)
      if (failures !== undefined) return failures
      // No token, for example: that is the same for all of them.
      for (const item of items) item.fail(error)
      return { parts: [], unsupported: false }
    }
  }

  #settle(item: Item, outcome: PartOutcome): void {
    const response = 'response' in outcome ? outcome.response : undefined
    this.#gates.ended(item.passage, item.sentAt, response, performance.now())
    if (item.settled) return
    if ('failure' in outcome) item.fail(outcome.failure)
    else if (response !== undefined) item.done(response)
    else if (this.#closed) item.fail(new Problem('connectionClosed'))
    else {
      item.fate = 'never'
      item.onAbort(() => this.#leave(item))
      this.#wait(item)
    }
  }

  /** Comes back when a gate opens, and says for how long it is closed. */
  #attend(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const now = performance.now()
    let soonest = Infinity
    for (const [name, lane] of this.#lanes) {
      soonest = Math.min(soonest, this.#gates.opensIn(lane.passage, now) ?? Infinity)
      this.#tell(name, lane, now)
    }
    // With as much in flight as may be, the next answer comes first.
    if (soonest !== Infinity && this.#inFlight < this.#options.concurrency)
      this.#timer = setTimeout(() => this.#pump(), Math.max(1, Math.ceil(soonest)))
  }

  #tell(name: string, lane: Lane, now: number): void {
    const closed = this.#gates.closedFor(lane.passage, now)
    if (closed < WORTH_TELLING || lane.told === lane.waiting) return
    lane.told = lane.waiting
    for (const item of this.#queue) if (item.lane === name) item.tell(now, closed)
  }
}

interface Lane {
  readonly passage: Passage
  waiting: number
  /** How many were waiting when they were last told that the gate is closed. */
  told: number
}

interface Travel {
  readonly fate: BatchFate
  readonly root: string
  resolve(response: HttpResponse): void
  reject(error: unknown): void
}

/** One request that waits or is on its way. */
class Item {
  readonly request: HttpRequest
  readonly next: Send
  readonly passage: Passage
  readonly owner: string
  readonly lane: string
  /** Of its gate: for reads, for writes. */
  readonly lanes: readonly [string, string]
  /** Characters in a batch, about. */
  readonly size: number
  readonly root: string
  fate: BatchFate
  sentAt = 0
  settled = false
  readonly #travel: Travel
  #listener: (() => void) | undefined
  #toldUntil = 0

  constructor(request: HttpRequest, next: Send, passage: Passage, travel: Travel) {
    this.request = request
    this.next = next
    this.passage = passage
    this.fate = travel.fate
    this.root = travel.root
    this.owner = request.owner ?? ''
    const { name, mailbox = '' } = passage.workload
    const gate = `${name}/${mailbox}`
    this.lanes = [gate, `${gate} write`]
    this.lane = this.lanes[passage.write ? 1 : 0]
    this.size = (request.body?.length ?? 0) + request.url.length + 300
    this.#travel = travel
  }

  /** Outlook takes four of a mailbox at a time, and no more in a batch of many: mailboxes do not wait for each other. */
  travelsWith({ root, passage }: Item): boolean {
    return root === this.root && passage.workload.mailbox === this.passage.workload.mailbox
  }

  /** Replaces what was to happen before. */
  onAbort(listener: () => void): void {
    const { signal } = this.request
    if (this.#listener !== undefined) signal.removeEventListener('abort', this.#listener)
    this.#listener = listener
    signal.addEventListener('abort', listener, { once: true })
  }

  /** Once for each pause. */
  tell(now: number, milliseconds: number): void {
    if (now + milliseconds - this.#toldUntil < WORTH_TELLING) return
    this.#toldUntil = now + milliseconds
    this.request.onWait?.(milliseconds / 1000)
  }

  done(response: HttpResponse): void {
    if (this.#end()) this.#travel.resolve(response)
  }

  fail(error: unknown): void {
    if (this.#end()) this.#travel.reject(error)
  }

  #end(): boolean {
    if (this.settled) return false
    this.settled = true
    if (this.#listener !== undefined) this.request.signal.removeEventListener('abort', this.#listener)
    return true
  }
}
