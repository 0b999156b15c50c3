import type { DeviceSignInStarted } from '../admin-api'
import { reveal } from '../../shared/editor/form.js'
import type { Translate } from '../../shared/editor/red.js'
import { isWebAddress } from '../../shared/editor/web-address.js'

/** A code that somebody may be typing in just now. */
export interface RunningCode extends DeviceSignInStarted {
  /** Epoch milliseconds by this browser's own clock. */
  readonly expiresAt: number
}

/** Shows a code large, with the address to type it in at and the time that is left. */
export class DeviceCode {
  readonly #part: (name: string) => JQuery
  readonly #text: Translate
  #timer: number | undefined

  constructor(part: (name: string) => JQuery, text: Translate) {
    this.#part = part
    this.#text = text
    part('copy-code').on('click', () => this.#copy())
  }

  show({ userCode, verificationUrl, expiresAt }: RunningCode): void {
    this.hide()
    this.#part('user-code').text(userCode)
    this.#part('code-address')
      .text(verificationUrl)
      .attr('href', isWebAddress(verificationUrl) ? verificationUrl : '')
    const count = () => this.#part('code-left').text(this.#left(expiresAt - Date.now()))
    count()
    this.#timer = window.setInterval(count, 1000)
    this.#part('device').prop('hidden', false)
    reveal(this.#part('device'))
  }

  hide(): void {
    window.clearInterval(this.#timer)
    this.#part('device').prop('hidden', true)
  }

  #left(milliseconds: number): string {
    if (milliseconds <= 0) return this.#text('device.ended')
    return this.#text('device.left', { time: clock(milliseconds) })
  }

  #copy(): void {
    const [button] = this.#part('copy-code').get()
    if (button !== undefined)
      RED.clipboard.copyText(this.#part('user-code').text(), button, 'clipboard.copied')
  }
}

/** `14:05`. */
export function clock(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
