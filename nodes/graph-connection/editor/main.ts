import type { ConnectionDraft, SignInStart } from '../admin-api'
import { Form, openFold } from '../../shared/editor/form.js'
import { catalogue, isVariable, publish, textOf, type EditorNode } from '../../shared/editor/red.js'
import { AccountPanel } from './account-panel.js'
import { AdminConsent } from './admin-consent.js'
import { CertificateControl } from './certificate-control.js'
import { CHECKED, checkProperty, validateProperty } from './checks.js'
import { ConnectionTest } from './connection-test.js'
import { collectDraft } from './draft.js'
import { deriveEndpoints } from './endpoints.js'
import {
  GRANTS,
  authenticationOf,
  grantOf,
  hasAdminConsent,
  visibleRows,
  type GrantChoice,
} from './grants.js'
import { prepareItemConvention } from './item-convention.js'
import { RedirectRow } from './redirect-row.js'
import { editorUrl } from './redirect.js'
import { prepareServicePresets } from './service-presets.js'

const text = catalogue('graph-connection')

/** What the dialog shows where an older flow has nothing. */
const DEFAULTS: Readonly<Record<string, string>> = {
  cloud: 'global',
  grantType: 'authorization_code',
  endpointVersion: 'v2',
  clientAuthentication: 'secret',
  itemConvention: '{entity}/{key}',
  batch: 'auto',
}
const ENDPOINTS = ['serviceUrl', 'authorizeUrl', 'tokenUrl', 'deviceCodeUrl']
const ADVANCED = [
  'scope',
  'resource',
  'redirectUrl',
  'state',
  'tenants',
  'timeout',
  'maxRetries',
  'concurrency',
  'maxResponseSize',
  'proxy',
  'tls',
]
/** How long nobody types before the runtime is asked what it knows of the values. */
const PAUSE = 600

/** An edit dialog while it is open. */
class ConnectionDialog {
  readonly #node: EditorNode
  readonly #properties = Object.keys(RED.nodes.getType('graph-connection').defaults)
  readonly #form = new Form('node-config-input', '#graph-connection-form')
  readonly #certificate: CertificateControl
  readonly #redirect: RedirectRow
  readonly #account: AccountPanel
  readonly #consent: AdminConsent
  readonly #test: ConnectionTest
  /** A service of its own behind Microsoft's sign-in: its address is the first thing to fill in. */
  #ownService: boolean
  #asked = ''
  #cloud: string
  #grant: string
  #timer: number | undefined

