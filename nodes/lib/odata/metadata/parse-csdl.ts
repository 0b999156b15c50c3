import { SaxesParser } from 'saxes'
import { printable } from '../../printable'
import { Problem } from '../../problem'
import { TimeSlice } from '../../time-slice'
import { CsdlBuilder } from './csdl-builder'
import type { Model } from './model'

/** Characters at a time; between them the clock is looked at. */
const PIECE = 8192

/**
 * Parses the CSDL XML of a service's `$metadata`, a slice at a time: Graph's 3.5 MB would stop every flow for as long.
 *
 * A DOCTYPE is refused: metadata has none, and what it can do (entities that grow without end) is of no use here.
 *
 * @throws Problem `metadataInvalid` with what is wrong and where.
 */
export async function parseCsdl(xml: string, signal: AbortSignal): Promise<Model> {
  const builder = new CsdlBuilder()
  const parser = parserFor(builder)
  const slice = new TimeSlice()
  for (let at = 0; at < xml.length; at += PIECE) {
    parser.write(xml.slice(at, at + PIECE))
    if (!slice.isOver()) continue
    await slice.pause()
    signal.throwIfAborted()
  }
  parser.close()
  const model = builder.finish()
  if (builder.isEmpty) throw new Problem('metadataInvalid', { reason: 'no schema' })
  return model
}

function parserFor(builder: CsdlBuilder): SaxesParser<{ xmlns: false }> {
  const parser = new SaxesParser({ xmlns: false, position: true } as const)
  parser.on('doctype', () => {
    throw new Problem('metadataInvalid', { reason: 'DOCTYPE' })
  })
  parser.on('error', (error) => {
    throw new Problem('metadataInvalid', { reason: printable(error.message) })
  })
  parser.on('opentag', ({ name, attributes }) => builder.open(name, attributes))
  parser.on('text', (text) => builder.text(text))
  parser.on('cdata', (text) => builder.text(text))
  parser.on('closetag', () => builder.close())
  return parser
}
