import { AdminError, callAdmin } from '../../shared/editor/admin.js'
import { reveal } from '../../shared/editor/form.js'
import type { Translate } from '../../shared/editor/red.js'
import type { NodeDraft, TryOutcome } from '../admin-api.js'
import { hasConnection, questionOf, routeOf, usesMessage, type PanelHost } from './panel-host.js'
import { operationOf } from './operations.js'
import { read } from './properties.js'
import { itemTable, rowsTable } from './value-table.js'

export interface TryPanelOptions extends PanelHost {
  readonly text: Translate
  /** The service has refused for want of a permission. */
  readonly onForbidden: () => void
}

/** Runs the node's read as it stands in the dialog, and shows what came. */
export class TryPanel {
  readonly #options: TryPanelOptions
  readonly #run: JQuery
  readonly #sample: JQuery
  readonly #sampleField: JQuery
  readonly #result: JQuery
  #running: AbortController | undefined
  /** What was asked for, to tell a result of something else. */
  #asked = ''

  constructor(container: JQuery, options: TryPanelOptions) {
    this.#options = options
    const { text } = options
    this.#run = $('<button type="button" class="red-ui-button" id="graph-odata-try-run"></button>')
    this.#sampleField = $('<textarea rows="3" id="graph-odata-try-message" spellcheck="false"></textarea>')
    this.#sample = $('<div id="graph-odata-try-sample"></div>').append(
      $('<label for="graph-odata-try-message"></label>').text(text('try.sample')),
      this.#sampleField.attr('placeholder', '{ "payload": { "id": "adele@contoso.com" } }'),
    )
    this.#result = $('<div class="graph-odata-result" id="graph-odata-try-result" hidden></div>')
    const buttons = $('<div class="graph-odata-buttons"></div>').append(this.#run)
    container.addClass('graph-odata-section').append(this.#sample, buttons, this.#result)
    this.#run.on('click', () => this.#click())
    this.update()
  }

  /** The fields have changed: what was shown was of other ones. */
  update(): void {
    const { text, properties } = this.#options
    const given = properties()
    const { value } = operationOf(read(given, 'operation'))
    const reads = ['read', 'changes'].includes(value) || (value === 'call' && read(given, 'method') === 'GET')
    this.#sample.prop('hidden', !usesMessage(given))
    this.#result.find('.graph-odata-stale').prop('hidden', this.#question() === this.#asked)
    if (this.#running !== undefined) return
    this.#label('fa-play', text(reads ? 'try.run' : 'try.show'))
    this.#run.prop('disabled', !hasConnection(this.#options))
  }

  /** The dialog closes: nobody waits for the service any more. */
  dispose(): void {
    this.#running?.abort()
  }

  #click(): void {
    if (this.#running !== undefined) {
      this.#running.abort()
      return
    }
    const message = this.#message()
    if (message !== 'invalid') void this.#ask(message)
  }

  async #ask(message: NodeDraft['message']): Promise<void> {
    const { text } = this.#options
    const running = new AbortController()
    this.#running = running
    this.#asked = this.#question()
    this.#label('fa-stop', text('try.stop'))
    this.#show('waiting', text('try.running'))
    try {
      const question = questionOf(this.#options, message)
      const path = routeOf(this.#options, 'try')
      const outcome = await callAdmin<TryOutcome>(text, 'POST', path, question, running.signal)
      this.#showOutcome(outcome)
    } catch (error) {
      if (running.signal.aborted) this.#show('failed', text('try.stopped'))
      else this.#showError(error)
    } finally {
      this.#running = undefined
      this.update()
    }
  }

  /** What stands for the message; 'invalid' where it is no JSON object. */
  #message(): NodeDraft['message'] | 'invalid' {
    const { text, properties } = this.#options
    const typed = String(this.#sampleField.val()).trim()
    if (typed === '' || !usesMessage(properties())) return undefined
    try {
      const message: unknown = JSON.parse(typed)
      if (typeof message === 'object' && message !== null && !Array.isArray(message)) {
        return message as NodeDraft['message']
      }
    } catch {
      // Told below.
    }
    this.#sampleField.trigger('focus')
    this.#show('failed', text('try.sampleInvalid'))
    return 'invalid'
  }

  #question(): string {
    return JSON.stringify(questionOf(this.#options))
  }

  #showOutcome(outcome: TryOutcome): void {
    const { text } = this.#options
    const { ok, sent, request, error } = outcome
    const headline = ok ? this.#headline(outcome) : (error?.message ?? text('try.failed'))
    this.#show(ok ? 'done' : 'failed', headline)
    this.#result.append(
      ...factsOf(outcome, text).map((line) => $('<div class="graph-odata-hint"></div>').text(line)),
    )
    if (!sent) this.#result.append(itemTable(request, text('try.request'), text))
    else this.#result.append(this.#answer(outcome))
    if (outcome.status === 403) this.#offerPermissions()
    reveal(this.#result)
  }

  #headline({ sent, result }: TryOutcome): string {
    const { text } = this.#options
    if (!sent) return text('try.notSent')
    if (result?.kind === 'rows') {
      const count = result.rows.length
      const of = result.count === undefined ? '' : text('try.ofCount', { count: result.count })
      return `${text(count === 1 ? 'try.row' : 'try.rows', { count })}${of}${result.more ? text('try.more') : ''}`
    }
    if (result?.kind === 'bytes') return text('try.bytes', { size: result.size })
    return text(result?.kind === 'empty' ? 'try.empty' : 'try.item')
  }

  #answer({ result }: TryOutcome): JQuery | string {
    const { text } = this.#options
    if (result?.kind === 'rows')
      return result.rows.length === 0 ? '' : rowsTable(result.rows, text('try.result'), text)
    if (result?.kind !== 'value') return ''
    const { value } = result
    return typeof value === 'object' && value !== null
      ? itemTable(value, text('try.result'), text)
      : $('<code class="graph-odata-box"></code>').text(String(value))
  }

  #showError(error: unknown): void {
    const { text } = this.#options
    this.#show('failed', error instanceof Error ? error.message : text('try.failed'))
    if (error instanceof AdminError && error.field !== undefined) {
      const field = $(`#node-input-${CSS.escape(error.field)}`)
      field.nextAll('.red-ui-typedInput-container').first().find('.red-ui-typedInput-input').trigger('focus')
    }
    reveal(this.#result)
  }

  #offerPermissions(): void {
    const { text, onForbidden } = this.#options
    $('<button type="button" class="red-ui-button" id="graph-odata-try-permissions"></button>')
      .text(text('try.whichPermission'))
      .on('click', onForbidden)
      .appendTo($('<div class="graph-odata-buttons"></div>').appendTo(this.#result))
  }

  #show(state: 'waiting' | 'done' | 'failed', headline: string): void {
    this.#result.empty().attr('data-state', state).prop('hidden', false)
    const stale = $('<em class="graph-odata-stale" hidden></em>').text(` ${this.#options.text('try.stale')}`)
    $('<div role="status"></div>').text(headline).append(stale).appendTo(this.#result)
  }

  #label(icon: string, label: string): void {
    this.#run.empty().append($('<i class="fa"></i>').addClass(icon), document.createTextNode(` ${label}`))
  }
}

function factsOf({ sent, status, requestId, elapsed, request }: TryOutcome, text: Translate): string[] {
  if (!sent) return []
  return [
    status === undefined ? text('try.elapsed', { elapsed }) : text('try.status', { status, elapsed }),
    ...(requestId === undefined ? [] : [text('try.requestId', { requestId })]),
    `${request.method} ${request.url}`,
  ]
}
