import type { AccountSummary, SignInProgress, SignInStart, SignInStarted } from '../admin-api'
import { AdminError, callAdmin } from '../../shared/editor/admin.js'
import type { Translate } from '../../shared/editor/red.js'

export type SignInNews =
  | { readonly kind: 'waiting'; readonly closed: boolean }
  | { readonly kind: 'done'; readonly account: AccountSummary | undefined }
  | { readonly kind: 'failed'; readonly message: string; readonly field: string | undefined }

const POLL_INTERVAL = 1000
/** The sign-in's cookie lives no longer. */
const LONGEST = 10 * 60_000

/**
 * One attempt of a user to sign in. How it goes is asked of the runtime, not of the window: sign-in pages cut
 * the tie to the window that opened them, which then looks closed although it is not.
 */
export class SignIn {
  readonly #path: string
  readonly #text: Translate
  readonly #tell: (news: SignInNews) => void
  #timer: number | undefined
  #ended = false

  constructor(connectionId: string, text: Translate, tell: (news: SignInNews) => void) {
    this.#path = `graph-connection/${encodeURIComponent(connectionId)}/sign-in`
    this.#text = text
    this.#tell = tell
  }

  /** To be called inside the click: later, browsers take the window for an unwanted one. */
  start(request: SignInStart): void {
    const popup = window.open('about:blank', '_blank', 'popup,width=560,height=720')
    if (popup === null) {
      this.#end({ kind: 'failed', message: this.#text('signIn.blocked'), field: undefined })
      return
    }
    popup.document.title = this.#text('signIn.opening')
    this.#tell({ kind: 'waiting', closed: false })
    this.#run(popup, request).catch((error: unknown) => {
      popup.close()
      this.#fail(error)
    })
  }

  /** Stops waiting; what happens in the other window is no longer looked at. */
  stop(): void {
    this.#ended = true
    window.clearTimeout(this.#timer)
  }

  async #run(popup: Window, request: SignInStart): Promise<void> {
    const started = await callAdmin<SignInStarted>(this.#text, 'POST', this.#path, request)
    if (this.#ended) {
      popup.close()
      return
    }
    popup.location.href = started.authorizeUrl
    this.#poll(popup, started.attempt, Date.now() + LONGEST)
  }

  #poll(popup: Window, attempt: string, until: number): void {
    this.#timer = window.setTimeout(() => {
      this.#ask(popup, attempt, until).catch((error: unknown) => this.#fail(error))
    }, POLL_INTERVAL)
  }

  async #ask(popup: Window, attempt: string, until: number): Promise<void> {
    const progress = await callAdmin<SignInProgress>(
      this.#text,
      'GET',
      `${this.#path}/${encodeURIComponent(attempt)}`,
    )
    if (this.#ended) return
    if (progress.progress === 'done') {
      popup.close()
      this.#end({ kind: 'done', account: progress.account })
    } else if (progress.progress === 'failed') {
      const { message = this.#text('signIn.failed'), field } = progress.error ?? {}
      this.#end({ kind: 'failed', message, field })
    } else if (Date.now() > until) {
      this.#end({ kind: 'failed', message: this.#text('signIn.tooLate'), field: undefined })
    } else {
      this.#tell({ kind: 'waiting', closed: popup.closed })
      this.#poll(popup, attempt, until)
    }
  }

  #fail(error: unknown): void {
    const message = error instanceof Error ? error.message : this.#text('signIn.failed')
    this.#end({ kind: 'failed', message, field: error instanceof AdminError ? error.field : undefined })
  }

  #end(news: SignInNews): void {
    if (this.#ended) return
    this.stop()
    this.#tell(news)
  }
}
