import type { IncomingMessage } from 'node:http'
import type { ProviderError } from 'oidc-provider'
import type { DemoAccount } from '../contoso/tenant'
import type { Endpoint, EndpointVersion } from './entra-paths'
import type { RequestedScopes } from './permissions'

/** What the layer before oidc-provider knows of a request; found by the request that oidc-provider sees. */
export interface Exchange {
  readonly endpoint: Endpoint
  readonly tenant: string
  readonly version: EndpointVersion
  /** V1: the resource as the client wrote it, echoed in the answer. */
  readonly resource: string
  readonly scopes?: RequestedScopes
  /** Password grant: who has just proven to be who. */
  readonly account?: DemoAccount
  /** Authentication contexts that the claims parameter asked for. */
  readonly acrs?: readonly string[]
  /** Managed identity: which of the two answers is given. */
  readonly clientId?: string
  readonly identityShape?: 'imds' | 'appService'
  /** Set by oidc-provider's events when the request fails. */
  failure?: ProviderError
}

export type Exchanges = WeakMap<IncomingMessage, Exchange>
