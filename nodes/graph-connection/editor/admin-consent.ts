import type { AdminConsentStarted, SignInStart } from '../admin-api'
import { reveal } from '../../shared/editor/form.js'
import { callAdmin } from '../../shared/editor/admin.js'
import type { Translate } from '../../shared/editor/red.js'
import { Attempt, adminPath, failure, type AttemptNews } from './attempt.js'
import { openWindow } from './sign-in.js'

export interface AdminConsentOptions {
  readonly connectionId: string
  readonly text: Translate
  readonly part: (name: string) => JQuery
  readonly request: () => SignInStart | undefined
  readonly onField: (property: string) => void
}

const DAY = 24 * 60 * 60_000

/** An administrator grants the application's permissions: in a window here, or wherever the address is sent. */
export class AdminConsent {
  readonly #options: AdminConsentOptions
  #attempt: Attempt | undefined
  #popup: Window | undefined
  #closed = false

  constructor(options: AdminConsentOptions) {
    this.#options = options
    options.part('consent').on('click', () => this.#start())
    options.part('consent-copy').on('click', () => this.#copy())
    options.part('consent-cancel').on('click', () => this.#cancel())
  }

  offer(offered: boolean): void {
    this.#options.part('consent').prop('hidden', !offered)
    if (!offered) this.#cancel()
  }

  dispose(): void {
    this.#closed = true
    this.#attempt?.stop()
  }

  #start(): void {
    const { connectionId, text, request } = this.#options
    const draft = request()
    if (draft === undefined) return
    this.#cancel()
    // Blocked or not, the address can be copied.
    const popup = openWindow(text)
    this.#popup = popup
    this.#show('waiting', text('consent.opening'))
    callAdmin<AdminConsentStarted>(text, 'POST', `${adminPath(connectionId)}/admin-consent`, draft).then(
      (started) => this.#wait(popup, started),
      (error: unknown) => {
        popup?.close()
        this.#onNews(failure(error, text))
      },
    )
  }

  #wait(popup: Window | undefined, { attempt, url, returnsHere }: AdminConsentStarted): void {
    const { connectionId, text, part } = this.#options
    if (this.#closed) {
      popup?.close()
      return
    }
    if (popup !== undefined) popup.location.href = url
    part('consent-copy').attr('data-url', url)
    this.#show('waiting', text(returnsHere ? 'consent.waiting' : 'consent.elsewhere'))
    part('consent-wait').prop('hidden', false)
    reveal(part('consent-result'))
    const tell = (news: AttemptNews) => this.#onNews(news)
    this.#attempt = new Attempt({ connectionId, attempt, until: Date.now() + DAY, text, tell })
  }

  #onNews(news: AttemptNews): void {
    const { text, part, onField } = this.#options
    if (this.#closed || news.kind === 'pending') return
    part('consent-wait').prop('hidden', true)
    if (news.kind === 'done') {
      this.#popup?.close()
      this.#show('done', text('consent.done'))
      return
    }
    this.#show('failed', news.message)
    if (news.kind === 'failed' && news.field !== undefined) onField(news.field)
  }

  #show(state: 'waiting' | 'done' | 'failed', message: string): void {
    const { part } = this.#options
    part('consent-result').attr('data-state', state).prop('hidden', false)
    part('consent-text').text(message)
    reveal(part('consent-result'))
  }

  #cancel(): void {
    this.#attempt?.cancel()
    this.#attempt = undefined
    this.#options.part('consent-wait').prop('hidden', true)
    this.#options.part('consent-result').prop('hidden', true)
  }

  #copy(): void {
    const copy = this.#options.part('consent-copy')
    const [button] = copy.get()
    if (button !== undefined) RED.clipboard.copyText(copy.attr('data-url') ?? '', button, 'clipboard.copied')
  }
}
