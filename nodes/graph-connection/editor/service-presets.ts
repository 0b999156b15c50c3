import type { Form } from '../../shared/editor/form.js'

/** A service behind Entra's sign-in, besides Graph: what its connection is filled in with. */
interface ServicePreset {
  /** With one place for what is the user's own, in angle brackets, which no address can hold. */
  readonly serviceUrl: string
  readonly itemConvention: string
}

const SERVICE_PRESETS: Readonly<Record<'dynamics' | 'sharepoint', ServicePreset>> = {
  dynamics: {
    serviceUrl: 'https://<organization>.crm.dynamics.com/api/data/v9.2',
    itemConvention: '{entity}({key})',
  },
  sharepoint: { serviceUrl: 'https://<tenant>.sharepoint.com/_api', itemConvention: '{entity}({key})' },
}

/**
 * Buttons that fill in what is known of a service.
 *
 * @param onChosen once the fields are set.
 */
export function prepareServicePresets(form: Form, onChosen: () => void): void {
  for (const [name, preset] of Object.entries(SERVICE_PRESETS)) {
    $(`#graph-connection-preset-${name}`).on('click', () => {
      if (form.value('cloud') === 'custom') form.set('cloud', 'global')
      form.set('serviceUrl', preset.serviceUrl)
      $('#graph-connection-convention').val(preset.itemConvention).trigger('change')
      onChosen()
      selectOwnPart(form.field('serviceUrl'))
    })
  }
}

/** What the user types takes the place of the part in angle brackets. */
function selectOwnPart(field: JQuery): void {
  const [input] = field.trigger('focus').get()
  if (!(input instanceof HTMLInputElement)) return
  input.setSelectionRange(input.value.indexOf('<'), input.value.indexOf('>') + 1)
}
