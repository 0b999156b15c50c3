import type { Translate } from '../../shared/editor/red.js'
import { problemText } from './checks.js'
import type { PathPreview } from './path-preview.js'

/** Shows how the request's path is put together, or what is missing for that. */
export function showPreview(preview: PathPreview, method: string, text: Translate): void {
  const line = $('#graph-odata-preview').empty()
  line.attr('data-kind', preview.kind)
  if (preview.kind === 'message') {
    line.text(text('path.message'))
    return
  }
  if (preview.kind === 'problem') {
    line.text(problemText(preview, text))
    return
  }
  $('<span class="graph-odata-method"></span>').text(`${method} `).appendTo(line)
  const path = $('<code id="graph-odata-path"></code>').appendTo(line)
  for (const { text, known } of preview.pieces) {
    $('<span></span>').toggleClass('graph-odata-unknown', !known).text(text).appendTo(path)
  }
}
