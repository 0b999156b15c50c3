import type { ConnectionDraft } from '../admin-api'
import type { Form } from '../../shared/editor/form.js'
import type { EditorNode } from '../../shared/editor/red.js'

/** What the editor shows in place of a password that it does not know. */
const UNKNOWN = '__PWRD__'

/** The dialog's values as they stand; what has no field keeps the node's value. */
export function collectDraft(node: EditorNode, properties: readonly string[], form: Form): ConnectionDraft {
  const settings: Record<string, unknown> = {}
  for (const property of properties) {
    settings[property] = form.has(property) ? form.value(property) : node[property]
  }
  return { settings, secrets: typedSecrets(form) }
}

/** Only what the dialog knows: a stored secret never comes to the browser. */
function typedSecrets(form: Form): ConnectionDraft['secrets'] {
  const secrets: Partial<Record<'clientSecret' | 'username' | 'password', string>> = {}
  for (const property of ['clientSecret', 'username', 'password'] as const) {
    const value = form.value(property)
    if (value !== '' && value !== UNKNOWN) secrets[property] = value
  }
  return secrets
}
