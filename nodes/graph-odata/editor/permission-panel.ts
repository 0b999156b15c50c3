import type { SignInFlow, SignInNews } from '../../graph-connection/editor/sign-in.js'
import { callAdmin } from '../../shared/editor/admin.js'
import { reveal } from '../../shared/editor/form.js'
import { catalogue, type Translate } from '../../shared/editor/red.js'
import type { PermissionReport, PermissionRow } from '../admin-api.js'
import { addToScope, signInAgain, wayToAdd } from './add-permission.js'
import { hasConnection, questionOf, routeOf, type PanelHost } from './panel-host.js'
import { read } from './properties.js'

export interface PermissionPanelOptions extends PanelHost {
  readonly text: Translate
}

/**
 * Where the editor keeps it that the user wants Microsoft's public service to be asked: with the user's own settings
 * of the editor. It is a person's consent, no property of a flow that others import.
 */
const SWITCH = 'graphODataPermissionService'
/** How long nobody types before the runtime is asked again. */
const PAUSE = 600
const SWITCH_ID = 'graph-odata-permissions-switch'
const KINDS = ['delegated', 'application'] as const

interface Examination {
  /** What is said instead of the verdict. */
  readonly said?: string
  readonly reveals?: boolean
}

/** Which permissions open the node's request, and which of them the token has. */
export class PermissionPanel {
  readonly #options: PermissionPanelOptions
  readonly #fold: HTMLDetailsElement
  readonly #body: JQuery
  #asking: AbortController | undefined
  #asked = ''
  #timer: number | undefined
  #isSigningIn = false
  #signIn: SignInFlow | undefined

