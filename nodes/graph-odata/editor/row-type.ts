import { splitQuery } from '../../lib/split-query.js'
import type { Translate } from '../../shared/editor/red.js'
import type { TypeDetails } from '../admin-api.js'
import { shownPath } from './address.js'
import type { MetadataClient } from './metadata-client.js'
import { addressFields, type Properties } from './properties.js'
import { textOfPieces } from './unknowns.js'

/** What the rows that the dialog's address leads to are made of, or in words why that is not known. */
export type RowDetails = { readonly type: TypeDetails } | { readonly note: string }

export class RowType {
  readonly #client: MetadataClient
  readonly #properties: () => Properties
  readonly #text: Translate

  constructor(client: MetadataClient, properties: () => Properties, text: Translate) {
    this.#client = client
    this.#properties = properties
    this.#text = text
  }

  /** Fails where the service cannot be asked. */
  async details(): Promise<RowDetails> {
    if (!this.#client.hasConnection) return { note: this.#text('list.noConnection') }
    const path = pathOf(this.#properties())
    if (path === '') return { note: this.#text('list.noEntity') }
    const { type, kind } = await this.#client.resource(path)
    return type === undefined || kind === 'unknown'
      ? { note: this.#text('list.unknownType', { path }) }
      : { type }
  }
}

/** Without the query; a key that only the flow knows is as good as any. */
function pathOf(properties: Properties): string {
  try {
    return splitQuery(textOfPieces(shownPath(addressFields(properties), '{entity}/{key}'))).path
  } catch {
    return ''
  }
}
