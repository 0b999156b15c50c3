import type { DeviceSignInStarted, SignInStart } from '../admin-api'
import { callAdmin } from '../../shared/editor/admin.js'
import type { Translate } from '../../shared/editor/red.js'
import { Attempt, adminPath, attemptPath, failure, type AttemptNews } from './attempt.js'
import type { RunningCode } from './device-code.js'
import type { SignInFlow, SignInNews } from './sign-in.js'

/** By connection: closing the dialog does not end them. */
const running = new Map<string, RunningCode>()

/** The runtime asks the service as long as the code lives, and then says so; that message is waited for. */
const PATIENCE = 15_000

/** A user signs in with a code, on whatever device has a browser. */
export class DeviceSignIn implements SignInFlow {
  readonly #connectionId: string
  readonly #text: Translate
  readonly #tell: (news: SignInNews) => void
  #attempt: Attempt | undefined
  #ended = false
  #cancelled = false

  constructor(connectionId: string, text: Translate, tell: (news: SignInNews) => void) {
    this.#connectionId = connectionId
    this.#text = text
    this.#tell = tell
  }

  static isRunning(connectionId: string): boolean {
    const code = running.get(connectionId)
    return code !== undefined && code.expiresAt > Date.now()
  }

  /** Nobody is going to sign in: the runtime asks no more. */
  static giveUp(connectionId: string, text: Translate): void {
    const code = running.get(connectionId)
    running.delete(connectionId)
    if (code === undefined) return
    // Whether the runtime still knows of it does not matter any more.
    callAdmin(text, 'DELETE', attemptPath(connectionId, code.attempt)).catch(() => undefined)
  }

  start(request: SignInStart): void {
    this.#tell({ kind: 'waiting', closed: false, pastes: false })
    const path = `${adminPath(this.#connectionId)}/device-sign-in`
    callAdmin<DeviceSignInStarted>(this.#text, 'POST', path, request).then(
      (code) => this.#begin({ ...code, expiresAt: Date.now() + code.timeLeft }),
      (error: unknown) => this.#onNews(failure(error, this.#text)),
    )
  }

  /** The dialog was closed and is open again. */
  resume(): void {
    const code = running.get(this.#connectionId)
    if (code !== undefined) this.#wait(code)
  }

  /** There is nothing to paste: no browser comes back. */
  paste(): void {}

  accept(): void {
    this.#attempt?.goOn({ acceptAccount: true })
  }

  cancel(): void {
    this.#cancelled = true
    this.stop()
    DeviceSignIn.giveUp(this.#connectionId, this.#text)
  }

  stop(): void {
    this.#ended = true
    this.#attempt?.stop()
  }

  #begin(code: RunningCode): void {
    running.set(this.#connectionId, code)
    // It was cancelled before it had begun.
    if (this.#cancelled) DeviceSignIn.giveUp(this.#connectionId, this.#text)
    else if (!this.#ended) this.#wait(code)
  }

  #wait(code: RunningCode): void {
    this.#tell({ kind: 'code', code })
    this.#attempt = new Attempt({
      connectionId: this.#connectionId,
      attempt: code.attempt,
      until: code.expiresAt + PATIENCE,
      text: this.#text,
      tell: (news) => this.#onNews(news),
    })
  }

  #onNews(news: AttemptNews): void {
    if (this.#ended || news.kind === 'pending') return
    if (news.kind !== 'otherAccount') running.delete(this.#connectionId)
    this.#tell(news)
  }
}
