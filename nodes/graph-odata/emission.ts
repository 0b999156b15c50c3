import type { Answer } from '../lib/odata/answer'
import { Problem } from '../lib/problem'
import { TimeSlice } from '../lib/time-slice'
import { startInFlight, type InFlight } from '../shared/in-flight'
import { Emitter, type EmitterOptions, type Message } from './emit'
import { Interrupted, type Run } from './run'

/** Messages after which a slice ends early: Node-RED hands all that were sent in one turn over in one turn. */
const MOST_IN_SLICE = 100

/** Messages that are worth keeping ready in any flow: some milliseconds of work for a fast one. */
const FEW_ROWS = 256
const FEW_PAGES = 4

export interface EmissionOptions {
  readonly demand?: boolean
  readonly resume?: NonNullable<EmitterOptions['resume']>
  /** Called when all messages of a page have been sent. */
  readonly onPage?: (answer: Answer) => Promise<void>
  /** The link that was asked for last: where to go on after a failure. */
  readonly lastLink: () => string | undefined
}

/** One message must fit into memory, several times over where a flow copies it. */
const MOST_ROWS_IN_ARRAY = 1_000_000

/** What the emission tells the reading side. */
export interface Pace {
  readonly mayFetchAhead: () => boolean
  readonly setResync: (resync: 'apply' | 'upload') => void
}

/**
 * Sends what a read gives, page by page: not faster than the flow behind can take it, in slices that leave the
 * event loop to others, and so that nothing that has arrived is lost when the read breaks.
 */
export async function emitAnswers(
  run: Run,
  options: EmissionOptions,
  read: (pace: Pace) => AsyncGenerator<Answer, void, void>,
): Promise<void> {
  const { RED, node, config, message, status, signal } = run
  const limit = config.output === 'array' ? 0 : config.inFlight
  const inFlight = startInFlight(RED, limit, config.output === 'page' ? FEW_PAGES : FEW_ROWS)
  const emitter = new Emitter({
    node: node.id,
    operation: config.operation,
    output: config.output,
    message,
    clone: (original) => RED.util.cloneMessage(original),
    newId: () => inFlight.newId(),
    demand: options.demand === true,
    ...(options.resume === undefined ? {} : { resume: options.resume }),
  })
  const pace: Pace = {
    mayFetchAhead: () => options.demand !== true && inFlight.hasRoom(),
    setResync: (resync) => {
      emitter.resync = resync
    },
  }
  const back: Back = { inFlight, onWait: () => status.waiting(emitter.rows) }
  let collection = false
  status.reading(emitter.rows)
  try {
    for await (const answer of read(pace)) {
      collection ||= answer.kind === 'page'
      await inFlight.room(signal, back.onWait)
      if (config.output === 'array' && emitter.rows > MOST_ROWS_IN_ARRAY) {
        throw new Problem('tooManyRows', { field: 'output', limit: MOST_ROWS_IN_ARRAY })
      }
      const sent = await sendSliced(run, emitter.accept(answer), back)
      if (collection) status.reading(emitter.rows)
      await options.onPage?.(answer)
      if (options.demand === true && sent > 0) break
    }
    await sendSliced(run, emitter.end(), back)
    status.done(collection ? emitter.rows : undefined)
  } catch (error) {
    if (signal.aborted) throw error
    throw new Interrupted(error, sendBroken(run, emitter, options.lastLink()))
  } finally {
    inFlight.end()
  }
}

/** What the flow behind gives back: room for more, and the word that there is none. */
interface Back {
  readonly inFlight: InFlight
  readonly onWait: () => void
}

async function sendSliced(
  { send, signal }: Run,
  messages: Iterable<Message>,
  { inFlight, onWait }: Back,
): Promise<number> {
  let sent = 0
  const slice = new TimeSlice()
  for (const message of messages) {
    send(message)
    sent += 1
    if (sent % MOST_IN_SLICE !== 0 && !slice.isOver()) continue
    await inFlight.windowRoom(signal, onWait)
    await slice.pause()
    signal.throwIfAborted()
  }
  signal.throwIfAborted()
  return sent
}

function sendBroken(
  { send }: Run,
  emitter: Emitter,
  link: string | undefined,
): Readonly<Record<string, unknown>> {
  const { held, facts } = emitter.broken(link)
  if (held !== undefined) send(held)
  return facts
}
