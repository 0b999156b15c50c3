import type { RegisteredApp } from '../contoso/tenant'
import type { Clients, FederatedCredential } from './clients'
import type { Consents } from './consents'
import type { RefreshTokenMode, RefreshTokens } from './refresh-tokens'

/** An answer in place of the real one, as a proxy or a broken service would give it. */
export interface CannedAnswer {
  readonly status: number
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Close the connection without any answer. */
  readonly drop?: boolean
  /** Do the work (redeem, rotate) first, then give this answer: what a lost response looks like. */
  readonly afterwards?: boolean
  /** Milliseconds to wait before answering. */
  readonly delay?: number
}

export interface TokenRequestRecord {
  readonly grantType: string
  readonly clientId: string
  readonly tenant: string
  readonly version: 1 | 2
  readonly status: number
  /** The OAuth error, if it was refused. */
  readonly error?: string
  /** The `claims` parameter, if there was one. */
  readonly claims?: string
  /** The `jti` of a client assertion, if there was one. */
  readonly assertionId?: string
}

const maxRecords = 1000

/** What a test changes while the service runs. Values take effect with the next request. */
export class SignInControl {
  /** Seconds, at least 1. */
  accessTokenLifetime: number
  /** Seconds; "about 10 minutes" (v2-oauth2-auth-code-flow.md). */
  authorizationCodeLifetime = 600
  /** Seconds. */
  deviceCodeLifetime = 900
  /** Seconds between polls that the service asks for; 0.8 of it is tolerated before slow_down. */
  deviceCodeInterval = 5
  /** Sent as `iss` with authorization responses (RFC 9207); Entra sends none. */
  authorizationResponseIssuer: string | undefined
  /** Whether an authentication context is to be had by signing in only, not by a refresh token. */
  stepUpBySignInOnly = false
  /** What the App Service shape of the managed identity wants to see. */
  readonly identityHeader = 'contoso-identity-header'
  #onIssue: (token: string) => void = () => undefined
  readonly #records: TokenRequestRecord[] = []
  readonly #canned: CannedAnswer[] = []

  constructor(
    accessTokenLifetime: number,
    private readonly parts: { clients: Clients; consents: Consents; refreshTokens: RefreshTokens },
  ) {
    this.accessTokenLifetime = accessTokenLifetime
  }

  get refreshTokens(): RefreshTokenMode {
    return this.parts.refreshTokens.mode
  }

  set refreshTokens(mode: RefreshTokenMode) {
    this.parts.refreshTokens.mode = mode
  }

  /** False: a refresh answers without a new refresh token, as other services may. */
  get rotateRefreshTokens(): boolean {
    return this.parts.refreshTokens.rotate
  }

  set rotateRefreshTokens(rotate: boolean) {
    this.parts.refreshTokens.rotate = rotate
  }

  /** The last token requests, oldest first. */
  get tokenRequests(): readonly TokenRequestRecord[] {
    return this.#records
  }

  /** All refresh tokens of a user die, as with "sign out of all sessions" (AADSTS50173). */
  revokeRefreshTokens(userPrincipalName: string): void {
    this.parts.refreshTokens.revokeAllOf(userPrincipalName)
  }

  registerApp(app: RegisteredApp): void {
    this.parts.clients.register(app)
  }

  /** A certificate (PEM) that the app may sign its assertions with. */
  registerCertificate(clientId: string, pem: string): void {
    this.parts.clients.addCertificate(clientId, pem)
  }

  /** An identity of another provider that may stand for the app. */
  registerFederatedCredential(clientId: string, credential: FederatedCredential): void {
    this.parts.clients.addFederated(clientId, credential)
  }

  /** Told each token and device code that is given out: for tests that search for them. */
  watchTokens(listener: (token: string) => void): void {
    this.#onIssue = listener
  }

  issued(answer: unknown): void {
    const fields: Record<string, unknown> = typeof answer === 'object' && answer !== null ? { ...answer } : {}
    for (const name of ['access_token', 'refresh_token', 'id_token', 'device_code']) {
      const token = fields[name]
      if (typeof token === 'string' && token !== '') this.#onIssue(token)
    }
  }

  /** Forgets what users and administrators consented to while running. */
  forgetConsents(): void {
    this.parts.consents.clear()
  }

  /** The next token requests are answered so, first come first served. */
  answerNextTokenRequests(answer: CannedAnswer, times = 1): void {
    for (let i = 0; i < times; i += 1) this.#canned.push(answer)
  }

  takeCannedAnswer(): CannedAnswer | undefined {
    return this.#canned.shift()
  }

  record(request: TokenRequestRecord): void {
    this.#records.push(request)
    if (this.#records.length > maxRecords) this.#records.shift()
  }
}
