import type { BatchFate } from './batch-rules'
import { WORTH_TELLING, type HttpRequest, type HttpResponse, type Send } from './http'
import type { Passage } from './throttle-gates'

interface Travel {
  readonly fate: BatchFate
  readonly root: string
  resolve(response: HttpResponse): void
  reject(error: unknown): void
}

/** One request that waits or is on its way. */
export class Item {
  readonly request: HttpRequest
  readonly next: Send
  readonly passage: Passage
  readonly owner: string
  readonly lane: string
  /** Reads and writes go through one gate, but not in the same number. */
  readonly gate: string
  /** Characters in a batch, about. */
  readonly size: number
  readonly root: string
  fate: BatchFate
  sentAt = 0
  settled = false
  readonly #travel: Travel
  #listener: (() => void) | undefined
  #toldUntil = 0
  #tooLong = false

  constructor(request: HttpRequest, next: Send, passage: Passage, travel: Travel) {
    this.request = request
    this.next = next
    this.passage = passage
    this.fate = travel.fate
    this.root = travel.root
    this.owner = request.owner ?? ''
    const { name, mailbox = '' } = passage.workload
    this.gate = `${name}/${mailbox}`
    this.lane = passage.write ? `${this.gate} write` : this.gate
    this.size = (request.body?.length ?? 0) + request.url.length + 300
    this.#travel = travel
  }

  /** Outlook takes four of a mailbox at a time, and no more in a batch of many: mailboxes do not wait for each other. */
  travelsWith({ root, passage }: Item): boolean {
    return root === this.root && passage.workload.mailbox === this.passage.workload.mailbox
  }

  /** Its address, by the service's own measure; said once. Then it goes in the body of a batch. */
  isTooLong({ status }: HttpResponse): boolean {
    const { method, into } = this.request
    const first = status === 414 && method === 'GET' && into === undefined && !this.#tooLong
    this.#tooLong ||= first
    return first
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
    if (milliseconds < WORTH_TELLING || now + milliseconds - this.#toldUntil < WORTH_TELLING) return
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
