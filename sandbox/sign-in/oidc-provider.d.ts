/** The few parts of oidc-provider (which ships no types) that the sign-in service uses. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  export interface Grant {
    readonly jti: string
    addOIDCScope(scope: string): void
    addResourceScope(resource: string, scope: string): void
    save(): Promise<string>
  }

  export interface Token {
    readonly kind: string
    readonly jti: string
    readonly clientId: string
    readonly isExpired: boolean
    readonly expiration: number
    accountId?: string
    grantId?: string
    scope?: string
    nonce?: string
    resourceServer?: unknown
    save(): Promise<string>
    destroy(): Promise<void>
  }

  export interface TokenClass {
    new (fields: Record<string, unknown>): Token
    find(value: string, options?: { ignoreExpiration?: boolean }): Promise<Token | undefined>
    revokeByGrantId(grantId: string): Promise<void>
  }

  export interface Session {
    readonly uid: string
    accountId?: string
    authorizations?: unknown
    loginAccount(details: { accountId: string }): void
    persist(): Promise<string>
    destroy(): Promise<void>
  }

  export interface Interaction {
    readonly uid: string
    readonly exp: number
    readonly params: Readonly<Record<string, string | undefined>>
    readonly prompt: { readonly name: string; readonly reasons: readonly string[] }
    session?: { uid: string; accountId?: string }
    save(ttl: number): Promise<string>
  }

  export interface IdToken {
    scope: string
    set(claim: string, value: unknown): void
    issue(options: { use: 'idtoken' }): Promise<string>
  }

  export interface Client {
    readonly clientId: string
    redirectUriAllowed(uri: string): boolean
  }

  export interface OidcContext {
    readonly client: Client
    readonly provider: Provider
    readonly session: { accountId?: string; state?: { secret: string } }
    readonly params: Record<string, string | undefined>
    readonly entities: Partial<Record<string, Token>>
    entity(name: string, value: unknown): void
    urlFor(name: string): string
  }

  export interface Context {
    readonly req: IncomingMessage
    readonly res: ServerResponse
    readonly path: string
    readonly oidc: OidcContext
    status: number
    body: unknown
    type: string
    readonly response: { get(name: string): string | undefined }
    set(name: string, value: string): void
  }

  export interface Account {
    readonly accountId: string
    claims(): Record<string, unknown>
  }

  export interface ProviderError extends Error {
    readonly error?: string
    readonly error_description?: string
    readonly error_detail?: string
    readonly statusCode?: number
  }

  export class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>)
    readonly AccessToken: TokenClass
    readonly RefreshToken: TokenClass
    readonly ResourceServer: new (identifier: string, info: Record<string, unknown>) => unknown
    readonly Grant: new (fields: { accountId: string; clientId: string }) => Grant
    readonly IdToken: new (claims: Record<string, unknown>, options: { ctx: Context }) => IdToken
    readonly Session: {
      findByUid(uid: string): Promise<Session | undefined>
      get(ctx: { req: IncomingMessage; res: ServerResponse }): Promise<Session>
    }
    readonly Client: { prototype: Client }
    on(event: string, listener: (ctx: Context, detail: ProviderError & Record<string, unknown>) => void): this
    use(middleware: (ctx: Context, next: () => Promise<void>) => Promise<void>): this
    callback(): (req: IncomingMessage, res: ServerResponse) => Promise<void>
    createContext(req: IncomingMessage, res: ServerResponse): Context
    registerGrantType(name: string, handler: (ctx: Context) => Promise<void>, parameters: string[]): void
    interactionDetails(req: IncomingMessage, res: ServerResponse): Promise<Interaction>
    interactionResult(
      req: IncomingMessage,
      res: ServerResponse,
      result: Record<string, unknown>,
    ): Promise<string>
  }

  export type Check = Readonly<{ reason: string }>
  export type Prompt = Readonly<{ name: string }>

  export const interactionPolicy: {
    readonly Check: new (
      reason: string,
      description: string,
      error: string,
      check: (ctx: Context) => boolean,
    ) => Check
    readonly Prompt: new (options: { name: string; requestable?: boolean }, ...checks: Check[]) => Prompt
    base(): Prompt[] & { clear(): void; add(prompt: Prompt): void }
  }
}
