import type { ConnectionSecrets, ConnectionSettings } from '../connection-settings'
import type { Network } from '../http/network'
import type { Problem } from '../problem'
import { signedAssertion, signerOf } from './client-assertion'
import { federatedAssertion } from './federated-assertion'
import type { ClientProof, Purpose, TokenEndpoint } from './oauth2-client'
import type { Binding, TokenStore } from './token-store'
import type { Turns } from './turns'

export interface GrantContext {
  readonly settings: ConnectionSettings
  readonly secrets: ConnectionSecrets
  /** The connection's id, which its sign-in is kept under. */
  readonly connection: string
  readonly store: TokenStore
  readonly network?: Network
  /**
   * What the sign-in belongs to, where the tokens are for another tenant than that of the sign-in; else it follows
   * from the settings.
   */
  readonly home?: Binding
  /** Shared by all who renew the same sign-in, so that each finds what the one before has stored. */
  readonly turns?: Turns
  /** Told of what does not stop the work, such as a sign-in that could not be stored. */
  readonly warn: (problem: Problem) => void
}

/** @throws Problem where what proves the client's identity is missing or unusable. */
export function endpointOf(
  settings: ConnectionSettings,
  secrets: ConnectionSecrets,
  network?: Network,
): TokenEndpoint {
  const { tokenUrl, clientId, timeout, maxRetries } = settings
  const proof = proofOf(settings, secrets)
  return { tokenUrl, clientId, proof, timeout, maxRetries, ...(network === undefined ? {} : { network }) }
}

export function purposeOf({ endpointVersion, scope, resource }: ConnectionSettings): Purpose {
  return endpointVersion === 'v1' ? { resource } : { scope }
}

export function bindingOf(connection: string, settings: ConnectionSettings): Binding {
  const { authorizeUrl, tokenUrl, clientId, tenant, resource, grantType } = settings
  return { connection, authorizeUrl, tokenUrl, clientId, tenant, resource, grantType }
}

/** Device code and password are also for clients that have no secret, whatever is chosen for the others. */
export function proofOf(settings: ConnectionSettings, secrets: ConnectionSecrets): ClientProof {
  const { clientAuthentication, clientId, tokenUrl, federatedTokenFile, federatedTokenFileShown } = settings
  const secret = secrets.clientSecret ?? ''
  switch (clientAuthentication) {
    case 'secret':
      return secret === '' ? { kind: 'none' } : { kind: 'secret', secret }
    case 'none':
      return { kind: 'none' }
    case 'certificate': {
      const signer = signerOf(secrets, Date.now())
      return {
        kind: 'assertion',
        assertion: async (now) => signedAssertion(signer, clientId, tokenUrl, now),
      }
    }
    case 'federated':
      return {
        kind: 'assertion',
        assertion: async () => federatedAssertion(federatedTokenFile, federatedTokenFileShown),
      }
  }
}
