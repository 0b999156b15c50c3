import type { ConnectionDraft, TestOutcome } from '../admin-api'
import { AdminError, callAdmin } from '../../shared/editor/admin.js'
import { reveal } from '../../shared/editor/form.js'
import type { Translate } from '../../shared/editor/red.js'
import { adminPath } from './attempt.js'

export interface ConnectionTestOptions {
  readonly connectionId: string
  readonly text: Translate
  readonly part: (name: string) => JQuery
  readonly request: () => ConnectionDraft | undefined
  readonly onField: (property: string) => void
  /** The token may be another one now. */
  readonly onTested: () => void
}

/** Calls the service once with what the dialog holds, and says what came of it. */
export class ConnectionTest {
  readonly #options: ConnectionTestOptions
  #running = false
  #closed = false

  constructor(options: ConnectionTestOptions) {
    this.#options = options
    options.part('test').on('click', () => this.#start())
  }

  /** The outcome is of other values than those that now stand in the dialog. */
  forget(): void {
    if (!this.#running) this.#options.part('test-result').prop('hidden', true)
  }

  dispose(): void {
    this.#closed = true
  }

  #start(): void {
    const { connectionId, text, part, request } = this.#options
    if (this.#running) return
    const draft = request()
    if (draft === undefined) return
    this.#running = true
    part('test').prop('disabled', true)
    this.#show('waiting', text('test.running'), [])
    callAdmin<TestOutcome>(text, 'POST', `${adminPath(connectionId)}/test`, draft)
      .then(
        (outcome) => this.#onOutcome(outcome),
        (error: unknown) => this.#onError(error),
      )
      .finally(() => {
        this.#running = false
        if (!this.#closed) part('test').prop('disabled', false)
      })
  }

  #onOutcome(outcome: TestOutcome): void {
    const { headline, details } = describeOutcome(outcome, this.#options.text)
    this.#show(outcome.ok ? 'done' : 'failed', headline, details)
    if (!this.#closed) this.#options.onTested()
  }

  #onError(error: unknown): void {
    const { text, onField } = this.#options
    this.#show('failed', error instanceof Error ? error.message : text('signIn.failed'), [])
    if (!this.#closed && error instanceof AdminError && error.field !== undefined) onField(error.field)
  }

  #show(state: 'waiting' | 'done' | 'failed', headline: string, details: readonly string[]): void {
    if (this.#closed) return
    const { part } = this.#options
    part('test-result').attr('data-state', state).prop('hidden', false)
    part('test-text').text(headline)
    const lines = part('test-details').empty()
    for (const line of details) $('<div>').text(line).appendTo(lines)
    reveal(part('test-result'))
  }
}

/** The outcome in words: who answered or what is wrong, then what support asks for. */
export function describeOutcome(
  outcome: TestOutcome,
  text: Translate,
): { readonly headline: string; readonly details: readonly string[] } {
  const { ok, status, requestId, elapsed, url, error } = outcome
  return {
    headline: ok ? success(outcome, text) : (error?.message ?? text('signIn.failed')),
    details: [
      status === undefined ? text('test.elapsed', { elapsed }) : text('test.status', { status, elapsed }),
      ...(requestId === undefined ? [] : [text('test.requestId', { requestId })]),
      `GET ${url}`,
    ],
  }
}

function success({ asked, name, username }: TestOutcome, text: Translate): string {
  if (name === undefined) return text('test.service')
  if (asked === 'organization') return text('test.organization', { name })
  return username === undefined ? text('test.user', { name }) : text('test.userAs', { name, username })
}
