import type { Answer, Empty, Page, Single } from '../lib/odata/answer'

/**
 * Turns answers into messages. Pure: what it needs of Node-RED (clones, ids) is handed in.
 *
 * Pages and rows are sequences in the sense of core's split and join: `parts` with an id for this run, an
 * index, and the count on the last one. Whether a message is the last one is only known when the next page
 * has come, so one page or row is always held back.
 */

export type Output = 'array' | 'page' | 'item'

export interface Message {
  _msgid?: string
  payload?: unknown
  parts?: unknown
  graph?: GraphFacts
  [property: string]: unknown
}

/** `msg.graph`: where the payload came from. Never headers, tokens or pre-signed links. */
export interface GraphFacts {
  readonly node: string
  readonly operation: string
  readonly url?: string
  readonly statusCode?: number
  readonly requestId?: string
  readonly count?: number
  readonly etag?: string
  readonly deltaLink?: string
  readonly rows?: number
  readonly retryAfter?: number
}

export interface EmitterOptions {
  readonly node: string
  readonly operation: string
  readonly output: Output
  /** The incoming message; it becomes the only outgoing one where there is no sequence. */
  readonly message: Message
  readonly clone: (message: Message) => Message
  readonly newId: () => string
}

export class Emitter {
  readonly #options: EmitterOptions
  readonly #sequence: Sequence
  /** Rows seen so far. */
  rows = 0
  #count: number | undefined
  #firstPage: Page | undefined
  #lastPage: Page | undefined
  readonly #collected: unknown[] = []

  constructor(options: EmitterOptions) {
    this.#options = options
    this.#sequence = new Sequence(options)
  }

  /** The messages that can be sent now that this answer is here. */
  *accept(answer: Answer): Generator<Message, void, void> {
    if (answer.kind !== 'page') {
      yield this.#whole(answer)
      return
    }
    this.#firstPage ??= answer
    this.#lastPage = answer
    // Only the first page says how many there are in all (Graph, "Paging").
    this.#count ??= answer.count
    this.rows += answer.rows.length
    const facts = this.#pageFacts(answer)
    switch (this.#options.output) {
      case 'array':
        for (const row of answer.rows) this.#collected.push(row)
        break
      case 'page':
        if (answer.rows.length > 0)
          yield* this.#sequence.push(answer.rows, facts, Math.max(2, answer.rows.length))
        break
      case 'item':
        for (const row of answer.rows) yield* this.#sequence.push(row, facts)
        break
    }
  }

  /** What is left to send when the last answer has come; marks the incoming message as finished. */
  *end(): Generator<Message, void, void> {
    const { message, output } = this.#options
    const last = this.#lastPage
    if (last === undefined) return
    const graph = { ...this.#pageFacts(last), url: this.#firstPage?.url ?? last.url, rows: this.rows }
    const empty = this.rows === 0 && output === 'page'
    if (output !== 'array') yield* this.#sequence.end()
    message.graph = graph
    if (output === 'array' || empty) {
      message.payload = this.#collected
      yield message
    }
  }

  #whole(answer: Single | Empty): Message {
    const { message } = this.#options
    if (answer.kind === 'single') message.payload = answer.value
    message.graph = compact({
      ...this.#facts(answer),
      etag: answer.kind === 'single' ? answer.etag : undefined,
    }) as unknown as GraphFacts
    return message
  }

  #pageFacts(page: Page): GraphFacts {
    return compact({
      ...this.#facts(page),
      count: this.#count,
      deltaLink: page.deltaLink,
    }) as unknown as GraphFacts
  }

  #facts({ url, statusCode, requestId }: Answer): Partial<Record<keyof GraphFacts, unknown>> {
    const { node, operation } = this.#options
    return { node, operation, url, statusCode, requestId }
  }
}

/** Sends each element one step late, so that the last one can say how many there were. */
class Sequence {
  readonly #options: EmitterOptions
  readonly #id: string
  readonly #outerParts: unknown
  readonly #base: Message
  #held: Message | undefined
  #index = 0

  constructor(options: EmitterOptions) {
    this.#options = options
    this.#id = options.newId()
    this.#outerParts = options.message.parts
    const { payload: _payload, parts: _parts, ...base } = options.message
    this.#base = base
  }

  *push(payload: unknown, graph: GraphFacts, len?: number): Generator<Message, void, void> {
    const previous = this.#held
    this.#held = {
      ...this.#options.clone(this.#base),
      _msgid: this.#options.newId(),
      payload,
      graph,
      parts: compact({
        parts: this.#outerParts,
        id: this.#id,
        index: this.#index,
        type: 'array',
        len,
      }),
    }
    this.#index += 1
    if (previous !== undefined) yield previous
  }

  *end(): Generator<Message, void, void> {
    const last = this.#held
    if (last === undefined) return
    this.#held = undefined
    yield { ...last, parts: { ...(last.parts as object), count: this.#index } }
  }
}

/** A property that has no value is left out rather than sent as undefined. */
function compact(facts: Partial<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}
