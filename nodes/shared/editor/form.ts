import { textOf, type EditorNode } from './red.js'

/** `node-config-input` in the dialog of a config node. */
export type Prefix = 'node-input' | 'node-config-input'

/** The dialog's fields by property name. */
export class Form {
  readonly root: JQuery
  readonly #prefix: Prefix

  constructor(prefix: Prefix, rootSelector: string) {
    this.#prefix = prefix
    this.root = $(rootSelector)
  }

  field(property: string): JQuery {
    return $(`#${this.#prefix}-${property}`)
  }

  has(property: string): boolean {
    return this.field(property).length > 0
  }

  value(property: string): string {
    return textOf(this.field(property).val())
  }

  /** Sets a field without telling anyone: for what the user has not chosen, such as a default. */
  set(property: string, value: string): void {
    this.field(property).val(value)
  }

  /** Sets a field as the user would have; `type` where it is a typed input. */
  enter(property: string, value: unknown, type: string | undefined): void {
    const field = this.field(property)
    if (field.is(':checkbox')) field.prop('checked', value === true)
    else if (type === undefined) field.val(textOf(value))
    else {
      field.typedInput('type', type)
      field.typedInput('value', textOf(value))
    }
    field.trigger('change')
  }

  /**
   * What a flow file holds and the list does not offer, such as `${NAME}`, is offered too: else the dialog would show
   * something else, and save it.
   */
  keepChoice(property: string, value: string): void {
    const select = this.field(property)
    if (value === '' || !select.is('select')) return
    const offered = select
      .children()
      .get()
      .some((option) => option.getAttribute('value') === value)
    if (!offered) $('<option data-kept>').attr('value', value).text(value).appendTo(select)
    select.val(value)
  }

  /** Whether it is chosen although the list does not offer it. */
  isKept(property: string): boolean {
    return this.field(property).find('option:selected').is('[data-kept]')
  }

  row(name: string): JQuery {
    return this.root.find(`[data-row="${name}"]`)
  }

  /** Exactly these rows are to be seen; what is hidden keeps its value. */
  showRows(visible: ReadonlySet<string>): void {
    this.root.find('[data-row]').each((_, element) => {
      element.hidden = !visible.has(element.dataset['row'] ?? '')
    })
  }

  /** Older flows and flows of the Admin API may lack properties: the dialog shows what the runtime takes. */
  fillMissing(node: EditorNode, defaults: Readonly<Record<string, string>>): void {
    for (const [property, value] of Object.entries(defaults)) {
      const given = node[property]
      if (given === undefined || given === null || given === '') this.set(property, value)
    }
  }

  /** Calls back at each keystroke and choice. */
  onInput(properties: readonly string[], listener: () => void): void {
    for (const property of properties) this.field(property).on('input change keyup paste', listener)
  }
}

/** Scrolls as little as needed to show what has just come. */
export function reveal(part: JQuery): void {
  part.get()[0]?.scrollIntoView({ block: 'nearest' })
}

/** Opens a fold that holds something, so that no setting works unseen. */
export function openFold(selector: string, open: boolean): void {
  const [fold] = $(selector).get()
  if (fold instanceof HTMLDetailsElement) fold.open = open
}
