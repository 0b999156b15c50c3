import { randomBytes } from 'node:crypto'
import type { Token } from 'oidc-provider'
import { demoAccounts, tenantId, type DemoAccount } from '../contoso/tenant'
import type { Clients } from './clients'
import { offline } from './permissions'

export function accountById(id: string | undefined): DemoAccount | undefined {
  return demoAccounts.find((account) => account.id === id)
}

export function accountByName(name: string | undefined): DemoAccount | undefined {
  const wanted = name?.toLowerCase()
  return demoAccounts.find((account) => account.userPrincipalName.toLowerCase() === wanted)
}

/** Claims of the older token format, the one that Graph takes (v2-oauth2-on-behalf-of-flow.md). */
export function accessTokenClaims(
  token: Token,
  issued: { aud: unknown; iat: unknown; exp: unknown },
  issuer: string,
  clients: Clients,
): Record<string, unknown> {
  const app = clients.find(token.clientId)
  const common = {
    aud: issued.aud,
    iss: issuer,
    iat: issued.iat,
    nbf: issued.iat,
    exp: issued.exp,
    appid: token.clientId,
    app_displayname: app?.displayName,
    appidacr: app !== undefined && clients.isPublic(app) ? '0' : '1',
    tid: tenantId,
    uti: randomBytes(16).toString('base64url'),
    ver: '1.0',
  }
  const account = accountById(token.accountId)
  if (account === undefined) {
    const roles = app?.application ?? []
    // An app without any permission gets a token without the claim; Graph then says 403.
    return {
      ...common,
      idtyp: 'app',
      oid: token.clientId,
      sub: token.clientId,
      ...(roles.length > 0 ? { roles } : {}),
    }
  }
  const scopes = (token.scope ?? '').split(' ').filter((scope) => scope !== offline)
  return {
    ...common,
    idtyp: 'user',
    oid: account.id,
    sub: account.id,
    upn: account.userPrincipalName,
    unique_name: account.userPrincipalName,
    name: account.displayName,
    given_name: account.givenName,
    family_name: account.surname,
    scp: scopes.join(' '),
  }
}

export function idTokenClaims(
  account: Pick<DemoAccount, 'id' | 'displayName' | 'userPrincipalName'>,
): Record<string, unknown> {
  return {
    sub: account.id,
    oid: account.id,
    tid: tenantId,
    name: account.displayName,
    preferred_username: account.userPrincipalName,
    email: account.userPrincipalName,
    ver: '2.0',
    uti: randomBytes(16).toString('base64url'),
  }
}
