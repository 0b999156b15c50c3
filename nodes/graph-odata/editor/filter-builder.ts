import type { Form } from '../../shared/editor/form.js'
import type { Translate } from '../../shared/editor/red.js'
import { matching } from '../../shared/editor/suggestions.js'
import { TypeAhead } from '../../shared/editor/type-ahead.js'
import {
  condition,
  fits,
  joined,
  operatorsFor,
  takesValue,
  type FilterProperty,
  type Operator,
} from './filter-expression.js'
import { reasonOf } from './path-pickers.js'
import { shortName } from './path-suggestions.js'
import type { RowType } from './row-type.js'

/**
 * Puts one condition after another together: a property, the comparisons that its type allows, a value quoted by its
 * type. What comes out is text in the filter, which stays open to every change.
 */
export function attachFilterBuilder(form: Form, rowType: RowType, text: Translate): void {
  const builder = new FilterBuilder(form, rowType, text)
  $('#graph-odata-pick-filter').on('click', () => builder.toggle())
}

class FilterBuilder {
  readonly #form: Form
  readonly #text: Translate
  readonly #panel = $('#graph-odata-filter-builder')
  #known = new Map<string, FilterProperty>()

  constructor(form: Form, rowType: RowType, text: Translate) {
    this.#form = form
    this.#text = text
    const property = this.#part('property')
    const list = new TypeAhead(
      property,
      property.parent(),
      {
        label: text('filterBuilder.property'),
        whileTyping: () => true,
        source: async (typed, everything) => {
          try {
            const found = await rowType.details()
            if ('note' in found) return { suggestions: [], note: found.note }
            this.#known = new Map(found.type.properties.map((each) => [each.name, each]))
            return {
              suggestions: matching([...this.#known.values()].map(suggestionOf), everything ? '' : typed),
            }
          } catch (error) {
            return { suggestions: [], note: reasonOf(error) }
          }
        },
        pick: ({ value }) => {
          property.val(value)
          this.#offerOperators()
          this.#part('operator').trigger('focus')
        },
      },
      text,
    )
    property.on('change', () => this.#offerOperators())
    form.field('filter').on('change', () => this.#offerConjunction())
    property.on('click', () => list.open())
    this.#part('operator').on('change', () => this.#showValue())
    this.#part('add').on('click', () => this.#add())
    // Enter in the panel adds the condition.
    this.#part('value').on('keydown', (event) => {
      if (event.key !== 'Enter') return
      event.preventDefault()
      this.#add()
    })
    this.#offerOperators()
  }

  toggle(): void {
    const open = this.#panel.prop('hidden') === true
    this.#panel.prop('hidden', !open)
    this.#offerConjunction()
    $('#graph-odata-pick-filter').attr('aria-expanded', String(open))
    if (open) this.#part('property').trigger('focus')
  }

  /** A name that the metadata does not know, such as `from/emailAddress/address`, is taken for text. */
  #property(): FilterProperty {
    const name = String(this.#part('property').val() ?? '').trim()
    return this.#known.get(name) ?? { name, type: 'Edm.String', collection: false }
  }

  /** Where there is nothing yet there is nothing to join to. */
  #offerConjunction(): void {
    this.#part('conjunction').prop('hidden', this.#filter() === '')
  }

  /** What the filter says, as far as that is text. */
  #filter(): string {
    const filter = this.#form.field('filter')
    return filter.typedInput('type') === 'str' ? filter.typedInput('value').trim() : ''
  }

  #offerOperators(): void {
    const select = this.#part('operator')
    const before = String(select.val() ?? '')
    const operators = operatorsFor(this.#property())
    select.empty()
    for (const operator of operators)
      $('<option>')
        .val(operator)
        .text(this.#text(`operator.${operator}`))
        .appendTo(select)
    select.val(operators.some((each) => each === before) ? before : (operators[0] ?? ''))
    this.#showValue()
  }

  #showValue(): void {
    const property = this.#property()
    const operator = this.#operator()
    const choices =
      property.type === 'Edm.Boolean' ? ['true', 'false'] : operator === 'in' ? undefined : property.members
    const input = this.#part('value')
    const list = this.#part('values').empty()
    for (const choice of choices ?? []) $('<option>').val(choice).appendTo(list)
    input.prop('disabled', !takesValue(operator))
    input.attr('placeholder', this.#text(`filterBuilder.example.${exampleOf(property, operator)}`))
    this.#say('')
  }

  #operator(): Operator {
    return operatorsFor(this.#property()).find((each) => each === this.#part('operator').val()) ?? 'eq'
  }

  #add(): void {
    const property = this.#property()
    const operator = this.#operator()
    const value = String(this.#part('value').val() ?? '')
    if (property.name === '') {
      this.#say(this.#text('filterBuilder.noProperty'))
      return
    }
    if (takesValue(operator) && (value === '' || !fits(property, operator, value))) {
      this.#say(
        this.#text('filterBuilder.wrongValue', { property: property.name, type: shortName(property.type) }),
      )
      return
    }
    const filter = this.#form.field('filter')
    const before = this.#filter()
    const conjunction = this.#part('conjunction').val() === 'or' ? 'or' : 'and'
    filter.typedInput('type', 'str')
    filter.typedInput('value', joined(before, conjunction, condition(property, operator, value)))
    this.#part('value').val('')
    this.#offerConjunction()
    this.#say('')
  }

  #say(text: string): void {
    this.#part('problem')
      .text(text)
      .prop('hidden', text === '')
  }

  #part(name: string): JQuery {
    return this.#panel.find(`[data-part="${name}"]`)
  }
}

function suggestionOf({
  name,
  type,
  collection,
  description,
}: FilterProperty & { readonly description?: string }) {
  return { value: name, detail: `${shortName(type)}${collection ? '[]' : ''}`, description }
}

function exampleOf({ type }: FilterProperty, operator: Operator): string {
  if (!takesValue(operator)) return 'none'
  if (operator === 'in') return 'list'
  const known = ['Edm.DateTimeOffset', 'Edm.Date', 'Edm.Boolean', 'Edm.Guid']
  return known.includes(type) ? (type.split('.')[1] ?? 'text') : 'text'
}
