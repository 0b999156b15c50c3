import type { SignInStart } from '../admin-api'
import { Form, openFold } from '../../shared/editor/form.js'
import { catalogue, publish, textOf, type EditorNode } from '../../shared/editor/red.js'
import { AccountPanel } from './account-panel.js'
import { CHECKED, checkProperty, validateProperty } from './checks.js'
import { collectDraft } from './draft.js'
import { deriveEndpoints } from './endpoints.js'
import { GRANTS, authenticationOf, grantOf, visibleRows } from './grants.js'
import { prepareItemConvention } from './item-convention.js'
import { editorUrl, isRefused, redirectUrl } from './redirect.js'

const text = catalogue('graph-connection')

/** What the dialog shows where an older flow has nothing. */
const DEFAULTS = {
  cloud: 'global',
  grantType: 'authorization_code',
  endpointVersion: 'v2',
  clientAuthentication: 'secret',
  itemConvention: '{entity}/{key}',
}
const ENDPOINTS = ['serviceUrl', 'authorizeUrl', 'tokenUrl']
const ADVANCED = ['scope', 'resource', 'redirectUrl', 'state', 'timeout', 'maxResponseSize']

/** An edit dialog while it is open. */
class ConnectionDialog {
  readonly #node: EditorNode
  readonly #properties = Object.keys(RED.nodes.getType('graph-connection').defaults)
  readonly #form = new Form('node-config-input', '#graph-connection-form')
  readonly #account: AccountPanel

  constructor(node: EditorNode) {
    this.#node = node
    this.#offerGrants()
    this.#form.fillMissing(node, DEFAULTS)
    prepareItemConvention(this.#form)
    this.#account = new AccountPanel({
      connectionId: node.id,
      text,
      request: () => this.#signInRequest(),
      onField: (property) => this.#show(property),
    })
    $('#graph-connection-copy').on('click', () => this.#copyRedirectUrl())
    this.#form.onInput(this.#properties, () => this.#update())
    openFold('#graph-connection-advanced', this.#hasAdvanced())
    this.#update()
    this.#account.refresh()
  }

  isFor(node: EditorNode): boolean {
    return node.id === this.#node.id
  }

  value(property: string): string {
    return this.#form.has(property) ? this.#form.value(property) : textOf(this.#node[property])
  }

  close(): void {
    this.#account.dispose()
  }

  #offerGrants(): void {
    const select = this.#form.field('grantType').empty()
    for (const { value } of GRANTS)
      $('<option>')
        .val(value)
        .text(text(`grantType.${value}`))
        .appendTo(select)
    select.val(textOf(this.#node['grantType']) || DEFAULTS.grantType)
  }

  #update(): void {
    const grant = grantOf(this.value('grantType'))
    this.#offerAuthentication(grant.authentication)
    this.#form.showRows(
      visibleRows({
        cloud: this.value('cloud'),
        grantType: grant.value,
        clientAuthentication: this.value('clientAuthentication'),
        endpointVersion: this.value('endpointVersion'),
      }),
    )
    this.#placeEndpoints()
    this.#showDerived()
    this.#showRedirectUrl()
    $('#graph-connection-grant-hint').text(text(`grantHint.${grant.value}`))
    this.#account.setInteractive(grant.interactive)
  }

  #offerAuthentication(offered: readonly string[]): void {
    const select = this.#form.field('clientAuthentication')
    const chosen = authenticationOf(grantOf(this.value('grantType')), this.value('clientAuthentication'))
    if (select.children().length !== offered.length) {
      select.empty()
      for (const value of offered)
        $('<option>')
          .val(value)
          .text(text(`clientAuthentication.${value}`))
          .appendTo(select)
    }
    select.val(chosen)
  }

  /** For another service the endpoints are the first thing to fill in, for Graph nothing to think of. */
  #placeEndpoints(): void {
    const endpoints = $('#graph-connection-endpoints')
    const place = $(
      this.value('cloud') === 'custom'
        ? '#graph-connection-own-endpoints'
        : '#graph-connection-known-endpoints',
    )
    if (endpoints.parent().is(place)) return
    const focused = document.activeElement
    endpoints.appendTo(place)
    if (focused instanceof HTMLElement) focused.focus()
  }

  #showDerived(): void {
    const derived = deriveEndpoints({
      cloud: this.value('cloud'),
      tenant: this.value('tenant'),
      endpointVersion: this.value('endpointVersion'),
      grantType: this.value('grantType'),
      serviceUrl: this.value('serviceUrl'),
    })
    for (const [property, value] of Object.entries(derived)) {
      const placeholder = value || text(`placeholder.${property}`)
      this.#form.field(property).attr({ placeholder, title: this.value(property) || placeholder })
    }
  }

  #showRedirectUrl(): void {
    const url = redirectUrl(location, this.value('redirectUrl'))
    this.#form.field('redirectUrl').attr('placeholder', redirectUrl(location, ''))
    $('#graph-connection-redirect').text(url)
    // Another service has rules of its own.
    const refused = this.value('cloud') !== 'custom' && isRefused(url)
    const { hostname: host, port } = location
    $('#graph-connection-insecure')
      .text(refused ? text('redirect.insecure', { host, port: port || '80' }) : '')
      .prop('hidden', !refused)
  }

  #copyRedirectUrl(): void {
    const [button] = $('#graph-connection-copy').get()
    if (button === undefined) return
    RED.clipboard.copyText($('#graph-connection-redirect').text(), button, 'clipboard.copied')
  }

  #hasAdvanced(): boolean {
    return (
      ADVANCED.some((property) => this.value(property) !== '') ||
      this.value('endpointVersion') !== DEFAULTS.endpointVersion ||
      this.value('itemConvention') !== DEFAULTS.itemConvention ||
      (this.value('cloud') !== 'custom' && ENDPOINTS.some((property) => this.value(property) !== ''))
    )
  }

  #signInRequest(): SignInStart | undefined {
    const wrong = CHECKED.find(
      (property) => checkProperty(property, (name) => this.value(name)) !== undefined,
    )
    if (wrong !== undefined) {
      this.#show(wrong)
      return undefined
    }
    return { ...collectDraft(this.#node, this.#properties, this.#form), editorUrl: editorUrl(location) }
  }

  /** Leads the eye, and the keyboard, to a field. */
  #show(property: string): void {
    const field = this.#form.field(property)
    if (field.length === 0) return
    field.parents('details').prop('open', true)
    field.trigger('change').trigger('focus')
  }
}

let open: ConnectionDialog | undefined

function read(node: EditorNode): (property: string) => string {
  const dialog = open
  return dialog?.isFor(node) === true
    ? (property) => dialog.value(property)
    : (property) => textOf(node[property])
}

function close(): void {
  open?.close()
  open = undefined
}

publish('connection', {
  prepare(node: EditorNode) {
    close()
    open = new ConnectionDialog(node)
  },
  close,
  validate: (node: EditorNode, property: string) => validateProperty(property, read(node), text),
})
