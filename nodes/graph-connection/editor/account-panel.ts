import type { ConnectionDraft, SignInStart, TokenState } from '../admin-api'
import { AdminError, callAdmin } from '../../shared/editor/admin.js'
import { textOf, type Translate } from '../../shared/editor/red.js'
import { describeState, type AccountView, type Circumstances } from './account-view.js'
import { adminPath } from './attempt.js'
import { DeviceCode } from './device-code.js'
import { DeviceSignIn } from './device-sign-in.js'
import type { SignInWay } from './grants.js'
import { BrowserSignIn, type SignInFlow, type SignInNews } from './sign-in.js'

export interface AccountPanelOptions {
  readonly connectionId: string
  readonly text: Translate
  readonly part: (name: string) => JQuery
  /** The request of a new sign-in, or undefined where the dialog itself shows what is missing. */
  readonly request: () => SignInStart | undefined
  /** What stands in the dialog; undefined where that is what is deployed. */
  readonly draft: () => ConnectionDraft | undefined
  /** A field of the dialog is to be put right. */
  readonly onField: (property: string) => void
}

/** The time that a token still has is told anew so often. */
const RETELL = 15_000

/** Who is signed in, and the buttons to change it. */
export class AccountPanel {
  readonly #options: AccountPanelOptions
  readonly #path: string
  readonly #code: DeviceCode
  readonly #retelling: number
  #signIn: SignInFlow | undefined
  #way: SignInWay = 'none'
  #state: TokenState | undefined
  /** Epoch milliseconds at which that was told. */
  #told = 0
  #asked = 0
  #closed = false

  constructor(options: AccountPanelOptions) {
    this.#options = options
    this.#path = adminPath(options.connectionId)
    this.#code = new DeviceCode(options.part, options.text)
    this.#part('sign-in').on('click', () => this.#start())
    this.#part('sign-out').on('click', () => this.#signOut())
    this.#part('cancel').on('click', () => this.#cancel())
    this.#part('accept').on('click', () => this.#accept())
    this.#part('paste-button').on('click', () => this.#paste())
    this.#retelling = window.setInterval(() => this.#tellAgain(), RETELL)
  }

