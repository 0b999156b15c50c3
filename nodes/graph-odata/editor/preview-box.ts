import { explainProblem } from '../../shared/explain-problem.js'
import type { Translate } from '../../shared/editor/red.js'
import type { RequestPreview } from './request-preview.js'
import { textOfPieces, type Piece } from './unknowns.js'

/** Shows the request as it will be sent, or what is missing for that. */
export class PreviewBox {
  readonly #box = $('#graph-odata-preview')
  readonly #copy = $('#graph-odata-copy')
  readonly #text: Translate
  #url = ''

  constructor(text: Translate) {
    this.#text = text
    this.#copy.on('click', () => {
      const [button] = this.#copy.get()
      if (button !== undefined) RED.clipboard.copyText(this.#url, button, 'clipboard.copied')
    })
  }

  /** @param conflicts in words, of a request that the service will not answer as it stands. */
  show(preview: RequestPreview, conflicts: readonly string[]): void {
    $('#graph-odata-conflicts')
      .empty()
      .append(conflicts.map((each) => $('<p class="graph-odata-warning"></p>').text(each)))
    this.#url = preview.kind === 'request' ? textOfPieces(preview.url) : ''
    this.#copy.prop('disabled', this.#url === '')
    this.#box.empty().attr('data-kind', preview.kind)
    if (preview.kind === 'message') this.#box.text(this.#text('preview.message'))
    else if (preview.kind === 'problem') this.#box.text(explainProblem(RED, preview.problem))
    else this.#showRequest(preview)
  }

  #showRequest({ method, url, headers }: RequestPreview & { kind: 'request' }): void {
    const verb = $('<span class="graph-odata-method"></span>').text(`${method} `)
    $('<code id="graph-odata-path"></code>').append(verb, this.#line(url)).appendTo(this.#box)
    for (const [name, value] of headers) {
      $('<div class="graph-odata-sent-header"></div>')
        .append($('<code></code>').text(`${name}: ${value}`))
        .appendTo(this.#box)
    }
  }

  #line(pieces: readonly Piece[]): JQuery[] {
    return pieces.map(({ text, known }) => {
      const piece = $('<span></span>').append(breakable(text))
      return known
        ? piece
        : piece.addClass('graph-odata-unknown').attr('title', this.#text('preview.unknown'))
    })
  }
}

/** A long address goes on in the next line behind one of its signs, not in the middle of a name. */
function breakable(text: string): (Text | HTMLElement)[] {
  return text
    .split(/(?<=[?&,/])/u)
    .flatMap((part) => [document.createTextNode(part), document.createElement('wbr')])
}
