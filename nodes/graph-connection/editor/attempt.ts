import type { AccountSummary, SignInProgress, SignInStep } from '../admin-api'
import { AdminError, callAdmin } from '../../shared/editor/admin.js'
import type { Translate } from '../../shared/editor/red.js'

export type AttemptNews =
  | { readonly kind: 'pending' }
  /** Somebody else than before has signed in, and has to be accepted. */
  | { readonly kind: 'otherAccount'; readonly message: string }
  | { readonly kind: 'done'; readonly account: AccountSummary | undefined }
  | Failure

export interface Failure {
  readonly kind: 'failed'
  readonly message: string
  readonly field: string | undefined
}

export interface AttemptOptions {
  readonly connectionId: string
  /** As the runtime named it. */
  readonly attempt: string
  /** Epoch milliseconds after which nobody is waited for. */
  readonly until: number
  readonly text: Translate
  readonly tell: (news: AttemptNews) => void
}

const POLL_INTERVAL = 1000

/** What the runtime has begun for the dialog: a sign-in or an administrator's consent. It is asked how that goes. */
export class Attempt {
  readonly #options: AttemptOptions
  readonly #path: string
  #timer: number | undefined
  #ended = false

  constructor(options: AttemptOptions) {
    this.#options = options
    this.#path = attemptPath(options.connectionId, options.attempt)
    this.#wait()
  }

  goOn(step: SignInStep): void {
    window.clearTimeout(this.#timer)
    this.#listen(callAdmin<SignInProgress>(this.#options.text, 'POST', this.#path, step))
  }

  /** Gives it up, in the runtime too. */
  cancel(): void {
    this.stop()
    // Whether the runtime still knows of it does not matter any more.
    callAdmin(this.#options.text, 'DELETE', this.#path).catch(() => undefined)
  }

  /** Stops asking; the attempt goes on. */
  stop(): void {
    this.#ended = true
    window.clearTimeout(this.#timer)
  }

  #wait(): void {
    this.#timer = window.setTimeout(() => {
      this.#listen(callAdmin<SignInProgress>(this.#options.text, 'GET', this.#path))
    }, POLL_INTERVAL)
  }

  #listen(answer: Promise<SignInProgress>): void {
    answer.then(
      (progress) => this.#onProgress(progress),
      (error: unknown) => this.#end(failure(error, this.#options.text)),
    )
  }

  #onProgress({ progress, account, error }: SignInProgress): void {
    const { text, tell, until } = this.#options
    if (this.#ended) return
    if (progress === 'done') {
      this.#end({ kind: 'done', account })
    } else if (progress === 'failed') {
      if (error?.code === 'otherAccount') tell({ kind: 'otherAccount', message: error.message })
      else
        this.#end({ kind: 'failed', message: error?.message ?? text('signIn.failed'), field: error?.field })
    } else if (Date.now() > until) {
      this.#end({ kind: 'failed', message: text('signIn.tooLate'), field: undefined })
    } else {
      tell({ kind: 'pending' })
      this.#wait()
    }
  }

  #end(news: AttemptNews): void {
    if (this.#ended) return
    this.stop()
    this.#options.tell(news)
  }
}

export function adminPath(connectionId: string): string {
  return `graph-connection/${encodeURIComponent(connectionId)}`
}

export function attemptPath(connectionId: string, attempt: string): string {
  return `${adminPath(connectionId)}/sign-in/${encodeURIComponent(attempt)}`
}

export function failure(error: unknown, text: Translate): Failure {
  const message = error instanceof Error ? error.message : text('signIn.failed')
  return { kind: 'failed', message, field: error instanceof AdminError ? error.field : undefined }
}
