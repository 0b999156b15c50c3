import type { Form } from '../../shared/editor/form.js'
import type { Translate } from '../../shared/editor/red.js'
import { matching, type Suggestion } from '../../shared/editor/suggestions.js'
import { TypeAhead, type SuggestionList } from '../../shared/editor/type-ahead.js'
import { typedInputOf } from '../../shared/editor/typed-input.js'
import type { TypeDetails } from '../admin-api.js'
import { reasonOf } from './path-pickers.js'
import { shortName } from './path-suggestions.js'
import type { RowType } from './row-type.js'
import { nameOf, tokensOf, withChoice } from './token-list.js'

const FIELDS = ['select', 'expand', 'orderby'] as const

/** Lists below select, expand and order by: what the rows have, several to be chosen one after another. */
export function attachOptionPickers(form: Form, rowType: RowType, text: Translate): void {
  for (const field of FIELDS) attach(form, field, rowType, text)
}

function attach(form: Form, property: (typeof FIELDS)[number], rowType: RowType, text: Translate): void {
  const field = form.field(property)
  let known = new Set<string>()
  const value = () => (field.typedInput('type') === 'str' ? field.typedInput('value') : '')
  const list = new TypeAhead(
    typedInputOf(field),
    field.parent(),
    {
      label: text(`pick.${property}`),
      several: true,
      whileTyping: () => field.typedInput('type') === 'str',
      source: async (_typed, everything): Promise<SuggestionList> => {
        try {
          const found = await rowType.details()
          if ('note' in found) return { suggestions: [], note: found.note }
          const names = suggestionsFor(property, found.type)
          known = new Set(names.map(({ value }) => nameOf(value)))
          const tokens = tokensOf(value())
          const partial = everything ? '' : (tokens.at(-1) ?? '')
          const suggestions = matching(names, known.has(nameOf(partial)) ? '' : partial).map((each) =>
            marked(each, tokens),
          )
          return suggestions.length === 0 ? { suggestions, note: text('list.nothing') } : { suggestions }
        } catch (error) {
          return { suggestions: [], note: reasonOf(error) }
        }
      },
      pick: ({ value: choice }) => {
        const chosen = withChoice(value(), choice, (name) => known.has(name))
        field.typedInput('type', 'str')
        field.typedInput('value', chosen)
      },
    },
    text,
  )
  $(`#graph-odata-pick-${property}`).on('click', () => list.toggle())
}

function marked(suggestion: Suggestion, tokens: readonly string[]): Suggestion {
  return {
    ...suggestion,
    chosen: tokens.some((token) => token === suggestion.value || nameOf(token) === suggestion.value),
  }
}

function suggestionsFor(property: (typeof FIELDS)[number], type: TypeDetails): Suggestion[] {
  if (property === 'expand') {
    return type.navigation.map(({ name, type, collection, description }) => ({
      value: name,
      detail: `${shortName(type)}${collection ? '[]' : ''}`,
      description,
    }))
  }
  const plain = type.properties.map(({ name, type, collection, description }) => ({
    value: name,
    detail: `${shortName(type)}${collection ? '[]' : ''}`,
    description,
    sorts: !collection,
  }))
  if (property === 'select') return plain
  return plain
    .filter(({ sorts }) => sorts)
    .flatMap((each) => [each, { ...each, value: `${each.value} desc` }])
}
