import { batchOf, LONGEST_BATCH, MOST_PARTS } from '../odata/batch-format'
import { Problem } from '../problem'
import { failuresOf, outcomesOf, type BatchOutcome, type PartOutcome } from './batch-outcome'
import type { BatchFate } from './batch-rules'
import { Item } from './dispatch-item'
import { FairQueue, MOST_WAITING } from './fair-queue'
import { repeatOf, WORTH_TELLING, type HttpRequest, type HttpResponse, type Policy, type Send } from './http'
import { ThrottleGates, type Passage } from './throttle-gates'
import { stopped } from './transport-failure'
import type { Workload } from './workload'

export interface DispatchOptions {
  /** HTTP requests in flight; a batch is one. */
  readonly concurrency: number
  /** Whether the service has JSON batching at all. */
  readonly batches: boolean
  readonly placeOf: (request: HttpRequest) => Place
}

/** What an address says of how its request travels. */
export interface Place {
  readonly workload: Workload
  readonly fate: BatchFate
  /** Service URL with version, below which a batch reaches. */
  readonly root: string
}

/**
 * Says what is sent when. The first request goes at once. What comes while one is in flight waits for what comes in the
 * same turn of the event loop, and while as many as are allowed are in flight for an answer, each owner in turn; what
 * may travel together then does. So an idle flow waits for nothing, and a busy one needs a twentieth of the round trips.
 */
export class Dispatcher implements Policy {
  readonly name = 'dispatch'
  readonly #options: DispatchOptions
  readonly #gates = new ThrottleGates()
  readonly #queue = new FairQueue<Item>()
  /** What waits at each gate. */
  readonly #lanes = new Map<string, Lane>()
  #inFlight = 0
  /** Roots that turned out to have no batching. */
  readonly #unbatched = new Set<string>()
  #closed = false
  #endOfTurn: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  /** When the timer comes. */
  #wakesAt = Infinity

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
      this.#wait(item)
      // Whoever waits already waits for something else than this one.
      if (!this.#mayGo(item)) this.#expect(item.passage, performance.now())
      else if (this.#endOfTurn !== undefined || this.#mayHaveCompany(item)) this.#gather()
      else this.#pump()
      if (item.sentAt === 0) item.onAbort(() => this.#leave(item))
    })
  }

