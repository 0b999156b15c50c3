import type { Form } from '../../shared/editor/form.js'
import type { Translate } from '../../shared/editor/red.js'
import type { Suggestion } from '../../shared/editor/suggestions.js'
import { TypeAhead, type SuggestionList } from '../../shared/editor/type-ahead.js'
import { typedInputOf } from '../../shared/editor/typed-input.js'
import type { KeyChoice, KeyPage } from '../admin-api.js'
import { collectionOfKey } from './key-path.js'
import type { MetadataClient } from './metadata-client.js'
import { reasonOf } from './path-pickers.js'
import { addressFields, type Properties } from './properties.js'

interface KeySuggestion extends Suggestion {
  readonly key?: KeyChoice['key']
}

/** What is being looked for, and what has been found so far. */
interface Search {
  readonly path: string
  readonly text: string
  readonly by: KeyPage['by']
  readonly found: readonly KeySuggestion[]
}

export interface KeyPickerHost {
  properties(): Properties
  itemConvention(): string
}

/** Items of the tenant to choose a key from, by name, mail address or id; page after page. */
export function attachKeyPicker(
  form: Form,
  client: MetadataClient,
  host: KeyPickerHost,
  text: Translate,
): void {
  const picker = new KeyPicker(form, client, host, text)
  $('#graph-odata-pick-key').on('click', () => picker.toggle())
}

class KeyPicker {
  readonly #form: Form
  readonly #client: MetadataClient
  readonly #host: KeyPickerHost
  readonly #text: Translate
  readonly #list: TypeAhead

  constructor(form: Form, client: MetadataClient, host: KeyPickerHost, text: Translate) {
    this.#form = form
    this.#client = client
    this.#host = host
    this.#text = text
    const field = form.field('key')
    this.#list = new TypeAhead(
      typedInputOf(field),
      field.parent(),
      {
        label: text('pick.key'),
        // The tenant is asked only once somebody has asked for it.
        whileTyping: () => false,
        rest: 300,
        paged: true,
        source: async (typed, everything) => this.#search(everything ? '' : typed.trim()),
        pick: (suggestion) => this.#pick(suggestion),
      },
      text,
    )
  }

  toggle(): void {
    this.#list.toggle()
  }

  async #search(text: string): Promise<SuggestionList> {
    if (!this.#client.hasConnection) return { suggestions: [], note: this.#text('list.noConnection') }
    const path = collectionOfKey(addressFields(this.#host.properties()), this.#host.itemConvention())
    if (path === undefined) return { suggestions: [], note: this.#text('keys.noCollection') }
    try {
      const page = await this.#client.keys({ path, text })
      return this.#listed(page, { path, text, by: page.by, found: [] })
    } catch (error) {
      return { suggestions: [], note: reasonOf(error) }
    }
  }

  #listed({ keys, next }: KeyPage, search: Search): SuggestionList {
    const { text, by } = search
    const found = [...search.found, ...keys.map(suggestionOf)]
    const note =
      found.length === 0 ? 'keys.nothing' : by === 'list' && text !== '' ? 'keys.notSearchable' : undefined
    return {
      suggestions: found,
      ...(note === undefined ? {} : { note: this.#text(note) }),
      ...(next === undefined ? {} : { more: async () => this.#more(next, { ...search, found }) }),
    }
  }

  async #more(next: string, search: Search): Promise<SuggestionList> {
    const { path, text, found } = search
    try {
      return this.#listed(await this.#client.keys({ path, text, next }), search)
    } catch (error) {
      return { suggestions: found, note: reasonOf(error) }
    }
  }

  #pick({ key, value }: KeySuggestion): void {
    const field = this.#form.field('key')
    field.typedInput('type', typeof key === 'number' ? 'num' : 'str')
    field.typedInput('value', value)
  }
}

function suggestionOf({ key, title, detail }: KeyChoice): KeySuggestion {
  return { key, value: String(key), title, description: detail }
}
