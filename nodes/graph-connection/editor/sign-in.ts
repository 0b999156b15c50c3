import type { AccountSummary, SignInProgress, SignInStart, SignInStarted } from '../admin-api'
import { AdminError, callAdmin } from '../../shared/editor/admin.js'
import type { Translate } from '../../shared/editor/red.js'

export type SignInNews =
  /** `pastes`: the browser does not come back here; the code has to be pasted. */
  | { readonly kind: 'waiting'; readonly closed: boolean; readonly pastes: boolean }
  /** Somebody else than before has signed in, and has to be accepted. */
  | { readonly kind: 'otherAccount'; readonly message: string }
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
  #popup: Window | undefined
  #attempt = ''
  #pastes = false
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
    this.#popup = popup
    this.#tell({ kind: 'waiting', closed: false, pastes: false })
    this.#run(popup, request).catch((error: unknown) => {
      popup.close()
      this.#fail(error)
    })
  }

  /** What the person has copied from the page on which the sign-in ended. */
  paste(pasted: string): void {
    this.#goOn({ pasted })
  }

  /** The other account is to be the connection's. */
  accept(): void {
    this.#goOn({ acceptAccount: true })
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
    this.#attempt = encodeURIComponent(started.attempt)
    this.#pastes = !started.returnsHere
    popup.location.href = started.authorizeUrl
    this.#poll(Date.now() + LONGEST)
  }

  #poll(until: number): void {
    this.#timer = window.setTimeout(() => {
      this.#ask(until).catch((error: unknown) => this.#fail(error))
    }, POLL_INTERVAL)
  }

  #goOn(step: object): void {
    window.clearTimeout(this.#timer)
    callAdmin<SignInProgress>(this.#text, 'POST', `${this.#path}/${this.#attempt}`, step).then(
      (progress) => this.#onProgress(progress, Date.now() + LONGEST),
      (error: unknown) => this.#fail(error),
    )
  }

  async #ask(until: number): Promise<void> {
    const progress = await callAdmin<SignInProgress>(this.#text, 'GET', `${this.#path}/${this.#attempt}`)
    this.#onProgress(progress, until)
  }

  #onProgress({ progress, account, error }: SignInProgress, until: number): void {
    if (this.#ended) return
    if (progress === 'done') {
      this.#popup?.close()
      this.#end({ kind: 'done', account })
    } else if (progress === 'pending') {
      this.#wait(until)
    } else if (error?.code === 'otherAccount') {
      this.#popup?.close()
      this.#tell({ kind: 'otherAccount', message: error.message })
    } else {
      const { message = this.#text('signIn.failed'), field } = error ?? {}
      this.#end({ kind: 'failed', message, field })
    }
  }

  #wait(until: number): void {
    if (Date.now() > until) {
      this.#end({ kind: 'failed', message: this.#text('signIn.tooLate'), field: undefined })
      return
    }
    this.#tell({ kind: 'waiting', closed: this.#popup?.closed === true, pastes: this.#pastes })
    this.#poll(until)
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
