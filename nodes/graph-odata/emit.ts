import type { Answer, Empty, Page, Single } from '../lib/odata/answer'
import type { GraphFacts, Message, Output } from './message'
import { Sequence, type SequenceParts } from './sequence'

export type { GraphFacts, Message, Output } from './message'

/**
 * Turns answers into messages. Pure: what it needs of Node-RED (clones, ids) is handed in.
 */

export interface EmitterOptions {
  readonly node: string
  readonly operation: string
  readonly output: Output
  /** The incoming message; it becomes the only outgoing one where there is no sequence. */
  readonly message: Message
  readonly clone: (message: Message) => Message
  readonly newId: () => string
  /** Each page is sent at once and says where the next one is; it is fetched when that message comes back. */
  readonly demand?: boolean
  /** A read that goes on: the parts and the number of rows of what was sent last. */
  readonly resume?: { readonly parts: SequenceParts; readonly rows: number }
}

export class Emitter {
  readonly #options: EmitterOptions
  readonly #sequence: Sequence
  readonly #collected: unknown[] = []
  #count: number | undefined
  #firstUrl: string | undefined
  #lastPage: Page | undefined
  /** Rows seen so far, those before a read went on included. */
  rows: number
  /** Said in every message of the run: the collection was read anew, because its changes are not known. */
  resync: 'apply' | 'upload' | undefined

  constructor(options: EmitterOptions) {
    this.#options = options
    this.rows = options.resume?.rows ?? 0
    const { payload: _payload, parts, graph: _graph, ...base } = options.message
    this.#sequence = new Sequence(
      { base, clone: options.clone, newId: options.newId, holdBack: options.demand !== true },
      options.resume?.parts ?? { id: options.newId(), index: -1, type: 'array', outer: parts },
    )
  }

  /** The messages that can be sent now that this answer is here. */
  accept(answer: Answer): Iterable<Message> {
    if (answer.kind !== 'page') return [this.#whole(answer)]
    this.#firstUrl ??= answer.url
    this.#lastPage = answer
    // Only the first page says how many there are in all (Graph, "Paging").
    this.#count ??= answer.count
    this.rows += answer.rows.length
    switch (this.#options.output) {
      case 'array':
        for (const row of answer.rows) this.#collected.push(row)
        return []
      case 'page':
        return answer.rows.length > 0 || this.#isEndOfDemand(answer) ? only(this.#page(answer)) : []
      case 'item':
        return this.#rows(answer)
    }
  }

  /** What is left to send when the last answer has come; the incoming message learns how it went. */
  end(): Iterable<Message> {
    const { message, output } = this.#options
    const last = this.#lastPage
    if (last === undefined) return []
    const nothing = this.rows === 0 && output === 'page' && this.#options.demand !== true
    // Only the last message of a run may say where changes go on: who confirms it confirms them all.
    const deltaLink = compact({ deltaLink: last.deltaLink })
    const held = output === 'array' ? undefined : this.#sequence.end(deltaLink)
    message.graph = {
      ...this.#pageFacts(last),
      ...deltaLink,
      url: this.#firstUrl ?? last.url,
      rows: this.rows,
    }
    if (output === 'array' || nothing) {
      message.payload = this.#collected
      return [message]
    }
    return only(held)
  }

  /**
   * What was held back, when the read breaks: those rows have arrived. The incoming message then says how far
   * it came, so that feeding it back goes on there; `facts` is what its `graph` says of that.
   */
  broken(nextLink: string | undefined): { held?: Message | undefined; facts: Partial<GraphFacts> } {
    const { message, output } = this.#options
    if (output === 'array') return { facts: {} }
    if (this.#lastPage === undefined && this.#options.resume === undefined) return { facts: {} }
    const held = this.#sequence.flush()
    const parts = this.#sequence.lastParts
    // Without a link it can only begin anew, with the parts that it came with.
    if (parts !== undefined && nextLink !== undefined) message.parts = parts
    return { held, facts: compact({ nextLink, rows: this.rows }) }
  }

  *#rows(page: Page): Generator<Message, void, void> {
    const pageFacts = this.#pageFacts(page)
    // A copy each: a flow that changes one message must not change the others.
    for (const [index, row] of page.rows.entries()) {
      page.rows[index] = undefined
      const message = this.#sequence.push(row, { ...pageFacts })
      if (message !== undefined) yield message
    }
  }

  #page(page: Page): Message | undefined {
    const { demand } = this.#options
    const facts =
      demand === true
        ? { ...this.#pageFacts(page), ...compact({ nextLink: page.nextLink, rows: this.rows }) }
        : this.#pageFacts(page)
    const last = this.#isEndOfDemand(page)
    return this.#sequence.push(page.rows, facts, { len: Math.max(2, page.rows.length), last })
  }

  /** Where pages are waited for, an empty one is sent only if nothing can follow it: the run must end. */
  #isEndOfDemand(page: Page): boolean {
    return this.#options.demand === true && page.nextLink === undefined
  }

  #whole(answer: Single | Empty): Message {
    const { message } = this.#options
    if (answer.kind === 'single') message.payload = answer.value
    message.graph = facts({
      ...this.#answerFacts(answer),
      etag: answer.kind === 'single' ? answer.etag : undefined,
    })
    return message
  }

  #pageFacts(page: Page): GraphFacts {
    return facts({
      ...this.#answerFacts(page),
      count: this.#count,
      resync: this.resync,
    })
  }

  #answerFacts({ url, statusCode, requestId }: Answer): Partial<Record<keyof GraphFacts, unknown>> {
    const { node, operation } = this.#options
    return { node, operation, url, statusCode, requestId }
  }
}

function only(message: Message | undefined): Message[] {
  return message === undefined ? [] : [message]
}

/** `msg.graph` without what has no value. */
export function facts(given: Partial<Record<keyof GraphFacts, unknown>>): GraphFacts {
  return compact(given) as unknown as GraphFacts
}

/** A property that has no value is left out rather than sent as undefined. */
function compact(given: Partial<Record<string, unknown>>): Partial<GraphFacts> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}
