import type { NodeAPI } from 'node-red'
import { FlowWindow } from './flow-window'

/**
 * Feels how busy the flow behind a node is. Node-RED has no back-pressure, but its hooks tell of each delivery
 * to a node (`preDeliver`) and of each node that is done with a message (`onComplete`).
 *
 * Messages of a run are recognised by the prefix of their `_msgid`, which nodes keep. Only nodes that have
 * completed something in this run count: join, sort and nodes that never call `done` would block it for ever.
 */
export interface InFlight {
  /** An id for a message of this run. */
  newId(): string
  /** Whether fewer messages than the limit are unfinished. */
  hasRoom(): boolean
  /**
   * Waits, in the middle of a page, as long as more messages would not make the flow faster (`FlowWindow`): never
   * because of the limit, which holds back whole pages. `onWait` is told when a wait begins.
   */
  windowRoom(signal: AbortSignal, onWait: () => void): Promise<void>
  /**
   * Waits for room for a page. A flow that completes nothing for five seconds gets one page more, because what it waits
   * for may be in that page; `onWait` is told when a wait begins.
   */
  room(signal: AbortSignal, onWait: () => void): Promise<void>
  /** Ends the counting; call it when the run ends, however it ends. */
  end(): void
}

const PREFIX_LENGTH = 8
/** Milliseconds without a completion. */
const PATIENCE = 5000
const STALL = 50

interface DeliveryEvent {
  readonly msg?: { readonly _msgid?: unknown } | null
  readonly destination?: { readonly id: string }
  readonly node?: { readonly id: string }
}

/** All runs of all nodes; hooks exist only while there is one. */
const runs = new Map<string, Run>()
/** The one that the last event was about, and most probably the next: each message has two events at each node. */
let recent: Run | undefined
const HOOKS = { preDeliver: 'preDeliver.graph-odata', onComplete: 'onComplete.graph-odata' } as const

/**
 * @param limit unfinished messages from which on the next page is held back; 0 never holds back.
 * @param few so many are no burden, whatever the flow does with them.
 */
export function startInFlight(RED: NodeAPI, limit: number, few: number): InFlight {
  const prefix = freshPrefix(RED)
  const run = new Run(prefix, limit, few)
  if (limit > 0) {
    if (runs.size === 0) addHooks(RED)
    runs.set(prefix, run)
  }
  return {
    newId: () => run.newId(),
    hasRoom: () => run.hasRoom(),
    windowRoom: async (signal, onWait) => run.windowRoom(signal, onWait),
    room: async (signal, onWait) => run.room(signal, onWait),
    end: () => {
      if (!runs.delete(prefix)) return
      if (recent === run) recent = undefined
      if (runs.size === 0) removeHooks(RED)
    },
  }
}

function freshPrefix(RED: NodeAPI): string {
  let prefix: string
  do prefix = RED.util.generateId().slice(0, PREFIX_LENGTH)
  while (runs.has(prefix))
  return prefix
}

function addHooks(RED: NodeAPI): void {
  RED.hooks.add(HOOKS.preDeliver, (event: DeliveryEvent) => {
    runOf(event)?.delivered(event.destination?.id ?? '')
  })
  RED.hooks.add(HOOKS.onComplete, (event: DeliveryEvent) => {
    runOf(event)?.completed(event.node?.id ?? '')
  })
}

function removeHooks(RED: NodeAPI): void {
  RED.hooks.remove(HOOKS.preDeliver)
  RED.hooks.remove(HOOKS.onComplete)
}

function runOf({ msg }: DeliveryEvent): Run | undefined {
  const id = msg?._msgid
  if (typeof id !== 'string') return undefined
  if (recent !== undefined && id.startsWith(recent.prefix)) return recent
  const run = runs.get(id.slice(0, PREFIX_LENGTH))
  if (run !== undefined) recent = run
  return run
}

/** What a node has of a run. */
class Share {
  readonly node: string
  unfinished = 0
  /** It has completed something in this run, so it will the rest. */
  completes = false

  constructor(node: string) {
    this.node = node
  }
}

/** Unfinished messages of one run, by the node that has them. */
class Run {
  readonly prefix: string
  readonly #limit: number
  readonly #window: FlowWindow
  readonly #shares = new Map<string, Share>()
  #recent = new Share('')
  #sent = 0
  #total = 0
  #wake: (() => void) | undefined

  constructor(prefix: string, limit: number, few: number) {
    this.prefix = prefix
    this.#limit = limit
    this.#window = new FlowWindow(few, limit)
  }

  newId(): string {
    this.#sent += 1
    return this.prefix + this.#sent.toString(16).padStart(PREFIX_LENGTH, '0')
  }

  delivered(node: string): void {
    const share = this.#shareOf(node)
    share.unfinished += 1
    if (share.completes) this.#total += 1
  }

  completed(node: string): void {
    const share = this.#shareOf(node)
    // The node that reads completes its own incoming message, which it was not sent by itself.
    if (share.unfinished === 0) return
    share.unfinished -= 1
    if (share.completes) this.#total -= 1
    else {
      share.completes = true
      this.#total += share.unfinished
    }
    this.#window.completed()
    this.#wake?.()
  }

  #shareOf(node: string): Share {
    if (this.#recent.node === node) return this.#recent
    let share = this.#shares.get(node)
    if (share === undefined) this.#shares.set(node, (share = new Share(node)))
    this.#recent = share
    return share
  }

  hasRoom(): boolean {
    return this.#limit === 0 || this.#total < this.#limit
  }

  async windowRoom(signal: AbortSignal, onWait: () => void): Promise<void> {
    if (!this.#hasWindowRoom()) onWait()
    while (!this.#hasWindowRoom()) {
      this.#window.used()
      let least = this.#total
      // A message that goes round in the flow is completed again and again, and nothing becomes less by it.
      const isLess = (): boolean => {
        const less = this.#total < least
        if (less) least = this.#total
        return less
      }
      const enough = await this.#completions(signal, STALL, isLess, () => this.#hasWindowRoom())
      if (!enough) this.#window.stalled()
    }
  }

  async room(signal: AbortSignal, onWait: () => void): Promise<void> {
    await this.windowRoom(signal, onWait)
    if (this.hasRoom()) return
    onWait()
    this.#window.used()
    await this.#completions(
      signal,
      PATIENCE,
      () => true,
      () => this.hasRoom(),
    )
  }

  #hasWindowRoom(): boolean {
    return this.#total < this.#window.size || this.#window.isWide
  }

  /** Waits for completions until there are enough of them; false without progress for so many milliseconds. */
  async #completions(
    signal: AbortSignal,
    patience: number,
    isProgress: () => boolean,
    enough: () => boolean,
  ): Promise<boolean> {
    signal.throwIfAborted()
    return new Promise<boolean>((resolve, reject) => {
      let last = performance.now()
      const settle = (outcome: () => void): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        this.#wake = undefined
        outcome()
      }
      const abort = (): void => settle(() => reject(signal.reason as Error))
      const look = (): void => {
        const left = last + patience - performance.now()
        if (left <= 0) settle(() => resolve(false))
        else timer = setTimeout(look, left)
      }
      let timer = setTimeout(look, patience)
      signal.addEventListener('abort', abort)
      this.#wake = () => {
        if (enough()) settle(() => resolve(true))
        else if (isProgress()) last = performance.now()
      }
    })
  }
}