  constructor(container: JQuery, options: PermissionPanelOptions) {
    this.#options = options
    const { text } = options
    this.#fold = document.createElement('details')
    this.#fold.className = 'graph-odata-fold'
    this.#fold.id = 'graph-odata-permissions-fold'
    this.#body = $('<div id="graph-odata-permissions-result"></div>')
    $(this.#fold)
      .append($('<summary></summary>').text(text('permissions.title')), this.#body)
      .appendTo(container)
    $(this.#fold).on('toggle', () => {
      if (this.#fold.open) void this.#examine()
    })
  }

  /** Opens the fold and examines the request. */
  show(): void {
    if (this.#fold.open) void this.#examine()
    else this.#fold.open = true
    reveal($(this.#fold))
  }

  /** The fields may have changed: what is shown must not be of another request. */
  update(): void {
    if (!this.#fold.open || this.#isSigningIn || this.#question() === this.#asked) return
    window.clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => void this.#examine({ reveals: false }), PAUSE)
  }

  #question(): string {
    return JSON.stringify(questionOf(this.#options))
  }

  dispose(): void {
    window.clearTimeout(this.#timer)
    this.#asking?.abort()
    this.#signIn?.stop()
  }

  /** @param reveals whether the dialog scrolls to it: not while somebody is busy with another field. */
  async #examine({ said, reveals = true }: Examination = {}): Promise<void> {
    const { text } = this.#options
    this.#asking?.abort()
    window.clearTimeout(this.#timer)
    this.#asked = this.#question()
    if (!hasConnection(this.#options)) {
      this.#body.empty().append(hint(text('permissions.noConnection')))
      return
    }
    const asking = new AbortController()
    this.#asking = asking
    try {
      const question = { ...questionOf(this.#options), askService: isSwitchedOn() }
      const path = routeOf(this.#options, 'permissions')
      const found = await callAdmin<PermissionReport>(text, 'POST', path, question, asking.signal)
      if (asking.signal.aborted) return
      this.#keepingFocus(() => this.#showReport(found, said))
      if (reveals) reveal(this.#body)
    } catch (error) {
      if (asking.signal.aborted) return
      const message = error instanceof Error ? error.message : text('try.failed')
      this.#body.empty().append($('<p class="graph-odata-problem" role="status"></p>').text(message))
    }
  }

  #showReport(found: PermissionReport, said: string | undefined): void {
    const { text } = this.#options
    const { method, template, source, token, serviceProblem } = found
    this.#body
      .empty()
      .append(
        $('<p id="graph-odata-permissions-verdict" role="status"></p>').text(said ?? this.#verdict(found)),
        $('<p class="graph-odata-hint"></p>').append(
          document.createTextNode(`${text('permissions.request')} `),
          $('<code></code>').text(`${method} ${template}`),
        ),
      )
    if (token.problem !== undefined) this.#body.append(problem(token.problem.message))
    if (serviceProblem !== undefined) this.#body.append(problem(serviceProblem.message))
    for (const kind of KINDS) {
      if (found[kind].length > 0) this.#body.append(this.#table(kind, found))
    }
    if (this.#needsEntra(found)) this.#body.append(hint(text('permissions.inEntra')))
    if (source !== 'none') this.#body.append(hint(text(`permissions.source.${source}`)))
    this.#body.append(this.#switch())
  }

  /** Who works by keyboard stays where they were, or close to it. */
  #keepingFocus(draw: () => void): void {
    const { activeElement } = document
    const isInside = this.#body.get(0)?.contains(activeElement) === true
    draw()
    if (!isInside) return
    const again =
      activeElement?.id === SWITCH_ID ? this.#body.find(`#${SWITCH_ID}`) : $(this.#fold).children('summary')
    again.trigger('focus')
  }

  /** No scope brings what is missing. The token of an application that has nothing names nothing either. */
  #needsEntra({ token, delegated, application }: PermissionReport): boolean {
    const rows = [...delegated, ...application]
    const isMissing = rows.length > 0 && rows.every(({ held }) => held !== true)
    const way = wayToAdd(read(this.#options.properties(), 'connection'))
    return token.kind !== 'none' && isMissing && way === 'entra'
  }

  #verdict({ source, token, delegated, application }: PermissionReport): string {
    const { text } = this.#options
    if (source === 'none') return text('permissions.unknown')
    const held = [...delegated, ...application].filter((row) => row.held === true)
    if (held.length > 0)
      return text('permissions.held', { permissions: held.map(({ name }) => name).join(', ') })
    if (token.kind === 'none' || token.kind === 'unknown') return text(`permissions.token.${token.kind}`)
    const rows = token.kind === 'delegated' ? delegated : application
    return rows.length === 0 ? text(`permissions.notFor.${token.kind}`) : text('permissions.missing')
  }

  #table(kind: (typeof KINDS)[number], found: PermissionReport): JQuery {
    const { text } = this.#options
    const own = found.token.kind === kind
    const head = $('<tr>').append(
      $('<th scope="col"></th>').text(text('permissions.permission')),
      $('<th scope="col"></th>').text(text('permissions.inToken')),
    )
    const lines = found[kind].map((row, index) => this.#line(row, own, index === 0, found.token.permissions))
    const caption = $('<caption></caption>').text(text(`permissions.${kind}`))
    return $('<div class="graph-odata-table" role="region" tabindex="0"></div>')
      .attr('aria-label', text(`permissions.${kind}`))
      .append(
        $('<table></table>').append(
          caption,
          $('<thead></thead>').append(head),
          $('<tbody></tbody>').append(lines),
        ),
      )
  }

  #line(row: PermissionRow, own: boolean, first: boolean, held: readonly string[]): JQuery {
    const { text } = this.#options
    const name = $('<td></td>').append($('<code></code>').text(row.name))
    if (first) name.append(document.createTextNode(' '), tag(text('permissions.least')))
    if (row.needsAdmin === true) name.append(document.createTextNode(' '), tag(text('permissions.admin')))
    if (row.description !== undefined) name.append(hint(row.description))
    const state = $('<td></td>').text(
      row.held === undefined ? '?' : text(row.held ? 'permissions.yes' : 'permissions.no'),
    )
    if (own && row.held === false) state.append(document.createTextNode(' '), this.#addButton(row.name, held))
    return $('<tr>').append(name, state)
  }

  #addButton(permission: string, held: readonly string[]): JQuery | string {
    const { text, properties } = this.#options
    const connection = read(properties(), 'connection')
    const way = wayToAdd(connection)
    if (way === 'entra') return ''
    return $(
      '<button type="button" class="red-ui-button red-ui-button-small graph-odata-add-permission"></button>',
    )
      .text(text(`permissions.add.${way}`))
      .attr('aria-label', text('permissions.addLabel', { permission }))
      .on('click', () => {
        addToScope(connection, permission, held)
        if (way === 'signIn') this.#signInAgain(connection, permission)
        else RED.editor.editConfig('connection', 'graph-connection', connection, 'node-input')
      })
  }

  #signInAgain(connection: string, permission: string): void {
    const { text } = this.#options
    this.#signIn?.stop()
    this.#isSigningIn = true
    this.#signIn = signInAgain(connection, (news) => this.#onSignIn(news, permission))
    this.#say(text('permissions.signingIn', { permission }))
  }

  #onSignIn(news: SignInNews, permission: string): void {
    const { text } = this.#options
    switch (news.kind) {
      case 'waiting':
        if (news.pastes) this.#say(text('permissions.pasteThere'))
        return
      case 'done':
        this.#isSigningIn = false
        void this.#examine({ said: text('permissions.added', { permission }) })
        return
      case 'code':
        return
      case 'otherAccount':
        this.#say(news.message)
        this.#offerAccount()
        return
      case 'failed':
        this.#isSigningIn = false
        this.#say(news.message)
    }
  }

  #offerAccount(): void {
    const accept = $('<button type="button" class="red-ui-button red-ui-button-small"></button>')
      .text(catalogue('graph-connection')('signIn.accept'))
      .on('click', () => {
        accept.remove()
        this.#signIn?.accept()
      })
    this.#verdictLine().append(document.createTextNode(' '), accept)
  }

  #say(sentence: string): void {
    this.#verdictLine().text(sentence)
  }

  #verdictLine(): JQuery {
    return this.#body.find('#graph-odata-permissions-verdict')
  }

  #switch(): JQuery {
    const { text } = this.#options
    const box = $('<input type="checkbox">').attr('id', SWITCH_ID).prop('checked', isSwitchedOn())
    box.on('change', (event) => {
      // Not one of the node's own fields.
      event.stopPropagation()
      switchOn(box.is(':checked'))
      void this.#examine()
    })
    return $('<div class="graph-odata-choice"></div>').append(
      $('<label></label>').append(box, $('<span></span>').text(text('permissions.switch'))),
    )
  }
}

function hint(sentence: string): JQuery {
  return $('<p class="graph-odata-hint"></p>').text(sentence)
}

function problem(sentence: string): JQuery {
  return $('<p class="graph-odata-problem"></p>').text(sentence)
}

function tag(word: string): JQuery {
  return $('<span class="graph-odata-tag"></span>').text(word)
}

function isSwitchedOn(): boolean {
  return RED.settings.get<boolean>(SWITCH, false)
}

function switchOn(on: boolean): void {
  RED.settings.set(SWITCH, on)
}
