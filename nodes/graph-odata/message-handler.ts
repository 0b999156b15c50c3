import type { ConnectionNode } from '../graph-connection/connection-node'
import { Problem } from '../lib/problem'
import { explain } from '../shared/explain'
import { signInKey } from '../shared/status'
import { WorkInProgress } from '../shared/work-in-progress'
import { ChangeRuns } from './changes'
import type { NamedOperation } from './config'
import { runDownload } from './download'
import { causeOf, fail, isSignInRequired, tell, type DeployedNode } from './failure'
import type { Message } from './message'
import { operationOf } from './operation'
import { runRead } from './read'
import { Interrupted, Stopped, type Run } from './run'
import { Turnstile } from './turnstile'
import { runUpload } from './upload'
import { runWrite } from './write'

type Send = (message: Message) => void

/** Takes the messages of one deployed node: as many at a time as come, each on its own. */
export class MessageHandler {
  readonly #deployed: DeployedNode
  readonly #operations: Readonly<Record<NamedOperation, (run: Run) => Promise<void>>>
  readonly #stops = new Set<AbortController>()
  readonly #runs = new WorkInProgress()
  readonly #turnstile = new Turnstile()
  readonly #unsubscribe: (() => void) | undefined
  /** Whether the status asks for a sign-in, which ends when somebody has signed in. */
  #askedToSignIn = false

  constructor(deployed: DeployedNode) {
    const changes = new ChangeRuns()
    this.#deployed = deployed
    this.#operations = {
      read: runRead,
      create: runWrite,
      update: runWrite,
      upsert: runWrite,
      replace: runWrite,
      delete: runWrite,
      call: runWrite,
      changes: async (run) => changes.run(run),
      download: runDownload,
      upload: runUpload,
    }
    this.#unsubscribe = deployed.connection?.onStateChange((problem) => this.#onState(problem))
  }

  /** @param done called exactly once, with what went wrong if anything did. */
  take(message: Message, send: Send, done: (error?: Error) => void): void {
    const { RED, node, connection } = this.#deployed
    const run = this.#handle(message, send)
    this.#runs.add(run)
    connection?.openFor(run)
    run
      .then(
        () => done(),
        (error: unknown) => done(this.#fail(message, error)),
      )
      // Node-RED clones the message for Complete and Catch nodes; one that cannot be cloned must not end it all.
      .catch((error: unknown) => RED.log.error(`[graph-odata:${node.id}] ${explain(RED, error)}`))
  }

  /** Ends what is under way, and resolves when that has ended. */
  async close(): Promise<void> {
    this.#unsubscribe?.()
    this.#stopAll('close')
    await this.#runs.ended()
  }

  #stopAll(by: Stopped['by']): void {
    for (const stop of this.#stops) stop.abort(new Stopped(by))
  }

  async #handle(message: Message, send: Send): Promise<void> {
    if (isOwnAndTrue(message, 'cancel')) {
      this.#stopAll('cancel')
      return
    }
    const reset = isOwnAndTrue(message, 'reset')
    // They are said to this node, not to those behind it.
    delete message['reset']
    delete message['cancel']
    const stop = new AbortController()
    this.#stops.add(stop)
    try {
      const turn = this.#turnstile.pass()
      if (turn !== undefined) {
        await turn
        stop.signal.throwIfAborted()
      }
      await this.#run({ message, reset, send, signal: stop.signal })
    } catch (error) {
      if (!stop.signal.aborted) throw error
      if (error instanceof Interrupted || isOpenQuestion(error)) tell(this.#deployed, message, error)
      this.#deployed.status.clear()
    } finally {
      this.#stops.delete(stop)
    }
  }

  async #run(given: Pick<Run, 'message' | 'reset' | 'send' | 'signal'>): Promise<void> {
    const { connection, setup } = this.#deployed
    if (setup instanceof Problem) throw setup
    const operation = operationOf(setup.config, given.message)
    const tenant = tenantOf(connection, given.message)
    await this.#operations[operation]({
      ...setup,
      ...given,
      config: { ...setup.config, operation },
      client: tenant === '' || connection === undefined ? setup.client : connection.clientFor(tenant),
      tenant,
      account: async () => connection?.account() ?? '',
    })
  }

  #fail(message: Message, error: unknown): Error {
    // It may be another tenant's token that was refused, of which the connection itself tells nothing.
    this.#askedToSignIn ||= isSignInRequired(causeOf(error))
    return fail(this.#deployed, message, error)
  }

  #onState(problem: Problem | undefined): void {
    const { status } = this.#deployed
    const needed = isSignInRequired(problem)
    if (needed) status.failed(signInKey(problem))
    else if (this.#askedToSignIn) status.clear()
    this.#askedToSignIn = needed
  }
}

/**
 * `msg.tenant` counts where the connection lists tenants; elsewhere it is any property of the message. However it is
 * written, a tenant has one name here, and the connection's own has none.
 */
function tenantOf(connection: ConnectionNode | undefined, { tenant }: Message): string {
  const { tenants: listed = [], tenant: own = '' } = connection?.settings ?? {}
  if (listed.length === 0 || tenant === undefined || tenant === null || tenant === '') return ''
  if (typeof tenant !== 'string') throw new Problem('tenantNotListed', { value: typeof tenant })
  const name = tenant.trim().toLowerCase()
  return name === own.toLowerCase() ? '' : name
}

/** A write that was stopped when it had been sent. */
function isOpenQuestion(error: unknown): boolean {
  return error instanceof Problem && error.outcomeUnknown
}

/** As an own property only: a prototype that somebody polluted must not stop every flow. */
function isOwnAndTrue(message: Message, name: 'cancel' | 'reset'): boolean {
  return Object.hasOwn(message, name) && Boolean(message[name])
}
