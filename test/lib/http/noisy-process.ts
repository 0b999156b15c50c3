import type { Network } from '../../../nodes/lib/http/network'
import { createTransport } from '../../../nodes/lib/http/transport'
import { requestToken } from '../../../nodes/lib/oauth2/oauth2-client'

/** One way to a service, and the secret that it is shown. */
export interface NoisyRequest {
  readonly origin: string
  readonly network: Network
  readonly token: string
}

/** A process of debug-output.test.ts whose debug output is read: asks for a token and for data. */
async function main(requests: readonly NoisyRequest[]): Promise<void> {
  const { signal } = new AbortController()
  for (const { origin, network, token } of requests) {
    const transport = createTransport(network)
    const headers = new Map([['authorization', `Bearer ${token}`]])
    const limits = { signal, timeout: 5_000, maxResponseSize: 1e6 }
    await transport.send({ method: 'GET', url: `${origin}/x`, headers, ...limits })
    transport.close()
    const endpoint = { tokenUrl: `${origin}/token`, clientId: 'c', timeout: 5_000, maxRetries: 0, network }
    const proof = { kind: 'secret', secret: token } as const
    const options = { purpose: { scope: 's' }, signal }
    await requestToken({ ...endpoint, proof }, { grant: 'client_credentials' }, options)
  }
}

process.once('message', (requests: readonly NoisyRequest[]) => {
  main(requests).then(
    () => process.disconnect(),
    (error: unknown) => {
      process.stderr.write(String(error))
      process.exit(1)
    },
  )
})
