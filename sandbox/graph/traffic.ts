import type { Server } from 'node:http'
import type { Answer } from './answer'
import type { SeenRequest } from './control'
import type { Fault, Phase, PlannedFault } from './faults'

/** A fault that a request or a part has met with. */
export interface FaultRecord {
  readonly fault: Fault
  readonly phase: Phase
  readonly method: string
  readonly url: string
  /** The part's id inside a batch. */
  readonly part: string | undefined
  /**
   * The status that the request was answered with and that the fault took away or damaged: a write with one
   * below 400 was applied. `undefined`: it was not carried out.
   */
  readonly lost: number | undefined
}

/** What has gone over the wire since the start or the last reset. */
export class Traffic {
  /** HTTP requests on Graph's origin; a batch is one. */
  requests = 0
  /** HTTP requests on the origin that serves files. */
  downloads = 0
  batches = 0
  parts = 0
  /** Answers with 429, inside and outside of batches, from whatever cause. */
  throttled = 0
  /** HTTP requests on Graph's origin that wait for their answer, and the most there have been at a time. */
  concurrent = 0
  mostConcurrent = 0
  /** TCP connections to Graph's origin: opened, open now, and the most at a time. */
  connections = 0
  openConnections = 0
  mostConnections = 0
  /** Oldest first; the last hundred thousand are kept. */
  readonly faults: FaultRecord[] = []

  /** Begins to count; `openConnections` and `concurrent` go on as they are. */
  reset(): void {
    this.requests = 0
    this.downloads = 0
    this.batches = 0
    this.parts = 0
    this.throttled = 0
    this.mostConcurrent = this.concurrent
    this.connections = 0
    this.mostConnections = this.openConnections
    this.faults.length = 0
  }

  /** Counts a server's connections. */
  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.connections++
      this.mostConnections = Math.max(this.mostConnections, ++this.openConnections)
      socket.once('close', () => this.openConnections--)
    })
  }

  /** A request has come; what it answers is to be called when its connection is done with it. */
  begin(): () => void {
    this.mostConcurrent = Math.max(this.mostConcurrent, ++this.concurrent)
    return () => this.concurrent--
  }

  seen({ part, origin, url }: SeenRequest): void {
    if (part !== undefined) this.parts++
    else if (origin === 'download') this.downloads++
    else this.requests++
    if (part === undefined && url.endsWith('/$batch')) this.batches++
  }

  answered(answer: Answer): Answer {
    if (answer.status === 429) this.throttled++
    return answer
  }

  struck({ method, url, part }: SeenRequest, { fault, phase }: PlannedFault, lost: number | undefined): void {
    if (this.faults.length >= 100_000) this.faults.splice(0, 50_000)
    this.faults.push({ fault, phase, method, url, part, lost })
  }
}
