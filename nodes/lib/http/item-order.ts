import { decodedText } from '../decoded-text'
import { Problem } from '../problem'
import { withoutQuery } from '../split-query'
import { MOST_WAITING } from './fair-queue'
import type { Policy } from './http'

/** Several requests that are one write of an item (look, then create or update); they themselves are `unordered`. */
export type HoldItem = <Result>(
  url: string,
  signal: AbortSignal,
  work: () => Promise<Result>,
) => Promise<Result>

export interface ItemOrder extends Policy {
  readonly hold: HoldItem
}

/**
 * Requests on one item, one of them a write, run one after another, through all their repeats: equal paths, or a write
 * on an item above. Without it a delete could overtake the update that was sent before it, in a batch or on another
 * connection. A POST makes something new, so it waits for writes on what it is below, and nothing waits for its path.
 */
export function orderByItem(): ItemOrder {
  const active = new ActivePaths()
  let waiting = 0
  const inOrder = async <Result>(
    path: string,
    write: boolean,
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    const before = active.before(path, write)
    if (before.length === 0) return active.during(path, write, before, work)
    if (waiting >= MOST_WAITING) throw new Problem('queueFull', { limit: MOST_WAITING })
    waiting += 1
    return active.during(path, write, before, async () => {
      try {
        await settled(before, signal)
      } finally {
        waiting -= 1
      }
      return work()
    })
  }
  return {
    name: 'order',
    hold: async (url, signal, work) => inOrder(pathOf(url), true, signal, work),
    send: async (request, next) => {
      if (request.unordered === true) return next(request)
      const write = request.method === 'PATCH' || request.method === 'PUT' || request.method === 'DELETE'
      return inOrder(pathOf(request.url), write, request.signal, async () => next(request))
    },
  }
}

type Running = Promise<unknown>

class ActivePaths {
  /** What a write at a path has to wait for: what runs at or below it, since the last such write. */
  readonly #below = new Map<string, Set<Running>>()
  /** The last write at exactly a path. It has waited for all before it, so that who comes next waits for it alone. */
  readonly #writes = new Map<string, Running>()

  /** What has to end first. */
  before(path: string, write: boolean): Running[] {
    const found: Running[] = write ? [...(this.#below.get(path) ?? [])] : []
    if (this.#writes.size === 0) return found
    for (const above of pathsTo(path)) {
      const running = this.#writes.get(above)
      if (running !== undefined) found.push(running)
    }
    return found
  }

  async during<Result>(
    path: string,
    write: boolean,
    before: readonly Running[],
    work: () => Promise<Result>,
  ): Promise<Result> {
    const running = work()
    // One that was given up while it waited must not let pass whom it waited for.
    const over: Running = before.length === 0 ? running : Promise.allSettled([...before, running])
    const above = pathsTo(path)
    if (write) {
      this.#below.set(path, new Set())
      this.#writes.set(path, over)
    }
    for (const one of above) note(this.#below, one, over)
    const leave = (): void => {
      for (const one of above) forget(this.#below, one, over)
      if (this.#writes.get(path) === over) this.#writes.delete(path)
    }
    over.then(leave, leave)
    return running
  }
}

async function settled(before: readonly Running[], signal: AbortSignal): Promise<void> {
  // A signal says it once: who was given up before is not told.
  signal.throwIfAborted()
  let stop: (() => void) | undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    await Promise.race([Promise.allSettled(before), aborted])
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop)
  }
  signal.throwIfAborted()
}

function note(map: Map<string, Set<Running>>, path: string, running: Running): void {
  const set = map.get(path)
  if (set === undefined) map.set(path, new Set([running]))
  else set.add(running)
}

function forget(map: Map<string, Set<Running>>, path: string, running: Running): void {
  const set = map.get(path)
  set?.delete(running)
  if (set?.size === 0) map.delete(path)
}

/**
 * One text for the ways to write an item's address: `Users('a%40b')`, `users/a@b`. Ids that differ in their case alone
 * wait for each other without need.
 */
function pathOf(url: string): string {
  const path = withoutQuery(url).toLowerCase()
  const keyed = path.includes('(') ? path.replace(/\('?([^()'=,]+)'?\)/gu, '/$1') : path
  return (keyed.includes('%') ? decodedText(keyed) : keyed).replace(/\/+$/u, '')
}

/** The path and what it lies below, without the origin. */
function pathsTo(path: string): string[] {
  const paths: string[] = []
  const start = path.indexOf('/', path.indexOf('//') + 2)
  for (let end = path.length; end > start && end > 0; end = path.lastIndexOf('/', end - 1)) {
    paths.push(path.slice(0, end))
  }
  return paths
}
