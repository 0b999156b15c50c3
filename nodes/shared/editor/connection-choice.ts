import type { ConnectionDraft } from '../../graph-connection/admin-api'
import type { ConnectionChoice } from '../../graph-odata/admin-api'
import { SECRETS } from '../../lib/connection-settings.js'

/**
 * A connection as the editor holds it, for our admin routes: as it is deployed, or with the changes that are not
 * deployed yet. Stored secrets are not known here; only what was typed since the last deploy is sent along.
 */
export function connectionChoice(connectionId: string): ConnectionChoice {
  const node: unknown = RED.nodes.node(connectionId)
  if (!isRecord(node)) return {}
  const edited = node['changed'] === true
  const secrets = typedSecrets(node['credentials'], edited)
  return edited || Object.keys(secrets).length > 0 ? { draft: { settings: settingsOf(node), secrets } } : {}
}

function settingsOf(node: Readonly<Record<string, unknown>>): ConnectionDraft['settings'] {
  const definition: unknown = node['_def']
  const defaults = isRecord(definition) && isRecord(definition['defaults']) ? definition['defaults'] : {}
  return Object.fromEntries(Object.keys(defaults).map((property) => [property, node[property]]))
}

/**
 * The editor keeps what the runtime said under `_`, and what was typed beside it; '' says that one was removed. A user
 * name is no secret: it is sent along wherever the stored one may not serve.
 */
function typedSecrets(credentials: unknown, edited: boolean): ConnectionDraft['secrets'] {
  if (!isRecord(credentials)) return {}
  const known = isRecord(credentials['_']) ? credentials['_'] : {}
  return Object.fromEntries(
    SECRETS.flatMap((name) => {
      const value = credentials[name]
      if (typeof value !== 'string') return []
      const again = edited && name === 'username' && value !== ''
      return again || value !== known[name] ? [[name, value] as const] : []
    }),
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
