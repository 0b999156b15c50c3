import { checkSecrets } from '../check-settings'
import { endpointOf, purposeOf, type GrantContext } from './grant-context'
import { requestToken, type TokenRequest } from './oauth2-client'
import { ManagedIdentity } from './managed-identity'
import type { Obtainer } from './renewing-source'
import { SignInRenewal } from './sign-in-renewal'
import { heldToken } from './token-life'

/**
 * How this connection comes by its tokens; undefined for `none`.
 * @throws Problem where something that the grant needs is missing.
 */
export function obtainerOf(context: GrantContext): Obtainer | undefined {
  const { settings, secrets, network } = context
  const { grantType } = settings
  if (grantType === 'none') return undefined
  checkSecrets(settings, secrets)
  switch (grantType) {
    case 'authorization_code':
    case 'device_code':
      return new SignInRenewal(context, endpointOf(settings, secrets, network))
    case 'client_credentials':
      return asking({ grant: 'client_credentials' }, context)
    case 'password': {
      const { username = '', password = '' } = secrets
      return asking({ grant: 'password', username, password }, context)
    }
    case 'managed_identity':
      return new ManagedIdentity(settings)
  }
}

/** An application asks anew each time: there is nothing to keep (RFC 6749, 4.4.3). */
function asking(request: TokenRequest, { settings, secrets, network }: GrantContext): Obtainer {
  const endpoint = endpointOf(settings, secrets, network)
  const purpose = purposeOf(settings)
  return {
    obtain: async (claims, signal) =>
      heldToken(await requestToken(endpoint, request, { purpose, claims, signal })),
    reset: () => undefined,
  }
}
