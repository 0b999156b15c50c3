import { textOf, type InputType } from './red.js'
import { nameParts } from './typed-input.js'

export interface Row {
  readonly name: string
  readonly value: string
  readonly type: string
}

export interface RowsOptions {
  readonly types: readonly InputType[]
  readonly namePlaceholder: string
  readonly valuePlaceholder: string
  readonly nameLabel: string
  readonly valueLabel: string
  readonly removeLabel: string
  readonly onChange: () => void
}

/** A list of rows {name, value, type}, each with a typed input for its value. */
export class Rows {
  readonly #list: JQuery
  readonly #options: RowsOptions

  constructor(list: JQuery, options: RowsOptions) {
    this.#list = list
    this.#options = options
    list.css('min-height', '0').editableList({
      removable: true,
      sortable: true,
      header: undefined,
      height: 'auto',
      addItem: (container: JQuery, _index: number, data: unknown) => this.#build(container, rowOf(data)),
      removeItem: () => options.onChange(),
      sortItems: () => options.onChange(),
    })
  }

  fill(rows: unknown): void {
    if (Array.isArray(rows)) this.#list.editableList('addItems', rows.map(rowOf))
  }

  replace(rows: unknown): void {
    this.#list.editableList('empty')
    this.fill(rows)
    this.#options.onChange()
  }

  rows(): Row[] {
    const rows: Row[] = []
    this.#list.editableList('items').each((_, item) => {
      const value = $(item).find('.graph-odata-row-value')
      rows.push({
        name: textOf($(item).find('.graph-odata-row-name').val()).trim(),
        value: textOf(value.typedInput('value')),
        type: value.typedInput('type'),
      })
    })
    return rows.filter(({ name, value }) => name !== '' || value !== '')
  }

  #build(container: JQuery, row: Row): void {
    const { types, namePlaceholder, valuePlaceholder, nameLabel, valueLabel, onChange } = this.#options
    const line = $('<div class="graph-odata-row"></div>').appendTo(container)
    $('<input type="text" class="graph-odata-row-name">')
      .attr({ placeholder: namePlaceholder, 'aria-label': nameLabel })
      .val(row.name)
      .on('input change', onChange)
      .appendTo(line)
    const cell = $('<div></div>').appendTo(line)
    const value = $('<input type="text" class="graph-odata-row-value" style="width: 100%">')
      .attr({ placeholder: valuePlaceholder })
      .appendTo(cell)
    value.typedInput({ default: types[0] ?? 'str', types: [...types] })
    value.typedInput('type', row.type)
    value.typedInput('value', row.value)
    nameParts(value, valueLabel)
    value.on('change keyup', onChange)
    // The widget adds its button, which has no name, after this.
    setTimeout(() => this.#nameButtons())
    onChange()
  }

  #nameButtons(): void {
    const { removeLabel } = this.#options
    this.#list.find('.red-ui-editableList-item-remove').attr({ 'aria-label': removeLabel, role: 'button' })
  }
}

function rowOf(data: unknown): Row {
  const row = typeof data === 'object' && data !== null ? data : {}
  return {
    name: textOf(Reflect.get(row, 'name')),
    value: textOf(Reflect.get(row, 'value')),
    type: textOf(Reflect.get(row, 'type')) || 'str',
  }
}
