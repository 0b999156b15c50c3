import type { ConnectionSecrets, ConnectionSettings } from '../connection-settings'
import { Problem } from '../problem'
import type { ClientProof, Purpose, TokenEndpoint } from './oauth2-client'
import type { Binding, TokenStore } from './token-store'

export interface GrantContext {
  readonly settings: ConnectionSettings
  readonly secrets: ConnectionSecrets
  /** The connection's id, which its sign-in is kept under. */
  readonly connection: string
  readonly store: TokenStore
  /** Told of what does not stop the work, such as a sign-in that could not be stored. */
  readonly warn: (problem: Problem) => void
}

export function endpointOf(settings: ConnectionSettings, secrets: ConnectionSecrets): TokenEndpoint {
  const { tokenUrl, clientId, timeout, maxRetries } = settings
  return { tokenUrl, clientId, proof: proofOf(settings, secrets), timeout, maxRetries }
}

export function purposeOf({ endpointVersion, scope, resource }: ConnectionSettings): Purpose {
  return endpointVersion === 'v1' ? { resource } : { scope }
}

export function bindingOf(connection: string, settings: ConnectionSettings): Binding {
  const { authorizeUrl, tokenUrl, clientId, tenant, resource, grantType } = settings
  return { connection, authorizeUrl, tokenUrl, clientId, tenant, resource, grantType }
}

/** Device code and password are also for clients that have no secret, whatever is chosen for the others. */
function proofOf({ clientAuthentication }: ConnectionSettings, secrets: ConnectionSecrets): ClientProof {
  const secret = secrets.clientSecret ?? ''
  switch (clientAuthentication) {
    case 'secret':
      return secret === '' ? { kind: 'none' } : { kind: 'secret', secret }
    case 'none':
      return { kind: 'none' }
    case 'certificate':
    case 'federated':
      throw new Problem('clientAuthenticationNotSupported', {
        field: 'clientAuthentication',
        value: clientAuthentication,
      })
  }
}
