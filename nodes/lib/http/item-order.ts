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
  const inOrder = async <Result>(
    path: string,
    write: boolean,
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    const before = active.before(path, write)
    return active.during(path, write, async () => {
      if (before.length > 0) await settled(before, signal)
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
  /** Requests at or below a path, and writes at exactly it. */
  readonly #below = new Map<string, Set<Running>>()
  readonly #writes = new Map<string, Set<Running>>()

  /** What has to end first. */
  before(path: string, write: boolean): Running[] {
    const found: Running[] = write ? [...(this.#below.get(path) ?? [])] : []
    if (this.#writes.size === 0) return found
    for (const above of pathsTo(path))
      for (const running of this.#writes.get(above) ?? []) found.push(running)
    return found
  }

  async during<Result>(path: string, write: boolean, work: () => Promise<Result>): Promise<Result> {
    const running = work()
    const above = pathsTo(path)
    for (const one of above) note(this.#below, one, running)
    if (write) note(this.#writes, path, running)
    try {
      return await running
    } finally {
      for (const one of above) forget(this.#below, one, running)
      if (write) forget(this.#writes, path, running)
    }
  }
}

async function settled(before: readonly Running[], signal: AbortSignal): Promise<void> {
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
  const end = url.search(/[?#]/u)
  const path = (end < 0 ? url : url.slice(0, end)).toLowerCase()
  const keyed = path.includes('(') ? path.replace(/\('?([^()'=,]+)'?\)/gu, '/$1') : path
  return (keyed.includes('%') ? decoded(keyed) : keyed).replace(/\/+$/u, '')
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
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
