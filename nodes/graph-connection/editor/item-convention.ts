import type { Form } from '../../shared/editor/form.js'

const PRESETS: ReadonlySet<string> = new Set(['{entity}/{key}', '{entity}({key})', "{entity}('{key}')"])
const OTHER = 'other'

/** Three ways that services are known to use, and a field for any other. */
export function prepareItemConvention(form: Form): void {
  const select = $('#graph-connection-convention')
  const field = form.field('itemConvention')
  const show = () => {
    field.parent().prop('hidden', select.val() !== OTHER)
  }
  select.val(PRESETS.has(form.value('itemConvention')) ? form.value('itemConvention') : OTHER)
  select.on('change', () => {
    if (select.val() === OTHER) field.trigger('focus')
    else field.val(select.val() ?? '').trigger('change')
    show()
    if (select.val() === OTHER) field.trigger('focus')
  })
  show()
}
