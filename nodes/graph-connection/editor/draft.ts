import type { ConnectionDraft, DraftSecret } from '../admin-api'
import type { Form } from '../../shared/editor/form.js'
import { textOf, type EditorNode } from '../../shared/editor/red.js'

/** What the editor shows in place of a password that it does not know. */
const UNKNOWN = '__PWRD__'
/** What the editor's list of configuration nodes says where none is chosen. */
const NONE = '_ADD_'

const FIELDS = ['clientSecret', 'passphrase', 'username', 'password'] as const
const CONFIG_NODES: ReadonlySet<string> = new Set(['proxy', 'tls'])

export interface DraftOptions {
  readonly node: EditorNode
  readonly properties: readonly string[]
  readonly form: Form
  /** What the dialog shows where the node has nothing. */
  readonly defaults: Readonly<Record<string, string>>
  /** Certificate and key, which are no fields of the form. */
  readonly certificates: ConnectionDraft['secrets']
}

/** The dialog's values as they stand; what has no field keeps the node's value. */
export function collectDraft({ node, properties, form, defaults, certificates }: DraftOptions): {
  readonly draft: ConnectionDraft
  /** Whether they are other values than those that are deployed. */
  readonly edited: boolean
} {
  const settings = Object.fromEntries(
    properties.map((property) => {
      const value = form.has(property) ? form.value(property) : node[property]
      return [property, CONFIG_NODES.has(property) && value === NONE ? '' : value]
    }),
  )
  const changed = Object.entries(settings).some(
    ([property, value]) => textOf(value) !== (textOf(node[property]) || (defaults[property] ?? '')),
  )
  const moved = changed || node['changed'] === true
  const secrets = { ...typedSecrets(node, form, moved), ...certificates }
  return { draft: { settings, secrets }, edited: moved || Object.keys(secrets).length > 0 }
}

/**
 * Only what the dialog knows: a stored secret never comes to the browser. '' says that one was removed. A user name is
 * no secret: it is sent along wherever the stored one may not serve.
 */
function typedSecrets(node: EditorNode, form: Form, moved: boolean): ConnectionDraft['secrets'] {
  const secrets: Partial<Record<DraftSecret, string>> = {}
  for (const property of FIELDS) {
    const value = form.value(property)
    if (value === UNKNOWN) continue
    const again = moved && property === 'username' && value !== ''
    if (again || value !== storedValue(node, property)) secrets[property] = value
  }
  return secrets
}

/** What the runtime has, as far as the editor knows it. */
function storedValue({ credentials }: EditorNode, property: (typeof FIELDS)[number]): string {
  if (typeof credentials !== 'object' || credentials === null) return ''
  const loaded: unknown = Reflect.get(credentials, '_')
  const deployed = typeof loaded === 'object' && loaded !== null ? loaded : {}
  if (property === 'username') return textOf(Reflect.get(deployed, property))
  return Reflect.get(deployed, `has_${property}`) === true ? UNKNOWN : ''
}
