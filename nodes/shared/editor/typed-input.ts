import type { InputType } from './red.js'

/**
 * A typed input bound to `<property>` and `<property>Type`. Node-RED's widget builds an input and buttons of
 * its own, without names for screen readers, and the labels of the page are not translated before it is shown:
 * hence the text.
 */
export function typedInput(
  field: JQuery,
  typeField: JQuery,
  types: readonly InputType[],
  label: string,
): void {
  field.typedInput({ default: types[0] ?? 'str', types: [...types], typeField })
  nameParts(field, label)
}

/** The input that a person types into. */
export function typedInputOf(field: JQuery): JQuery {
  return field.nextAll('.red-ui-typedInput-container').first().find('.red-ui-typedInput-input')
}

/** Gives the parts of the widget the name of the field. */
export function nameParts(field: JQuery, label: string): void {
  const widget = field.nextAll('.red-ui-typedInput-container').first()
  widget.find('.red-ui-typedInput-input').attr('aria-label', label)
  const typeButton = widget.find('.red-ui-typedInput-type-select')
  const nameType = () => {
    const type = field.typedInput('type')
    typeButton.attr({ 'aria-label': `${label}: ${typeLabel(typeButton, type)}`, 'aria-haspopup': 'listbox' })
    widget.find('.red-ui-typedInput-option-trigger').attr('aria-label', label)
    widget.find('.red-ui-typedInput-option-expand').attr('aria-label', label)
  }
  nameType()
  field.on('change', nameType)
}

function typeLabel(button: JQuery, type: string): string {
  return button.text().trim() || RED._(`typedInput.type.${type}`)
}
