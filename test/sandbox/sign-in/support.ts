import { randomBytes, createHash } from 'node:crypto'
import { apps, demoAccounts, tenantId, type DemoAccount } from '../../../sandbox/contoso/tenant'
import { startSignInService, type SignInService } from '../../../sandbox/sign-in/server'
import { signInAs, type SignInOptions } from '../../support/browserless-sign-in'

export const resource = 'http://127.0.0.1:8411'
export const redirectUri = 'http://localhost:1880/graph-connection/callback'

export function account(givenName: string): DemoAccount {
  const found = demoAccounts.find((known) => known.givenName === givenName)
  if (found === undefined) throw new Error(`No demo account ${givenName}`)
  return found
}

export const adele = account('Adele')
export const megan = account('Megan')

/** Starts a service for the tests of one file and closes it after them. */
export function service(): { current: SignInService } {
  const holder = {} as { current: SignInService }
  before(async () => {
    holder.current = await startSignInService({
      port: 0,
      resource,
      accessTokenLifetime: 3600,
      refreshTokens: 'entra',
    })
  })
  after(async () => holder.current.close())
  return holder
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
}

export interface Where {
  readonly tenant?: string
  readonly path?: string
  readonly headers?: Record<string, string>
}

export async function post(
  { origin }: SignInService,
  form: Record<string, string>,
  { tenant = tenantId, path = 'oauth2/v2.0/token', headers = {} }: Where = {},
): Promise<Answer> {
  const response = await fetch(`${origin}/${tenant}/${path}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  })
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  }
}

export const web = { client_id: apps.web.clientId, client_secret: apps.web.secrets[0] }
export const publicClient = { client_id: apps.publicClient.clientId }

export function authorizeUrl(
  { origin }: SignInService,
  query: Record<string, string | undefined> = {},
  { tenant = tenantId, path = 'oauth2/v2.0/authorize' }: Where = {},
): URL {
  const url = new URL(`${origin}/${tenant}/${path}`)
  const all: Record<string, string | undefined> = {
    client_id: apps.web.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid profile offline_access User.Read',
    state: 'state-1',
    ...query,
  }
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value)
  return url
}

export async function codeFor(
  current: SignInService,
  who: DemoAccount,
  query: Record<string, string | undefined> = {},
  where: Where = {},
  options: SignInOptions = {},
): Promise<string> {
  const landed = await signInAs(authorizeUrl(current, query, where), who, options)
  const code = landed.searchParams.get('code')
  if (code === null) throw new Error(`No code in ${landed.href}`)
  return code
}

export async function redeem(
  current: SignInService,
  code: string,
  more: Record<string, string> = {},
  where: Where = {},
): Promise<Answer> {
  return post(
    current,
    { ...web, grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...more },
    where,
  )
}

export async function tokensFor(current: SignInService, who: DemoAccount, scope?: string): Promise<Answer> {
  return redeem(current, await codeFor(current, who, scope === undefined ? {} : { scope }))
}

export function claimsOf(token: unknown): Record<string, unknown> {
  const payload = String(token).split('.')[1] ?? ''
  return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>
}

export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(48).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}
