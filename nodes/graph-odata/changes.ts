import type { ReadRequest } from '../lib/graph-client'
import type { Answer, Page } from '../lib/odata/answer'
import { markRemoved, restartAt, resyncOf } from '../lib/odata/delta'
import { namesStart, type DeltaStart } from '../lib/odata/delta-url'
import { checkLink } from '../lib/odata/pages'
import { Problem } from '../lib/problem'
import { checkpoint, checkpointKey, type Checkpoint } from './checkpoints'
import { showRead } from './dry-run'
import { emitAnswers, type Pace } from './emission'
import { fieldEvaluator } from './fields'
import { readRequest } from './read-request'
import { Interrupted, turnOf, type Run } from './run'

/** Runs of one node that share a checkpoint wait for each other; others do not. */
export class ChangeRuns {
  readonly #last = new Map<string, Promise<void>>()
  /** Checkpoints that wait for a message with this link to come back. */
  readonly #unconfirmed = new Map<string, string>()

  /** `operation: changes`: what has changed since the last run, beginning with everything or with now. */
  async run(run: Run): Promise<void> {
    if (await this.#confirm(run)) return
    const { RED, node, message, config, client, itemConvention } = run
    const asked = await readRequest(config, itemConvention, message, fieldEvaluator(RED, node, message))
    // Changes that a limit cut off would never be told.
    const request = { ...asked, limit: 0 }
    const { url, prefer } = client.plan({ ...request, delta: 'all' })
    const own = asked.headers.get('prefer') ?? []
    const key = checkpointKey(
      [config.connection, run.tenant, await run.account(), url, ...prefer].concat(own),
    )
    const point = checkpoint(RED, node, config.store, key)
    // An address that names a token asks for what has changed since then.
    const start = namesStart(url) ? 'all' : config.start
    const round = { ...request, delta: start }
    if (config.dryRun) return showRead(run, startOfRound(round, await point.read()))
    await this.#inTurn(key, async () => this.#round(run, round, point))
  }

  /** A message that comes back with the link of its run says that the flow has taken the changes over. */
  async #confirm({ RED, node, message, config }: Run): Promise<boolean> {
    if (config.checkpoint !== 'confirmed') return false
    if (message.graph?.node !== node.id || typeof message.graph.deltaLink !== 'string') return false
    const link = message.graph.deltaLink
    const key = this.#unconfirmed.get(link)
    if (key !== undefined) {
      await this.#inTurn(key, async () => checkpoint(RED, node, config.store, key).write(link))
      // Only now: what could not be stored may be confirmed again.
      this.#unconfirmed.delete(link)
    }
    return true
  }

  async #inTurn(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    const settled = mine.catch(() => {})
    this.#last.set(key, settled)
    try {
      await mine
    } finally {
      if (this.#last.get(key) === settled) this.#last.delete(key)
    }
  }

  async #round(run: Run, request: DeltaRequest, point: Checkpoint): Promise<void> {
    const { config, signal } = run
    signal.throwIfAborted()
    if (run.reset) await point.write(undefined)
    const stored = await point.read()
    // A round that only says where "now" is sends nothing that a flow could confirm, and must not be repeated later.
    const fromNow = stored === undefined && request.delta === 'now'
    const confirms = config.checkpoint === 'confirmed' && !fromNow
    const atTheEnd = config.output === 'array' || fromNow
    const progress = new Progress(point, !confirms, atTheEnd)
    const onPage = async (answer: Answer): Promise<void> => {
      const { nextLink, deltaLink, rows, url } = deltaPage(answer)
      // Never stored, because every later run would be refused for it.
      if (deltaLink !== undefined) checkLink(deltaLink, new URL(url).origin)
      await progress.page(nextLink ?? deltaLink, rows.length > 0)
      if (confirms && deltaLink !== undefined) this.#await(deltaLink, point.key)
    }
    try {
      await emitAnswers(run, { onPage, lastLink: () => undefined }, (pace) => {
        const answers = readRound(run, request, stored, pace)
        return fromNow ? withoutRows(answers) : answers
      })
    } catch (error) {
      // What had arrived was sent before the failure was told.
      if (error instanceof Interrupted && !atTheEnd) await progress.end()
      throw error
    }
    await progress.end()
  }

  #await(link: string, key: string): void {
    const MOST = 1000
    const [oldest] = this.#unconfirmed.keys()
    if (this.#unconfirmed.size >= MOST && oldest !== undefined) this.#unconfirmed.delete(oldest)
    this.#unconfirmed.set(link, key)
  }
}

interface DeltaRequest extends ReadRequest {
  readonly delta: DeltaStart
}

/**
 * Stores how far a round has come, never further than what has been sent: one page or row is always held back,
 * so a page's link is stored only when a later page has pushed it out; an array is sent at the very end. Where
 * nothing is sent, only the end says where "now" is.
 */
class Progress {
  readonly #point: Checkpoint
  readonly #stores: boolean
  readonly #atTheEnd: boolean
  #link: string | undefined
  #holds = false

  constructor(point: Checkpoint, stores: boolean, atTheEnd: boolean) {
    this.#point = point
    this.#stores = stores
    this.#atTheEnd = atTheEnd
  }

  async page(link: string | undefined, hasRows: boolean): Promise<void> {
    if (!this.#atTheEnd && (hasRows || !this.#holds)) await this.end()
    this.#holds ||= hasRows
    this.#link = link
  }

  async end(): Promise<void> {
    if (this.#stores && this.#link !== undefined) await this.#point.write(this.#link)
  }
}

/** One round; where the service has forgotten the link, it starts over by itself and says so. */
async function* readRound(
  run: Run,
  request: DeltaRequest,
  stored: string | undefined,
  pace: Pace,
): AsyncGenerator<Answer, void, void> {
  const { client, signal } = run
  const options = { signal, ...turnOf(run), mayFetchAhead: pace.mayFetchAhead }
  try {
    yield* marked(client.read(startOfRound(request, stored), options))
  } catch (error) {
    const resync = resyncOf(error)
    if (resync === undefined) throw error
    pace.setResync(resync.resync)
    // From the beginning, not from now on: what has changed meanwhile would be lost.
    const again: ReadRequest = { ...request, delta: 'all' }
    const from = restartAt(resync.location, client.plan(again).url)
    if (from !== undefined) {
      try {
        yield* marked(client.read({ ...again, from }, options))
        return
      } catch (refused) {
        // Not even there does the service know what it said.
        if (resyncOf(refused) === undefined) throw refused
      }
    }
    yield* marked(client.read(again, options))
  }
}

function startOfRound(request: ReadRequest, stored: string | undefined): ReadRequest {
  return stored === undefined ? request : { ...request, from: stored }
}

async function* marked(answers: AsyncGenerator<Answer, void, void>): AsyncGenerator<Answer, void, void> {
  for await (const answer of answers) {
    if (answer.kind === 'page') markRemoved(answer)
    yield answer
  }
}

/** Services that know no "from now on" tell everything there is: none of it is a change. */
async function* withoutRows(answers: AsyncGenerator<Answer, void, void>): AsyncGenerator<Answer, void, void> {
  for await (const answer of answers) yield answer.kind === 'page' ? { ...answer, rows: [] } : answer
}

function deltaPage(answer: Answer): Page {
  if (answer.kind === 'page' && (answer.nextLink ?? answer.deltaLink) !== undefined) return answer
  throw new Problem('deltaNotSupported', {})
}
