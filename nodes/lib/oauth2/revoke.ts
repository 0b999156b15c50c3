import type { ConnectionSecrets, ConnectionSettings } from '../connection-settings'
import { plainNetwork, type Network } from '../http/network'
import { textAt } from '../records'
import { isEntraHost } from './clouds'
import { proofOf } from './grant-context'
import { plainRequest } from './plain-request'

const PATIENCE = 5_000
const MOST_PLACES = 6

export interface Revocation {
  readonly settings: ConnectionSettings
  readonly secrets: ConnectionSecrets
  readonly network?: Network
  readonly refreshToken: string
}

/**
 * Tells the service that the refresh token is done with (RFC 7009), where it says that it can be told. Entra has no
 * such address. Best effort: the token is forgotten here in any case.
 */
export async function revoke(revocation: Revocation): Promise<void> {
  const { settings, network = plainNetwork } = revocation
  if (isEntraHost(new URL(settings.tokenUrl).host)) return
  const signal = AbortSignal.timeout(PATIENCE)
  try {
    const url = await revocationUrl(settings.tokenUrl, network, signal)
    if (url === undefined) return
    const form = {
      token: revocation.refreshToken,
      token_type_hint: 'refresh_token',
      ...(await credentials(revocation)),
    }
    await plainRequest({ method: 'POST', url, form, network, timeout: PATIENCE, signal })
  } catch {
    // A sign-out does not fail because the service is not there.
  }
}

/**
 * Out of the service's own description (RFC 8414, OpenID Connect Discovery), which lies somewhere above the token
 * URL. It counts only where it describes this very token URL, and only an address beside it may see the token.
 */
async function revocationUrl(
  tokenUrl: string,
  network: Network,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const url of descriptions(tokenUrl)) {
    const { status, body } = await plainRequest({ method: 'GET', url, network, timeout: PATIENCE, signal })
    if (status !== 200 || textAt(body, 'token_endpoint') !== tokenUrl) continue
    const found = textAt(body, 'revocation_endpoint') ?? ''
    return URL.canParse(found) && new URL(found).origin === new URL(tokenUrl).origin ? found : undefined
  }
  return undefined
}

function descriptions(tokenUrl: string): string[] {
  const { origin, pathname } = new URL(tokenUrl)
  const parts = pathname.split('/').filter((part) => part !== '')
  const bases = parts.map((_, index) => parts.slice(0, index).join('/')).slice(0, MOST_PLACES)
  return bases.flatMap((base) => {
    const path = base === '' ? '' : `/${base}`
    return [
      `${origin}${path}/.well-known/openid-configuration`,
      `${origin}/.well-known/oauth-authorization-server${path}`,
    ]
  })
}

async function credentials({ settings, secrets }: Revocation): Promise<Record<string, string>> {
  const proof = proofOf(settings, secrets)
  const client = { client_id: settings.clientId }
  switch (proof.kind) {
    case 'none':
      return client
    case 'secret':
      return { ...client, client_secret: proof.secret }
    case 'assertion':
      return {
        ...client,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await proof.assertion(Date.now()),
      }
  }
}