  constructor(node: EditorNode) {
    this.#node = node
    this.#offerGrants()
    this.#form.fillMissing(node, DEFAULTS)
    this.#cloud = this.value('cloud')
    this.#grant = this.value('grantType')
    this.#ownService = this.value('serviceUrl') !== ''
    prepareItemConvention(this.#form)
    prepareServicePresets(this.#form, () => this.#choosePreset())
    this.#certificate = new CertificateControl(node, text, () => this.#changed())
    this.#redirect = new RedirectRow(this.#form, text)
    const options = {
      connectionId: node.id,
      text,
      part: (name: string) => $('#graph-connection-account').find(`[data-part="${name}"]`),
      request: () => this.#request(),
      onField: (property: string) => this.#show(property),
    }
    this.#account = new AccountPanel({ ...options, draft: () => this.#edited() })
    this.#consent = new AdminConsent(options)
    this.#test = new ConnectionTest({ ...options, onTested: () => this.#account.refresh() })
    this.#form.onInput([...this.#properties, 'clientSecret', 'username', 'password'], () => this.#changed())
    this.#form.field('grantType').on('change', () => this.#proposeCredential())
    this.#form.field('cloud').on('change', () => this.#forgetOtherEndpoints())
    openFold('#graph-connection-advanced', this.#hasAdvanced())
    this.#update()
    this.#asked = JSON.stringify(this.#edited())
    this.#account.refresh()
  }

  isFor(node: EditorNode): boolean {
    return node.id === this.#node.id
  }

  value(property: string): string {
    return this.#form.has(property) ? this.#form.value(property) : textOf(this.#node[property])
  }

  /** The editor saves its own fields itself. */
  save(node: EditorNode): void {
    this.#certificate.save(node)
  }

  /** Cancelled; a connection that was only being added does not come to be. */
  cancel(): void {
    const known: unknown = RED.nodes.node(this.#node.id)
    if (known === null || known === undefined) this.#account.discard()
  }

  close(): void {
    window.clearTimeout(this.#timer)
    this.#account.dispose()
    this.#consent.dispose()
    this.#test.dispose()
  }

  /** The editor has set the fields before they had anything to choose from. */
  #offerGrants(): void {
    const grants = GRANTS.map(({ value }) => value)
    offer(this.#form.field('grantType'), 'grantType', grants)
    this.#form.set('grantType', 'authorization_code')
    for (const property of ['cloud', 'endpointVersion', 'grantType', 'batch']) {
      this.#form.keepChoice(property, textOf(this.#node[property]))
    }
    const { authentication } = grantOf(this.value('grantType'))
    offer(this.#form.field('clientAuthentication'), 'clientAuthentication', authentication)
    this.#form.set('clientAuthentication', 'secret')
    this.#keepVariable()
  }

  /** The list of credentials is made anew for each grant. */
  #keepVariable(): void {
    const value = textOf(this.#node['clientAuthentication'])
    if (value !== '' && (isVariable(value) || this.#offersCredential(value))) {
      this.#form.keepChoice('clientAuthentication', value)
    }
  }

  #offersCredential(value: string): boolean {
    return grantOf(this.value('grantType')).authentication.includes(value)
  }

  #choice(): GrantChoice {
    return {
      cloud: this.value('cloud'),
      grantType: this.value('grantType'),
      clientAuthentication: this.value('clientAuthentication'),
      endpointVersion: this.value('endpointVersion'),
    }
  }

  #changed(): void {
    this.#update()
    window.clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => {
      const values = JSON.stringify(this.#edited())
      if (values === this.#asked) return
      this.#asked = values
      this.#test.forget()
      this.#account.refresh()
    }, PAUSE)
  }

  #update(): void {
    const grant = grantOf(this.value('grantType'))
    const chosen = this.value('clientAuthentication')
    offer(this.#form.field('clientAuthentication'), 'clientAuthentication', grant.authentication)
    const kept = authenticationOf(grant, chosen)
    if (isVariable(kept)) this.#form.keepChoice('clientAuthentication', kept)
    else this.#form.set('clientAuthentication', kept)
    const choice = this.#choice()
    this.#form.showRows(visibleRows(choice))
    this.#placeEndpoints()
    this.#showDerived()
    this.#redirect.show()
    const custom = this.value('cloud') === 'custom'
    $('#node-config-input-tenant-hint').text(text(custom ? 'hint.tenantCustom' : 'hint.tenant'))
    $('#graph-connection-grant-hint').text(text(`grantHint.${grant.value}`))
    const managed = grant.value === 'managed_identity'
    this.#form.field('clientId').attr('placeholder', text(`placeholder.clientId${managed ? 'Identity' : ''}`))
    $('#graph-connection-account-label > span').text(
      text(grant.signIn === 'none' ? 'label.access' : 'label.account'),
    )
    this.#account.setWay(grant.signIn)
    this.#consent.offer(hasAdminConsent(choice, this.value('authorizeUrl')))
  }

  /**
   * Addresses of another service would go on to override those of the chosen cloud, out of sight, and the
   * secret would be sent there.
   */
  #forgetOtherEndpoints(): void {
    if (this.value('cloud') === this.#cloud) return
    this.#cloud = this.value('cloud')
    this.#ownService = false
    const other = this.#cloud === 'custom' ? [] : ENDPOINTS.filter((property) => this.value(property) !== '')
    for (const property of other) this.#form.set(property, '')
    const names = other.map((property) => text(`label.${property}`)).join(', ')
    $('#graph-connection-cleared').text(names === '' ? '' : text('hint.endpointsCleared', { names }))
    this.#changed()
  }

  #choosePreset(): void {
    this.#cloud = this.value('cloud')
    this.#ownService = true
    this.#changed()
  }

  /** The usual credential of the new grant, unless one is filled in already. */
  #proposeCredential(): void {
    // The editor also tells of a change when it opens the dialog.
    if (this.value('grantType') === this.#grant) return
    this.#grant = this.value('grantType')
    const { authentication, signIn } = grantOf(this.value('grantType'))
    const [usual] = authentication
    // A secret that is only stored does not serve another grant before it is typed in again.
    const none = signIn === 'device' ? ['', '__PWRD__'] : ['']
    const filled =
      !none.includes(this.#form.value('clientSecret')) || this.#form.value('federatedTokenFile') !== ''
    const { certificate } = this.#certificate.known()
    if (!filled && !certificate && usual !== undefined) this.#form.set('clientAuthentication', usual)
    this.#changed()
  }

  /** For another service the endpoints are the first thing to fill in, for Graph nothing to think of. */
  #placeEndpoints(): void {
    const custom = this.value('cloud') === 'custom'
    const onTop = $('#graph-connection-own-endpoints')
    const endpoints = $('#graph-connection-endpoints')
    const service = this.#form.row('serviceUrl')
    move(endpoints, custom ? onTop : $('#graph-connection-known-endpoints'))
    if (this.#ownService && !custom) move(service, onTop)
    else if (!service.parent().is(endpoints)) service.prependTo(endpoints)
  }

  #showDerived(): void {
    const derived = deriveEndpoints({
      ...this.#choice(),
      tenant: this.value('tenant'),
      serviceUrl: this.value('serviceUrl'),
    })
    for (const [property, value] of Object.entries(derived)) {
      const placeholder = value || text(`placeholder.${property}`)
      this.#form.field(property).attr({ placeholder, title: this.value(property) || placeholder })
    }
  }

  #hasAdvanced(): boolean {
    return (
      ADVANCED.some((property) => !['', '_ADD_'].includes(this.value(property))) ||
      this.value('endpointVersion') !== DEFAULTS['endpointVersion'] ||
      this.value('itemConvention') !== DEFAULTS['itemConvention'] ||
      this.value('batch') !== DEFAULTS['batch'] ||
      (this.value('cloud') !== 'custom' && ENDPOINTS.some((property) => this.value(property) !== ''))
    )
  }

  #collect(): ReturnType<typeof collectDraft> {
    return collectDraft({
      node: this.#node,
      properties: this.#properties,
      form: this.#form,
      defaults: DEFAULTS,
      certificates: this.#certificate.entered(),
    })
  }

  /** Undefined where nothing is edited, or where it is not complete: then the runtime is asked of what is deployed. */
  #edited(): ConnectionDraft | undefined {
    const { draft, edited } = this.#collect()
    return edited && this.#wrong() === undefined ? draft : undefined
  }

  #request(): SignInStart | undefined {
    const wrong = this.#wrong()
    if (wrong === undefined) return { ...this.#collect().draft, editorUrl: editorUrl(location) }
    this.#show(wrong)
    return undefined
  }

  #wrong(): string | undefined {
    return CHECKED.find((property) => checkProperty(property, (name) => this.value(name)) !== undefined)
  }

