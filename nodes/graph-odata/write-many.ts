import type { WriteOperation, WriteRequest } from '../lib/odata/write-plan'
import type { Written } from '../lib/odata/write'
import { Problem } from '../lib/problem'
import { TimeSlice } from '../lib/time-slice'
import { failureFacts, flowError } from '../shared/flow-error'
import { facts, type Message } from './emit'
import { dryWrite } from './dry-run'
import { fieldEvaluator } from './fields'
import type { WriteResult } from './message'
import { Interrupted, type Run } from './run'
import { payloadOf, warnOfLostAnswer, writeOptions } from './write-answer'
import { writeRequest } from './write-request'

/** Requests at a time: enough to fill batches, and few enough to hold in memory and to stop. */
const AT_A_TIME = 100

/**
 * A list is written element by element. They are begun in their order; those that concern one item are also done in
 * it, which is the pipeline's business. What became of each is said in `graph.results`.
 */
export async function writeMany(
  run: Run,
  operation: WriteOperation,
  elements: readonly unknown[],
): Promise<void> {
  const list = new ListRun(run, operation, elements)
  try {
    await list.run()
  } catch (error) {
    // What was written until it was stopped is known.
    throw new Interrupted(error, { ...list.facts() })
  }
  const { message, status, send } = run
  const { failed = 0 } = list.facts()
  if (failed === 0) {
    message.payload = list.answers
    message.graph = list.facts()
    status.done(elements.length)
    send(message)
    return
  }
  // The message goes on, and the incoming one to Catch nodes: two flows must not share one object.
  send({ ...message, payload: list.answers, graph: list.facts() })
  const problem = new Problem('partialFailure', { failed, total: elements.length })
  throw new Interrupted(problem, { ...list.facts() })
}

class ListRun {
  /** Where an element got no answer: the element as it came, so that it can be written again. */
  readonly answers: unknown[]
  readonly #run: Run
  readonly #operation: WriteOperation
  readonly #elements: readonly unknown[]
  readonly #results: WriteResult[] = []
  #failed = 0
  #finished = 0
  /** Nothing more can be written until a person helps; each further element would only say so again. */
  #hopeless: Problem | undefined

  constructor(run: Run, operation: WriteOperation, elements: readonly unknown[]) {
    this.#run = run
    this.#operation = operation
    this.#elements = elements
    this.answers = [...elements]
  }

  async run(): Promise<void> {
    const { signal } = this.#run
    const atWork = new Set<Promise<void>>()
    const slice = new TimeSlice()
    try {
      for (const [index, element] of this.#elements.entries()) {
        while (atWork.size >= AT_A_TIME) await Promise.race(atWork)
        if (slice.isOver()) await slice.pause()
        signal.throwIfAborted()
        // Fields first and one after another: so the requests are begun in the order of the list.
        const request = await this.#request(index, element)
        if (request === undefined) continue
        const work: Promise<void> = this.#write(index, element, request).finally(() => atWork.delete(work))
        atWork.add(work)
      }
    } finally {
      await Promise.all(atWork)
    }
    signal.throwIfAborted()
  }

  facts(): NonNullable<Message['graph']> {
    const { node } = this.#run
    return facts({
      node: node.id,
      operation: this.#operation,
      rows: this.#finished - this.#failed,
      results: this.#results,
      failed: this.#failed,
    })
  }

  async #request(index: number, element: unknown): Promise<WriteRequest | undefined> {
    const { RED, node, message, config, itemConvention } = this.#run
    const ofElement: Message = { ...message, payload: element }
    const fields = fieldEvaluator(RED, node, ofElement)
    try {
      if (this.#hopeless !== undefined) throw this.#hopeless
      if (element === undefined || element === null) throw new Problem('bodyMissing', { field: 'body' })
      return await writeRequest(config, this.#operation, itemConvention, ofElement, fields, element)
    } catch (error) {
      this.#fail(index, error)
      return undefined
    }
  }

  async #write(index: number, element: unknown, request: WriteRequest): Promise<void> {
    const { config, client } = this.#run
    try {
      if (config.dryRun) {
        this.answers[index] = dryWrite(client, request)
        this.#succeed(index, {})
        return
      }
      const written = await client.write(request, { ...writeOptions(this.#run), offerCurrent: false })
      warnOfLostAnswer(this.#run, written)
      this.answers[index] = payloadOf(written, element)
      this.#succeed(index, resultOf(written))
    } catch (error) {
      this.#fail(index, error)
    }
  }

  #succeed(index: number, result: WriteResult): void {
    this.#results[index] = result
    this.#finish()
  }

  #fail(index: number, error: unknown): void {
    const { RED, signal } = this.#run
    // It was stopped before it was sent: nothing became of it.
    if (signal.aborted && !(error instanceof Problem)) return
    const { message, code } = flowError(RED, error)
    if (error instanceof Problem && error.code === 'signInRequired') this.#hopeless = error
    this.#failed += 1
    this.#results[index] = { ...failureFacts(error), code, message }
    this.#finish()
  }

  #finish(): void {
    this.#finished += 1
    this.#run.status.writing(this.#operation, this.#finished, this.#elements.length)
  }
}

function resultOf({ answer, etag, location }: Written): WriteResult {
  const { statusCode, requestId } = answer
  return facts({ statusCode, requestId, etag, location })
}
