import type { Operation } from './operations.js'
import type { PathPiece, PathPreview } from './path-preview.js'

const IS_DELTA = /\/(?:microsoft\.graph\.)?delta(?:\([^/]*\))?$/iu

/** The path of the request: changes are asked for at `/delta` behind the resource, in front of any query. */
export function operationPath(preview: PathPreview, { suffix }: Operation): PathPreview {
  if (preview.kind !== 'path' || suffix === '') return preview
  const [before, after] = atQuery(preview.pieces)
  const path = before.map(({ text }) => text).join('')
  if (IS_DELTA.test(path)) return preview
  const last = before.at(-1)
  if (last !== undefined) before.splice(-1, 1, { ...last, text: last.text.replace(/\/+$/u, '') })
  return { kind: 'path', pieces: [...before, { text: suffix, known: true }, ...after] }
}

function atQuery(pieces: readonly PathPiece[]): [PathPiece[], PathPiece[]] {
  const index = pieces.findIndex(({ text, known }) => known && text.includes('?'))
  const piece = pieces[index]
  if (piece === undefined) return [[...pieces], []]
  const at = piece.text.indexOf('?')
  return [
    [...pieces.slice(0, index), { text: piece.text.slice(0, at), known: true }],
    [{ text: piece.text.slice(at), known: true }, ...pieces.slice(index + 1)],
  ]
}