  /** How a person signs in here with the chosen grant. */
  setWay(way: SignInWay): void {
    if (this.#way === way) return
    this.#way = way
    this.#stop()
    if (way === 'device' && DeviceSignIn.isRunning(this.#options.connectionId)) this.#resume()
    this.#showButtons()
    this.#tellAgain()
  }

  refresh(): void {
    const { text, draft } = this.#options
    const body = draft()
    const question = (this.#asked += 1)
    const latest = (show: () => void) => (question === this.#asked ? show() : undefined)
    const method = body === undefined ? 'GET' : 'POST'
    callAdmin<TokenState>(text, method, `${this.#path}/token-state`, body).then(
      (state) => latest(() => this.#showState(state)),
      (error: unknown) => latest(() => this.#showError(error)),
    )
  }

  /** The dialog closes. */
  dispose(): void {
    this.#closed = true
    window.clearInterval(this.#retelling)
    this.#stop()
  }

  /** It closes without having made a connection: nobody can ever use what was signed in to. */
  discard(): void {
    const { connectionId, text } = this.#options
    this.#signIn?.cancel()
    DeviceSignIn.giveUp(connectionId, text)
    // At the latest, the runtime forgets it after a day.
    if (this.#state?.account !== undefined)
      callAdmin(text, 'DELETE', `${this.#path}/sign-in`).catch(() => undefined)
  }

  #start(): void {
    const { connectionId, text } = this.#options
    const request = this.#options.request()
    if (request === undefined) return
    this.#stop()
    this.#problem('')
    const tell = (news: SignInNews) => this.#onNews(news)
    this.#signIn =
      this.#way === 'device'
        ? new DeviceSignIn(connectionId, text, tell)
        : new BrowserSignIn(connectionId, text, tell)
    this.#signIn.start(request)
    this.#showButtons()
  }

  #resume(): void {
    const signIn = new DeviceSignIn(this.#options.connectionId, this.#options.text, (news) =>
      this.#onNews(news),
    )
    this.#signIn = signIn
    signIn.resume()
  }

  #cancel(): void {
    this.#signIn?.cancel()
    this.#stop()
    this.refresh()
    // The button that had the focus is gone.
    this.#part('sign-in').trigger('focus')
  }

  #stop(): void {
    this.#signIn?.stop()
    this.#signIn = undefined
    this.#code.hide()
    this.#part('pasted').val('')
    this.#part('paste').prop('hidden', true)
    this.#part('accept').prop('hidden', true)
    this.#showButtons()
  }

  #onNews(news: SignInNews): void {
    if (this.#closed) return
    const { text } = this.#options
    this.#part('accept').prop('hidden', news.kind !== 'otherAccount')
    this.#offerPaste(news)
    if (news.kind === 'otherAccount') {
      this.#code.hide()
      this.#showLine('yellow', text('signIn.otherAccount'))
      this.#problem(news.message)
    } else if (news.kind === 'code') {
      this.#showLine('yellow', text('signIn.waiting'), text('device.hint'))
      this.#code.show(news.code)
    } else if (news.kind === 'waiting') {
      this.#showLine('yellow', text('signIn.waiting'), this.#way === 'device' ? '' : text(hintOf(news)))
    } else {
      this.#stop()
      if (news.kind === 'done') {
        this.refresh()
        return
      }
      this.#showLine('red', text('signIn.notSignedIn'))
      this.#problem(news.message)
      if (news.field !== undefined) this.#options.onField(news.field)
    }
  }

  /** From the beginning; where the browser certainly does not come back, unfolded at once. */
  #offerPaste(news: SignInNews): void {
    const paste = this.#part('paste')
    const offered = news.kind === 'waiting' && this.#way === 'browser'
    if (offered && news.pastes) paste.prop('open', true)
    paste.prop('hidden', !offered)
  }

  #accept(): void {
    this.#part('accept').prop('hidden', true)
    this.#signIn?.accept()
  }

  #paste(): void {
    const pasted = textOf(this.#part('pasted').val()).trim()
    if (pasted !== '') this.#signIn?.paste(pasted)
  }

  #signOut(): void {
    callAdmin<TokenState>(this.#options.text, 'DELETE', `${this.#path}/sign-in`).then(
      (state) => this.#showState(state),
      (error: unknown) => this.#showError(error),
    )
  }

  #showState(state: TokenState): void {
    if (this.#closed || this.#signIn !== undefined) return
    this.#state = state
    this.#told = Date.now()
    this.#show(describeState(state, this.#circumstances(), this.#options.text))
    this.#showButtons()
  }

  #circumstances(): Circumstances {
    return { age: Date.now() - this.#told, interactive: this.#way !== 'none' }
  }

  /** As time goes by; what was said is not said again to a screen reader unless it has changed. */
  #tellAgain(): void {
    if (this.#state === undefined || this.#signIn !== undefined) return
    const view = describeState(this.#state, this.#circumstances(), this.#options.text)
    if (this.#part('headline').text() === view.headline) this.#details(view.details)
  }

  #showError(error: unknown): void {
    if (this.#closed || this.#signIn !== undefined) return
    const { text } = this.#options
    // 400: what stands in the dialog is not complete yet; its fields say what is missing.
    if (error instanceof AdminError && (error.status === 404 || error.status === 400)) {
      this.#showState({ state: 'notDeployed' })
      return
    }
    this.#showLine('grey', text('account.unknown'))
    this.#problem(error instanceof Error ? error.message : '')
  }

  #showLine(colour: AccountView['colour'], headline: string, detail = ''): void {
    this.#show({ colour, headline, details: detail === '' ? [] : [detail], permissions: [] })
  }

  #show(view: AccountView): void {
    this.#part('dot').attr('data-colour', view.colour)
    setText(this.#part('headline'), view.headline)
    this.#details(view.details)
    this.#part('permissions').prop('hidden', view.permissions.length === 0)
    const list = this.#part('permission-list').empty()
    for (const permission of view.permissions) $('<li>').text(permission).appendTo(list)
    this.#problem(view.problem ?? '')
  }

  #details(lines: readonly string[]): void {
    const details = this.#part('details')
    const shown = details.children().get()
    if (shown.length === lines.length && lines.every((line, at) => shown[at]?.textContent === line)) return
    details.empty()
    for (const line of lines) $('<div>').text(line).appendTo(details)
  }

  #problem(message: string): void {
    setText(this.#part('problem'), message)
    this.#part('problem').prop('hidden', message === '')
  }

  #showButtons(): void {
    const waiting = this.#signIn !== undefined
    const signedIn = this.#state?.state === 'signedIn' || this.#state?.account !== undefined
    this.#part('sign-in').prop('hidden', this.#way === 'none' || waiting)
    this.#part('cancel').prop('hidden', !waiting)
    this.#part('sign-out').prop('hidden', this.#way === 'none' || !signedIn || waiting)
    this.#part('sign-in-text').text(this.#options.text(signedIn ? 'signIn.again' : 'signIn.start'))
  }

  #part(name: string): JQuery {
    return this.#options.part(name)
  }
}

/** Only where it is another: screen readers tell each change. */
function setText(element: JQuery, text: string): void {
  if (element.text() !== text) element.text(text)
}

function hintOf({ closed, pastes }: Extract<SignInNews, { kind: 'waiting' }>): string {
  if (pastes) return 'signIn.pasteHint'
  return closed ? 'signIn.closed' : 'signIn.hint'
}
