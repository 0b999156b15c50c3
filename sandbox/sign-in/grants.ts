import type { Context, Provider } from 'oidc-provider'
import type { DemoAccount } from '../contoso/tenant'
import { accountById, idTokenClaims } from './access-tokens'
import type { Consents } from './consents'
import { EntraError, missing, noConsent } from './entra-errors'
import type { Exchanges } from './exchange'
import { offline, openIdScopes } from './permissions'
import type { RefreshTokens } from './refresh-tokens'

interface Issue {
  readonly account: DemoAccount
  readonly scope: string
  readonly grantId: string
  /** The refresh token's scope; undefined: no new refresh token. */
  readonly refreshScope: string | undefined
  readonly nonce?: string | undefined
}

/** The two grants that Entra does in its own way; oidc-provider does the others. */
export class OwnGrants {
  constructor(
    private readonly provider: Provider,
    private readonly parts: {
      resource: string
      resourceInfo: (scope: string) => Record<string, unknown>
      consents: Consents
      refreshTokens: RefreshTokens
      exchanges: Exchanges
    },
  ) {
    provider.registerGrantType('password', (ctx) => this.#password(ctx), [])
    provider.registerGrantType('refresh_token', (ctx) => this.#refresh(ctx), ['refresh_token'])
  }

  async #password(ctx: Context): Promise<void> {
    const exchange = this.parts.exchanges.get(ctx.req)
    const { account, scopes } = exchange ?? {}
    if (account === undefined || scopes === undefined) throw missing('username')
    const permissions = this.#consented(ctx, account, scopes.everything ? undefined : scopes.permissions)
    const grant = new this.provider.Grant({ accountId: account.id, clientId: ctx.oidc.client.clientId })
    const scope = [...scopes.openId, ...permissions].join(' ')
    const keeps = scopes.offline || exchange?.version === 1
    await this.#issue(ctx, {
      account,
      scope,
      grantId: await grant.save(),
      refreshScope: keeps ? `${scope} ${offline}` : undefined,
    })
  }

  async #refresh(ctx: Context): Promise<void> {
    const value = ctx.oidc.params['refresh_token']
    if (value === undefined) throw missing('refresh_token')
    const { refreshTokens } = this.parts
    const requested = this.parts.exchanges.get(ctx.req)?.scopes
    const token = await refreshTokens.redeem(this.provider, value, ctx.oidc.client.clientId)
    const account = accountById(token.accountId)
    if (account === undefined)
      throw new EntraError(50034, 'invalid_grant', 'The user account does not exist.')
    // A refresh token is bound to user and client, not to scopes: anything consented may be asked for.
    const before = (token.scope ?? '').split(' ')
    const openId = openIdScopes.filter((scope) => before.includes(scope) || requested?.openId.includes(scope))
    const old = before.filter((scope) => scope !== offline && !openId.some((name) => name === scope))
    const permissions = this.#consented(
      ctx,
      account,
      requested?.everything ? undefined : (requested?.permissions ?? old),
    )
    await this.#issue(ctx, {
      account,
      scope: [...openId, ...permissions].join(' '),
      grantId: token.grantId ?? '',
      refreshScope: refreshTokens.rotate ? token.scope : undefined,
      nonce: token.nonce,
    })
    const successor = ctx.oidc.entities['RefreshToken']
    if (successor) refreshTokens.succeeded(value, successor.jti)
  }

  /** The permissions wanted (undefined: all there are), if the user or the tenant has consented to them. */
  #consented(ctx: Context, account: DemoAccount, wanted: readonly string[] | undefined): readonly string[] {
    const { clientId } = ctx.oidc.client
    const granted = this.parts.consents.granted(clientId, account.id)
    if (wanted === undefined) return [...granted]
    if (wanted.every((permission) => granted.has(permission))) return wanted
    throw noConsent(clientId)
  }

  async #issue(ctx: Context, issue: Issue): Promise<void> {
    const { account, scope, grantId } = issue
    const { client } = ctx.oidc
    ctx.oidc.entity('Account', { accountId: account.id, claims: () => idTokenClaims(account) })
    const access = new this.provider.AccessToken({ accountId: account.id, client, grantId, scope })
    access.resourceServer = new this.provider.ResourceServer(
      this.parts.resource,
      this.parts.resourceInfo(scope),
    )
    const body: Record<string, unknown> = {
      token_type: 'Bearer',
      access_token: await access.save(),
      expires_in: access.expiration,
      scope,
    }
    if (issue.refreshScope !== undefined) {
      const refresh = new this.provider.RefreshToken({
        accountId: account.id,
        client,
        grantId,
        scope: issue.refreshScope,
        resource: this.parts.resource,
        ...(issue.nonce === undefined ? {} : { nonce: issue.nonce }),
      })
      body['refresh_token'] = await refresh.save()
      ctx.oidc.entity('RefreshToken', refresh)
    }
    if (scope.split(' ').includes('openid')) {
      const idToken = new this.provider.IdToken(idTokenClaims(account), { ctx })
      idToken.scope = 'openid'
      if (issue.nonce !== undefined) idToken.set('nonce', issue.nonce)
      body['id_token'] = await idToken.issue({ use: 'idtoken' })
    }
    ctx.body = body
  }
}
