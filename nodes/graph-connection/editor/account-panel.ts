import type { AccountSummary, SignInStart, TokenState } from '../admin-api'
import { AdminError, callAdmin } from '../../shared/editor/admin.js'
import { textOf, type Translate } from '../../shared/editor/red.js'
import { describeState, type AccountView } from './account-view.js'
import { SignIn, type SignInNews } from './sign-in.js'

export interface AccountPanelOptions {
  readonly connectionId: string
  readonly text: Translate
  /** The request of a new sign-in, or undefined where the dialog itself shows what is missing. */
  readonly request: () => SignInStart | undefined
  /** A field of the dialog is to be put right. */
  readonly onField: (property: string) => void
}

/** Who is signed in, and the buttons to change it. */
export class AccountPanel {
  readonly #options: AccountPanelOptions
  readonly #path: string
  readonly #panel = $('#graph-connection-account')
  #signIn: SignIn | undefined
  #interactive = false
  #state: TokenState | undefined
  /** Who has signed in with what is not deployed yet: the runtime's state does not know of it. */
  #newcomer: AccountSummary | undefined
  #closed = false

  constructor(options: AccountPanelOptions) {
    this.#options = options
    this.#path = `graph-connection/${encodeURIComponent(options.connectionId)}`
    this.#part('sign-in').on('click', () => this.#start())
    this.#part('sign-out').on('click', () => this.#signOut())
    this.#part('cancel').on('click', () => this.#cancel())
    this.#part('accept').on('click', () => this.#accept())
    this.#part('paste-button').on('click', () => this.#paste())
  }

  /** Whether the chosen grant lets a person sign in here. */
  setInteractive(interactive: boolean): void {
    if (this.#interactive === interactive) return
    this.#interactive = interactive
    if (!interactive) this.#stop()
    this.#showButtons()
    if (this.#state !== undefined) this.#showState(this.#state)
  }

  refresh(): void {
    callAdmin<TokenState>(this.#options.text, 'GET', `${this.#path}/token-state`).then(
      (state) => this.#showState(state),
      (error: unknown) => this.#showError(error),
    )
  }

  /** The dialog closes. */
  dispose(): void {
    this.#closed = true
    this.#stop()
  }

  #start(): void {
    const request = this.#options.request()
    if (request === undefined) return
    this.#stop()
    this.#problem('')
    this.#signIn = new SignIn(this.#options.connectionId, this.#options.text, (news) => this.#onNews(news))
    this.#signIn.start(request)
    this.#showButtons()
  }

  #cancel(): void {
    this.#stop()
    this.refresh()
  }

  #stop(): void {
    this.#signIn?.stop()
    this.#signIn = undefined
    this.#part('pasted').val('')
    this.#part('paste').prop('hidden', true)
    this.#part('accept').prop('hidden', true)
    this.#showButtons()
  }

  #onNews(news: SignInNews): void {
    const { text } = this.#options
    this.#part('paste').prop('hidden', !(news.kind === 'waiting' && news.pastes))
    this.#part('accept').prop('hidden', news.kind !== 'otherAccount')
    if (news.kind === 'otherAccount') {
      this.#show({ colour: 'yellow', headline: text('signIn.otherAccount'), details: [], permissions: [] })
      this.#problem(news.message)
      return
    }
    if (news.kind === 'waiting') {
      const hint = text(hintOf(news))
      this.#show({ colour: 'yellow', headline: text('signIn.waiting'), details: [hint], permissions: [] })
      return
    }
    this.#stop()
    if (news.kind === 'done') {
      this.#newcomer = news.account
      this.refresh()
      return
    }
    this.#show({ colour: 'red', headline: text('signIn.notSignedIn'), details: [], permissions: [] })
    this.#problem(news.message)
    if (news.field !== undefined) this.#options.onField(news.field)
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
    this.#newcomer = undefined
    callAdmin<TokenState>(this.#options.text, 'DELETE', `${this.#path}/sign-in`).then(
      (state) => this.#showState(state),
      (error: unknown) => this.#showError(error),
    )
  }

  #showState(told: TokenState): void {
    if (this.#closed || this.#signIn !== undefined) return
    const unknown = told.state === 'notDeployed' || told.state === 'signedOut'
    const newcomer = this.#newcomer
    const state: TokenState =
      unknown && newcomer !== undefined ? { state: 'notDeployed', account: newcomer } : told
    this.#state = state
    const circumstances = { now: Date.now(), interactive: this.#interactive }
    this.#show(describeState(state, circumstances, this.#options.text))
    this.#showButtons()
  }

  #showError(error: unknown): void {
    if (this.#closed || this.#signIn !== undefined) return
    const { text } = this.#options
    if (error instanceof AdminError && error.status === 404) {
      this.#showState({ state: 'notDeployed' })
      return
    }
    this.#show({ colour: 'grey', headline: text('account.unknown'), details: [], permissions: [] })
    this.#problem(error instanceof Error ? error.message : '')
  }

  #show(view: AccountView): void {
    this.#part('dot').attr('data-colour', view.colour)
    this.#part('headline').text(view.headline)
    this.#part('details').empty()
    for (const line of view.details) $('<div>').text(line).appendTo(this.#part('details'))
    this.#part('permissions').prop('hidden', view.permissions.length === 0)
    const list = this.#part('permission-list').empty()
    for (const permission of view.permissions) $('<li>').text(permission).appendTo(list)
    this.#problem(view.problem ?? '')
  }

  #problem(message: string): void {
    this.#part('problem')
      .text(message)
      .prop('hidden', message === '')
  }

  #showButtons(): void {
    const waiting = this.#signIn !== undefined
    const signedIn = this.#state?.state === 'signedIn'
    this.#part('sign-in').prop('hidden', !this.#interactive || waiting)
    this.#part('cancel').prop('hidden', !waiting)
    this.#part('sign-out').prop('hidden', !signedIn || waiting)
    this.#part('sign-in-text').text(this.#options.text(signedIn ? 'signIn.again' : 'signIn.start'))
  }

  #part(name: string): JQuery {
    return this.#panel.find(`[data-part="${name}"]`)
  }
}

function hintOf({ closed, pastes }: Extract<SignInNews, { kind: 'waiting' }>): string {
  if (pastes) return 'signIn.pasteHint'
  return closed ? 'signIn.closed' : 'signIn.hint'
}
