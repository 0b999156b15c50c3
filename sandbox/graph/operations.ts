import { randomUUID } from 'node:crypto'
import type { Answer } from './answer'
import { GraphError } from './errors'
import type { Row } from './rows'

export interface Operation {
  readonly id: string
  readonly kind: string
  readonly started: string
  /** From 0 to 100. */
  readonly percentage: number
  readonly status: 'notStarted' | 'inProgress' | 'completed' | 'failed'
  /** What it has made, once it is completed. */
  readonly result: Row | undefined
  readonly error: { readonly code: string; readonly message: string } | undefined
}

interface Planned {
  readonly kind: string
  readonly began: number
  readonly duration: number
  readonly finish: () => Row
  ended: { readonly result?: Row; readonly error?: { code: string; message: string } } | undefined
}

/** Work that goes on after its request has been answered; it is done when somebody asks after its time. */
export class Operations {
  /** Milliseconds that a new operation takes. */
  duration = 0
  /** Operations that begin from now on fail. */
  fail = false
  readonly #planned = new Map<string, Planned>()

  start(kind: string, finish: () => Row): string {
    const id = randomUUID()
    const failing = (): Row => {
      throw new GraphError(500, 'generalException', 'The operation has failed.')
    }
    this.#planned.set(id, {
      kind,
      began: Date.now(),
      duration: this.duration,
      finish: this.fail ? failing : finish,
      ended: undefined,
    })
    return id
  }

  get(id: string, kind?: string): Operation | undefined {
    const planned = this.#planned.get(id)
    if (planned === undefined || (kind !== undefined && planned.kind !== kind)) return undefined
    const passed = Date.now() - planned.began
    if (passed >= planned.duration) planned.ended ??= outcome(planned.finish)
    const { ended } = planned
    return {
      id,
      kind: planned.kind,
      started: `${new Date(planned.began).toISOString().slice(0, 19)}Z`,
      percentage: ended === undefined ? Math.floor((100 * passed) / planned.duration) : 100,
      status:
        ended === undefined
          ? passed === 0
            ? 'notStarted'
            : 'inProgress'
          : ended.error === undefined
            ? 'completed'
            : 'failed',
      result: ended?.result,
      error: ended?.error,
    }
  }

  /** Whether there has been one of a kind. */
  knows(kind: string): boolean {
    return [...this.#planned.values()].some((planned) => planned.kind === kind)
  }

  reset(): void {
    this.duration = 0
    this.fail = false
    this.#planned.clear()
  }
}

function outcome(finish: () => Row): Planned['ended'] {
  try {
    return { result: finish() }
  } catch (error) {
    const code = error instanceof GraphError ? error.code : 'generalException'
    return { error: { code, message: error instanceof Error ? error.message : String(error) } }
  }
}

/** OneDrive's monitor: on another origin, for whoever has its URL; 202 as long as there is something to wait for. */
export function monitorAnswer(operation: Operation | undefined): Answer {
  const headers = { 'Content-Type': 'application/json' }
  if (operation === undefined)
    return { status: 404, headers, body: JSON.stringify({ error: { code: 'itemNotFound', message: '' } }) }
  const { status, percentage, result, error } = operation
  const body = {
    operation: 'ItemCopy',
    percentageComplete: percentage,
    status,
    ...(result !== undefined && { resourceId: result['id'] }),
    ...(error !== undefined && { error }),
  }
  return { status: 202, headers, body: JSON.stringify(body) }
}

export function accepted(headers: Readonly<Record<string, string>>): Answer {
  return { status: 202, headers, body: '' }
}