  /** Leads the eye, and the keyboard, to a field. */
  #show(property: string): void {
    const field = ['certificate', 'privateKey'].includes(property)
      ? $('#graph-connection-certificate [data-part="choose"]')
      : this.#form.field(property)
    if (field.length === 0) return
    field.parents('details').prop('open', true)
    field.trigger('change').trigger('focus')
  }
}

/** Moves a part of the form, unless it is there; the field that is being filled in stays so. */
function move(part: JQuery, place: JQuery): void {
  if (part.parent().is(place)) return
  const focused = document.activeElement
  part.appendTo(place)
  if (focused instanceof HTMLElement) focused.focus()
}

/** Fills a select with texts of the catalogue, unless it offers the same already. */
function offer(select: JQuery, name: string, values: readonly string[]): void {
  const offered = select
    .children()
    .get()
    .map((option) => option.getAttribute('value'))
  if (offered.join() === values.join()) return
  const chosen = select.val()
  select.empty()
  for (const value of values)
    $('<option>')
      .attr('value', value)
      .text(text(`${name}.${value}`))
      .appendTo(select)
  if (chosen !== undefined && values.includes(textOf(chosen))) select.val(chosen)
}

let open: ConnectionDialog | undefined

function read(node: EditorNode): (property: string) => string {
  const dialog = open
  return dialog?.isFor(node) === true
    ? (property) => dialog.value(property)
    : (property) => textOf(node[property])
}

function cancel(): void {
  open?.cancel()
  close()
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
  save(node: EditorNode) {
    open?.save(node)
    close()
  },
  cancel,
  close,
  validate: (node: EditorNode, property: string) => validateProperty(property, read(node), text),
})
