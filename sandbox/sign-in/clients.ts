import { X509Certificate, randomBytes, type KeyObject } from 'node:crypto'
import { apps, type RegisteredApp } from '../contoso/tenant'

export interface Certificate {
  /** base64url(SHA-256 of the DER): what an assertion's x5t#S256 names. */
  readonly thumbprint: string
  readonly sha1: string
  readonly key: KeyObject
}

/** An identity of another provider that stands for an app (federatedidentitycredential). */
export interface FederatedCredential {
  readonly issuer: string
  readonly subject: string
  /** PEM of the other provider's public key; Entra would fetch it from the issuer. */
  readonly publicKey: string
}

/** The tenant's app registrations and what was added to them while running. */
export class Clients {
  readonly #apps = new Map<string, RegisteredApp>(Object.values(apps).map((app) => [app.clientId, app]))
  readonly #federated = new Map<string, FederatedCredential[]>()
  readonly #certificates = new Map<string, Certificate[]>()

  /**
   * What the layer before oidc-provider authenticates it with: Entra takes every method for every app,
   * oidc-provider one method per client, so clients are authenticated before it and this stands for "done".
   */
  readonly internalSecret = randomBytes(32).toString('base64url')

  find(clientId: string): RegisteredApp | undefined {
    return this.#apps.get(clientId)
  }

  register(app: RegisteredApp): void {
    this.#apps.set(app.clientId, app)
  }

  addCertificate(clientId: string, pem: string): void {
    const certificate = new X509Certificate(pem)
    const thumbprint = (hex: string): string =>
      Buffer.from(hex.replaceAll(':', ''), 'hex').toString('base64url')
    const added = {
      thumbprint: thumbprint(certificate.fingerprint256),
      sha1: thumbprint(certificate.fingerprint),
      key: certificate.publicKey,
    }
    this.#certificates.set(clientId, [...this.certificates(clientId), added])
  }

  certificates(clientId: string): readonly Certificate[] {
    return this.#certificates.get(clientId) ?? []
  }

  addFederated(clientId: string, credential: FederatedCredential): void {
    this.#federated.set(clientId, [...this.federated(clientId), credential])
  }

  federated(clientId: string): readonly FederatedCredential[] {
    return this.#federated.get(clientId) ?? []
  }

  isPublic({ secrets, clientId }: RegisteredApp): boolean {
    const assertions = this.certificates(clientId).length + this.federated(clientId).length
    return secrets.length === 0 && assertions === 0
  }

  /** As oidc-provider wants to know a client. Redirect URIs are checked by `redirectUriAllowed` below. */
  metadata(clientId: string): Record<string, unknown> | undefined {
    const app = this.find(clientId)
    if (app === undefined) return undefined
    return {
      client_id: app.clientId,
      client_name: app.displayName,
      client_secret: this.internalSecret,
      token_endpoint_auth_method: 'client_secret_post',
      redirect_uris: ['https://registered.invalid/'],
      response_types: ['code', 'code id_token'],
      grant_types: [
        'authorization_code',
        'implicit',
        'refresh_token',
        'client_credentials',
        'password',
        'urn:ietf:params:oauth:grant-type:device_code',
      ],
    }
  }

  anyRedirectUri(uri: string): boolean {
    return [...this.#apps.keys()].some((clientId) => this.redirectUriAllowed(clientId, uri))
  }

  redirectUriAllowed(clientId: string, uri: string): boolean {
    const wanted = comparable(uri)
    return (
      wanted !== undefined &&
      (this.find(clientId)?.redirectUris.some((known) => comparable(known) === wanted) ?? false)
    )
  }
}

/** The port of localhost does not count, the path does and is case-sensitive (reply-url.md). */
function comparable(uri: string): string | undefined {
  if (!URL.canParse(uri)) return undefined
  const url = new URL(uri)
  if (url.hostname === 'localhost' || url.hostname === '127.0.0.1') url.port = ''
  return url.href
}
