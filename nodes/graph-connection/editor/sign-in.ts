import type { SignInStart, SignInStarted } from '../admin-api'
import { callAdmin } from '../../shared/editor/admin.js'
import type { Translate } from '../../shared/editor/red.js'
import { Attempt, adminPath, failure, type AttemptNews } from './attempt.js'
import type { RunningCode } from './device-code.js'

export type SignInNews =
  /** `pastes`: the browser does not come back here; the code has to be pasted. */
  | { readonly kind: 'waiting'; readonly closed: boolean; readonly pastes: boolean }
  /** To be typed in somewhere. */
  | { readonly kind: 'code'; readonly code: RunningCode }
  | Exclude<AttemptNews, { kind: 'pending' }>

/** A person signs in, one way or another. */
export interface SignInFlow {
  start(request: SignInStart): void
  /** What the person has copied from the page on which the sign-in ended. */
  paste(pasted: string): void
  /** The other account is to be the connection's. */
  accept(): void
  /** The person gives up. */
  cancel(): void
  /** The dialog closes. */
  stop(): void
}

/** The sign-in's cookie lives no longer. */
const LONGEST = 10 * 60_000

/** A window for a page elsewhere. To be opened inside the click: later, browsers take it for an unwanted one. */
export function openWindow(text: Translate): Window | undefined {
  const popup = window.open('about:blank', '_blank', 'popup,width=560,height=720')
  if (popup === null) return undefined
  popup.document.title = text('signIn.opening')
  return popup
}

/**
 * One attempt of a user to sign in. How it goes is asked of the runtime, not of the window: sign-in pages cut
 * the tie to the window that opened them, which then looks closed although it is not.
 */
export class BrowserSignIn implements SignInFlow {
  readonly #connectionId: string
  readonly #text: Translate
  readonly #tell: (news: SignInNews) => void
  #popup: Window | undefined
  #attempt: Attempt | undefined
  #pastes = false
  #ended = false

  constructor(connectionId: string, text: Translate, tell: (news: SignInNews) => void) {
    this.#connectionId = connectionId
    this.#text = text
    this.#tell = tell
  }

  start(request: SignInStart): void {
    const popup = openWindow(this.#text)
    if (popup === undefined) {
      this.#onNews({ kind: 'failed', message: this.#text('signIn.blocked'), field: undefined })
      return
    }
    this.#popup = popup
    this.#tell({ kind: 'waiting', closed: false, pastes: false })
    const path = `${adminPath(this.#connectionId)}/sign-in`
    callAdmin<SignInStarted>(this.#text, 'POST', path, request).then(
      (started) => this.#goOn(popup, started),
      (error: unknown) => {
        popup.close()
        this.#onNews(failure(error, this.#text))
      },
    )
  }

  paste(pasted: string): void {
    this.#attempt?.goOn({ pasted })
  }

  accept(): void {
    this.#attempt?.goOn({ acceptAccount: true })
  }

  cancel(): void {
    this.#ended = true
    this.#attempt?.cancel()
  }

  stop(): void {
    this.#ended = true
    this.#attempt?.stop()
  }

  #goOn(popup: Window, { attempt, returnsHere, authorizeUrl }: SignInStarted): void {
    if (this.#ended) {
      popup.close()
      return
    }
    this.#pastes = !returnsHere
    popup.location.href = authorizeUrl
    this.#attempt = new Attempt({
      connectionId: this.#connectionId,
      attempt,
      until: Date.now() + LONGEST,
      text: this.#text,
      tell: (news) => this.#onNews(news),
    })
  }

  #onNews(news: AttemptNews): void {
    if (this.#ended) return
    if (news.kind === 'pending') {
      this.#tell({ kind: 'waiting', closed: this.#popup?.closed === true, pastes: this.#pastes })
      return
    }
    if (news.kind !== 'failed') this.#popup?.close()
    this.#tell(news)
  }
}
