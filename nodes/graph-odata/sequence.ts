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
  readonly #blank: () => Message
  #held: Message | undefined
  #index: number
  #lastParts: object | undefined

  constructor(options: SequenceOptions, start: SequenceParts) {
    this.#options = options
    this.#start = start
    this.#index = start.index + 1
    this.#blank = blankMessages(options)
  }

  /** The `parts` of what was sent last, undefined where nothing was. */
  get lastParts(): object | undefined {
    return this.#lastParts
  }

  /** Takes the next element in, and gives the message that can be sent now. */
  push(payload: unknown, graph: GraphFacts, page?: { len: number; last: boolean }): Message | undefined {
    const index = this.#index
    this.#index += 1
    const message = this.#blank()
    message._msgid = this.#options.newId()
    message.payload = payload
    message.graph = graph
    message.parts = this.#parts(index, page)
    if (!this.#options.holdBack) return this.#sent(message)
    const previous = this.#held
    this.#held = message
    return previous === undefined ? undefined : this.#sent(previous)
  }

  /** The last one, with the count and what only the last one says. */
  end(facts: Partial<GraphFacts>): Message | undefined {
    const last = this.#held
    if (last?.graph === undefined) return undefined
    this.#held = undefined
    const parts = { ...(last.parts as object), count: this.#index }
    return this.#sent({ ...last, graph: { ...last.graph, ...facts }, parts })
  }

  /** What is held back, without a count: the sequence may go on. */
  flush(): Message | undefined {
    const held = this.#held
    this.#held = undefined
    return held === undefined ? undefined : this.#sent(held)
  }

  #parts(index: number, page: { len: number; last: boolean } | undefined): object {
    const { id, outer } = this.#start
    const own = { id, index, type: 'array' }
    if (outer === undefined && page === undefined) return own
    return {
      ...(outer === undefined ? {} : { parts: outer }),
      ...own,
      ...(page === undefined ? {} : { len: page.len }),
      ...(page?.last === true ? { count: index + 1 } : {}),
    }
  }

  #sent(message: Message): Message {
    this.#lastParts = message.parts as object
    return message
  }
}

/**
 * Copies of the base with the places for what is filled in. All of one shape from the start: adding properties to
 * a copy of an object costs V8 more than all the rest of a message.
 */
function blankMessages({ base, clone }: SequenceOptions): () => Message {
  const template: Message = { ...base, _msgid: '', payload: undefined, graph: undefined, parts: undefined }
  // Nothing in it could be shared by two messages, so copying it deep would be in vain.
  const isFlat = Object.values(base).every((value) => typeof value !== 'object' || value === null)
  return isFlat ? () => ({ ...template }) : () => clone(template)
}

/** Reads where a sequence stands out of a message that came back; undefined where it is none of ours. */
export function sequenceParts(parts: unknown): SequenceParts | undefined {
  if (typeof parts !== 'object' || parts === null) return undefined
  const { id, index, parts: outer } = parts as { id?: unknown; index?: unknown; parts?: unknown }
  if (typeof id !== 'string' || typeof index !== 'number') return undefined
  return { id, index, type: 'array', outer }
}
