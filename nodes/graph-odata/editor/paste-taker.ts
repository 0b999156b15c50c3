import type { Translate } from '../../shared/editor/red.js'
import { looksLikeAddress, looksLikeTemplate, readPasted, type PastedRequest } from './pasted-request.js'
import type { Properties } from './properties.js'

export interface PasteTarget {
  /** The service URL of the chosen connection; '' where there is none. */
  serviceUrl(): string
  properties(): Properties
  apply(properties: Properties): void
  offers(operation: string): boolean
}

/** Takes addresses apart that are pasted into the entity or the append URL, and says what became of them. */
export class PasteTaker {
  readonly #target: PasteTarget
  readonly #text: Translate
  readonly #notice: JQuery
  readonly #usual: string
  readonly #inputs: readonly JQuery[]

  /** @param inputs of the entity and of the append URL. */
  constructor(inputs: readonly JQuery[], notice: JQuery, target: PasteTarget, text: Translate) {
    this.#target = target
    this.#text = text
    this.#notice = notice
    this.#usual = text('hint.entity')
    this.#inputs = inputs
  }

  listen(): void {
    for (const [index, input] of this.#inputs.entries()) {
      input.on('paste', (event) => {
        const { originalEvent } = event
        const data =
          originalEvent instanceof ClipboardEvent ? originalEvent.clipboardData?.getData('text') : ''
        if (this.#take(data ?? '', looksLikeTemplate)) event.preventDefault()
      })
      // What was typed in whole, or dropped; in the append URL a whole URL has its place.
      if (index === 0) input.on('change', () => this.#take(String(input.val() ?? '')))
    }
  }

  /**
   * Whether the text was an address and stands in the fields now.
   *
   * @param too tells what else is one: who types `sites/{site}` may be about to add the value.
   */
  #take(text: string, too: (text: string) => boolean = () => false): boolean {
    if (!looksLikeAddress(text) && !too(text)) {
      this.#say(this.#usual)
      return false
    }
    const pasted = readPasted(text, this.#target.serviceUrl())
    if (pasted.kind === 'otherHost') {
      const service = new URL(this.#target.serviceUrl()).host
      this.#say(this.#text('paste.otherHost', { host: pasted.host, service }))
      return false
    }
    this.#fill(pasted.request)
    return true
  }

  #fill(request: PastedRequest): void {
    const { operation, toFill, insteadOf } = request
    const properties = this.#target.offers(operation)
      ? { ...request.properties, operation }
      : request.properties
    const before = this.#target.properties()
    const replaced = Object.fromEntries(
      Object.keys(properties)
        .flatMap((name) => [name, `${name}Type`])
        .map((name) => [name, before[name]]),
    )
    this.#target.apply(properties)
    const sentences = [this.#text('paste.done')]
    if (toFill.length > 0) sentences.push(this.#text('paste.toFill', { names: toFill.join(', ') }))
    if (insteadOf !== undefined) sentences.push(this.#text('paste.insteadOf', { host: insteadOf }))
    this.#say(sentences.join(' '))
    $('<a href="#" role="button" class="graph-odata-undo"></a>')
      .text(this.#text('paste.undo'))
      .on('click', (event) => {
        event.preventDefault()
        this.#target.apply(replaced)
        this.#say(this.#usual)
      })
      .appendTo(this.#notice.append(' '))
  }

  #say(text: string): void {
    this.#notice.text(text)
  }
}
