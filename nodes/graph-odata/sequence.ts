import type { GraphFacts, Message } from './emit'

/** Where a sequence stands: what the last message's `parts` said. */
export interface SequenceParts {
  readonly id: string
  readonly index: number
  readonly type: 'array'
  /** The `parts` that the incoming message had: a sequence inside a sequence, as core's split makes it. */
  readonly outer: unknown
}

export interface SequenceOptions {
  /** What every message of the sequence holds besides payload, parts and facts. */
  readonly base: Message
  readonly clone: (message: Message) => Message
  readonly newId: () => string
  /** Send each element one step late, so that the last one can say how many there were. */
  readonly holdBack: boolean
}

/** A run of messages with `parts` in the sense of core's split and join. */
export class Sequence {
  readonly #options: SequenceOptions
  readonly #start: SequenceParts
  /** Nothing in the base could be shared by two messages, so copying it deep would be in vain. */
  readonly #isFlat: boolean
  #held: Message | undefined
  #index: number
  #lastParts: object | undefined

  constructor(options: SequenceOptions, start: SequenceParts) {
    this.#options = options
    this.#start = start
    this.#index = start.index + 1
    this.#isFlat = Object.values(options.base).every((value) => typeof value !== 'object' || value === null)
  }

  /** The `parts` of what was sent last, undefined where nothing was. */
  get lastParts(): object | undefined {
    return this.#lastParts
  }

  *push(
    payload: unknown,
    graph: GraphFacts,
    { len, last = false }: { len?: number; last?: boolean } = {},
  ): Generator<Message, void, void> {
    const parts: Record<string, unknown> = { id: this.#start.id, index: this.#index, type: 'array' }
    if (this.#start.outer !== undefined) parts['parts'] = this.#start.outer
    if (len !== undefined) parts['len'] = len
    if (last) parts['count'] = this.#index + 1
    this.#index += 1

    const { base, clone, newId } = this.#options
    const message = this.#isFlat ? { ...base } : clone(base)
    message._msgid = newId()
    message.payload = payload
    message.graph = graph
    message.parts = parts
    const previous = this.#held
    if (this.#options.holdBack) {
      this.#held = message
      if (previous !== undefined) yield this.#sent(previous)
    } else {
      yield this.#sent(message)
    }
  }

  /** The last one, with the count and what only the last one says. */
  *end(facts: Partial<GraphFacts>): Generator<Message, void, void> {
    const last = this.#held
    if (last?.graph === undefined) return
    this.#held = undefined
    const parts = { ...(last.parts as object), count: this.#index }
    yield this.#sent({ ...last, graph: { ...last.graph, ...facts }, parts })
  }

  /** What is held back, without a count: the sequence may go on. */
  *flush(): Generator<Message, void, void> {
    const held = this.#held
    this.#held = undefined
    if (held !== undefined) yield this.#sent(held)
  }

  #sent(message: Message): Message {
    this.#lastParts = message.parts as object
    return message
  }
}

/** Reads where a sequence stands out of a message that came back; undefined where it is none of ours. */
export function sequenceParts(parts: unknown): SequenceParts | undefined {
  if (typeof parts !== 'object' || parts === null) return undefined
  const { id, index, parts: outer } = parts as { id?: unknown; index?: unknown; parts?: unknown }
  if (typeof id !== 'string' || typeof index !== 'number') return undefined
  return { id, index, type: 'array', outer }
}
