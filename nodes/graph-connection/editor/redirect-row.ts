import type { Form } from '../../shared/editor/form.js'
import type { Translate } from '../../shared/editor/red.js'
import { isRefused, localRedirectUrl, redirectUrl } from './redirect.js'

/** The address to register, and the ways out where a sign-in service refuses it. */
export class RedirectRow {
  readonly #form: Form
  readonly #text: Translate

  constructor(form: Form, text: Translate) {
    this.#form = form
    this.#text = text
    $('#graph-connection-copy').on('click', () => this.#copy())
    $('#graph-connection-use-device').on('click', () => this.#choose('grantType', 'device_code'))
    $('#graph-connection-use-localhost').on('click', () =>
      this.#choose('redirectUrl', localRedirectUrl(location)),
    )
  }

  show(): void {
    const url = redirectUrl(location, this.#form.value('redirectUrl'))
    this.#form.field('redirectUrl').attr('placeholder', redirectUrl(location, ''))
    $('#graph-connection-redirect').text(url)
    // Another service has rules of its own.
    const refused = this.#form.value('cloud') !== 'custom' && isRefused(url)
    const { hostname: host, port } = location
    $('#graph-connection-insecure-text').text(
      refused ? this.#text('redirect.insecure', { host, port: port || '80' }) : '',
    )
    $('#graph-connection-insecure').prop('hidden', !refused)
  }

  #choose(property: string, value: string): void {
    const field = this.#form.field(property)
    field.parents('details').prop('open', true)
    field.val(value).trigger('change').trigger('focus')
  }

  #copy(): void {
    const [button] = $('#graph-connection-copy').get()
    if (button === undefined) return
    RED.clipboard.copyText($('#graph-connection-redirect').text(), button, 'clipboard.copied')
  }
}