  /** What waits will not be sent any more. */
  close(): void {
    this.#closed = true
    clearImmediate(this.#endOfTurn)
    this.#sleep()
    for (let item = this.#queue.take(() => true); item !== undefined; item = this.#queue.take(() => true)) {
      item.fail(new Problem('connectionClosed'))
    }
    this.#lanes.clear()
  }

  #wait(item: Item): void {
    this.#queue.add(item.owner, item)
    const lane = this.#lanes.get(item.lane) ?? { passage: item.passage, waiting: 0, toldUntil: 0 }
    lane.waiting += 1
    this.#lanes.set(item.lane, lane)
    const now = performance.now()
    item.tell(now, this.#gates.closedFor(item.passage, now))
  }

  #leave(item: Item): void {
    if (!this.#queue.remove(item.owner, item)) return
    this.#left(item)
    // Nobody waits for a gate any more.
    if (this.#queue.size === 0) this.#sleep()
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

  /** Of one mailbox no more may travel together than may go alone. */
  #mayHaveCompany(item: Item): boolean {
    return this.#inFlight > 0 && this.#joins(item) && item.passage.workload.mailbox === undefined
  }

  /** Many messages often come in one turn: one by one they would take all places from those that travel together. */
  #gather(): void {
    this.#endOfTurn ??= setImmediate(() => {
      this.#endOfTurn = undefined
      this.#pump()
    })
  }

  #mayGo({ passage }: Item): boolean {
    return this.#inFlight < this.#options.concurrency && this.#gates.room(passage, performance.now()) >= 1
  }

  /** What goes next: one request, or as many as travel together. */
  #next(): [Item, ...Item[]] | undefined {
    const rooms = new Rooms(this.#gates)
    const take = (mayGo: (item: Item) => boolean): Item | undefined => {
      const item = this.#queue.take((candidate) => mayGo(candidate) && rooms.hasFor(candidate))
      if (item === undefined) return undefined
      this.#left(item)
      rooms.take(item)
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
          first.travelsWith(candidate) && this.#joins(candidate) && size + candidate.size <= LONGEST_BATCH,
      )
      if (item === undefined) break
      items.push(item)
      size += item.size
    }
    return items
  }

  #joins(item: Item): boolean {
    return item.fate !== 'never' && this.#batches(item)
  }

  #batches({ root }: Item): boolean {
    return this.#options.batches && !this.#unbatched.has(root)
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
    if (this.#batches(item) && item.isTooLong(response)) this.#again(item, 'must')
    else item.done(response)
  }

  async #together(items: readonly [Item, ...Item[]]): Promise<void> {
    const outcome = await this.#exchange(items)
    if (outcome.unsupported) this.#unbatched.add(items[0].root)
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
        maxResponseSize: limitOf(requests),
        // One of them was answered by a front end that is down, or lost with its connection.
        ...(requests.some(({ fresh }) => fresh) ? { fresh: true } : {}),
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
    else this.#again(item, 'never')
  }

  /** It travels in another way, if it may still travel. */
  #again(item: Item, fate: BatchFate): void {
    item.fate = fate
    if (this.#closed) item.fail(new Problem('connectionClosed'))
    else if (item.request.signal.aborted) item.fail(item.request.signal.reason)
    else {
      item.onAbort(() => this.#leave(item))
      this.#wait(item)
    }
  }

  /** Comes back when a gate opens, and says for how long it is closed. */
  #attend(): void {
    this.#sleep()
    const now = performance.now()
    const closed = this.#gates.anyClosed(now)
    // With as much in flight as may be, the next answer comes first.
    if (!closed && this.#inFlight >= this.#options.concurrency) return
    for (const [name, lane] of this.#lanes) {
      this.#expect(lane.passage, now)
      if (closed) this.#tell(name, lane, now)
    }
  }

  #expect(passage: Passage, now: number): void {
    if (this.#inFlight >= this.#options.concurrency) return
    // The gate may have opened since it was found shut, and nothing else would tell.
    const open = this.#gates.room(passage, now) >= 1
    const wait = open ? 0 : this.#gates.opensIn(passage, now)
    if (wait === undefined || now + wait >= this.#wakesAt) return
    this.#sleep()
    this.#wakesAt = now + wait
    this.#timer = setTimeout(() => this.#pump(), Math.max(1, Math.ceil(wait)))
  }

  #sleep(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#wakesAt = Infinity
  }

  #tell(name: string, lane: Lane, now: number): void {
    const closed = this.#gates.closedFor(lane.passage, now)
    if (closed < WORTH_TELLING || now + closed - lane.toldUntil < WORTH_TELLING) return
    lane.toldUntil = now + closed
    for (const item of this.#queue) if (item.lane === name) item.tell(now, closed)
  }
}

/** Bytes; what all answers of a batch may come to, however much each may have. */
const LARGEST_BATCH = 64e6

function limitOf(requests: readonly HttpRequest[]): number {
  const limits = requests.map(({ maxResponseSize }) => maxResponseSize)
  // Around each answer stand its status and headers.
  const all = limits.reduce((sum, limit) => sum + limit + 4096, 0)
  return Math.max(...limits, Math.min(LARGEST_BATCH, all))
}

interface Lane {
  readonly passage: Passage
  waiting: number
  /** Until when those that wait know that the gate is closed. */
  toldUntil: number
}

/** Parts that the gates let through at one moment, asked for only where somebody waits in front. */
class Rooms {
  readonly #gates: ThrottleGates
  readonly #now = performance.now()
  /** By lane. */
  readonly #rooms = new Map<string, number>()
  /** By gate. */
  readonly #taken = new Map<string, number>()

  constructor(gates: ThrottleGates) {
    this.#gates = gates
  }

  hasFor({ gate, lane, passage }: Item): boolean {
    const room = this.#rooms.get(lane) ?? this.#gates.room(passage, this.#now)
    this.#rooms.set(lane, room)
    return room - (this.#taken.get(gate) ?? 0) >= 1
  }

  take({ gate }: Item): void {
    this.#taken.set(gate, (this.#taken.get(gate) ?? 0) + 1)
  }
}
