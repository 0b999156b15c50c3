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
  readonly key: KeyChoice['key']
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
  #found: KeySuggestion[] = []

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
      this.#found = []
      return this.#listed(await this.#client.keys({ path, text }), path, text)
    } catch (error) {
      return { suggestions: [], note: reasonOf(error) }
    }
  }

  #listed({ keys, next, by }: KeyPage, path: string, text: string): SuggestionList {
    this.#found = [...this.#found, ...keys.map(suggestionOf)]
    const note =
      this.#found.length === 0
        ? 'keys.nothing'
        : by === 'list' && text !== ''
          ? 'keys.notSearchable'
          : undefined
    return {
      suggestions: this.#found,
      ...(note === undefined ? {} : { note: this.#text(note) }),
      ...(next === undefined ? {} : { more: () => void this.#more(path, text, next) }),
    }
  }

  async #more(path: string, text: string, next: string): Promise<void> {
    this.#list.show(
      await this.#client
        .keys({ path, text, next })
        .then((page) => this.#listed(page, path, text))
        .catch((error: unknown) => ({ suggestions: this.#found, note: reasonOf(error) })),
    )
  }

  #pick(suggestion: Suggestion): void {
    const found = this.#found.find(({ value }) => value === suggestion.value)
    const field = this.#form.field('key')
    field.typedInput('type', typeof found?.key === 'number' ? 'num' : 'str')
    field.typedInput('value', suggestion.value)
  }
}

function suggestionOf({ key, title, detail }: KeyChoice): KeySuggestion {
  return { key, value: String(key), title, description: detail }
}
