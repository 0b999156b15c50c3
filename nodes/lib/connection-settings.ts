/** What a connection is configured to do: typed, defaults applied, environment replaced, URLs derived. */
export interface ConnectionSettings {
  readonly cloud: Cloud
  readonly tenant: string
  /** Without a trailing slash, e.g. `https://graph.microsoft.com/v1.0`. */
  readonly serviceUrl: string
  readonly authorizeUrl: string
  readonly tokenUrl: string
  readonly deviceCodeUrl: string
  readonly endpointVersion: 'v1' | 'v2'
  readonly grantType: GrantType
  readonly clientId: string
  readonly clientAuthentication: ClientAuthentication
  readonly federatedTokenFile: string
  /** As errors name that file: by its variable, where it comes from one, because a value may be a secret. */
  readonly federatedTokenFileShown: string
  /** As it is sent: never blank where the grant needs one. */
  readonly scope: string
  /** V1's `resource`. */
  readonly resource: string
  /** Blank: this Node-RED's own callback. */
  readonly redirectUrl: string
  readonly state: string
  readonly tenants: readonly string[]
  readonly itemConvention: string
  /** Milliseconds; the contract's `timeout` is in seconds. */
  readonly timeout: number
  readonly maxRetries: number
  readonly concurrency: number
  readonly batch: 'auto' | 'on' | 'off'
  /** Bytes after decompression; the contract's `maxResponseSize` is in MB. */
  readonly maxResponseSize: number
  /** Ids of core's proxy and TLS nodes; blank: the environment's proxy, Node's own authorities. */
  readonly proxy: string
  readonly tls: string
}

export type Cloud = 'global' | 'usgov' | 'usgovdod' | 'china' | 'custom'
export type GrantType =
  'authorization_code' | 'device_code' | 'client_credentials' | 'managed_identity' | 'password' | 'none'
export type ClientAuthentication = 'secret' | 'certificate' | 'federated' | 'none'

/** The credentials of a connection, by their names in the flow. */
export const SECRETS = [
  'clientSecret',
  'certificate',
  'privateKey',
  'passphrase',
  'username',
  'password',
] as const

/** What opens the door. Never logged, never part of an error. */
export type ConnectionSecrets = Readonly<Partial<Record<(typeof SECRETS)[number], string>>>
