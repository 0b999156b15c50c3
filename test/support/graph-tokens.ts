import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose'
import { demoAccounts, tenantId } from '../../sandbox/contoso/tenant'
import { startGraphService, type GraphService } from '../../sandbox/graph/server'

/** A Graph service together with an issuer of the tokens that it takes. */
export interface GraphUnderTest {
  readonly graph: GraphService
  /** A signed access token with these claims; `seconds` may be negative. */
  token(
    claims: JWTPayload,
    options?: { seconds?: number; audience?: string; issuer?: string },
  ): Promise<string>
  /** An application's token with these permissions. */
  application(...roles: string[]): Promise<string>
  /** The first demo account's token with these permissions. */
  user(...scopes: string[]): Promise<string>
  /** A GET that follows no redirect; `path` is below v1.0, or a whole URL. */
  get(path: string, token?: string, headers?: Record<string, string>): Promise<Response>
  /** A write by the first demo account with all permissions, unless a token says otherwise; a body is sent as JSON. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>
  close(): Promise<void>
}

export const allPermissions = [
  'Organization.Read.All',
  'User.Read.All',
  'Group.Read.All',
  'Mail.Read',
  'Calendars.Read',
  'Contacts.Read',
  'Files.Read.All',
  'Sites.Read.All',
  'OrgContact.Read.All',
  'Application.Read.All',
]

const writePermissions = [
  'Application.ReadWrite.All',
  'Calendars.ReadWrite',
  'Contacts.ReadWrite',
  'Files.ReadWrite.All',
  'Group.ReadWrite.All',
  'Mail.ReadWrite',
  'Mail.Send',
  'Printer.FullControl.All',
  'Sites.ReadWrite.All',
  'Tasks.ReadWrite',
  'User.ReadWrite.All',
]

export async function startGraphUnderTest(users = 200): Promise<GraphUnderTest> {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const key = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'RS256', use: 'sig' }
  const keys = createServer((_request, response) => response.end(JSON.stringify({ keys: [key] })))
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
  const jwksUrl = `http://127.0.0.1:${(keys.address() as AddressInfo).port}/keys`
  const graph = await startGraphService({ port: 0, users })
  const trusted = `https://sts.example/${tenantId}/`
  graph.trust({ issuer: trusted, jwksUrl })
  const token: GraphUnderTest['token'] = (claims, { seconds = 3600, audience, issuer } = {}) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid: 'test' })
      .setIssuer(issuer ?? trusted)
      .setAudience(audience ?? graph.origin)
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(privateKey)
  const [adele] = demoAccounts
  const application: GraphUnderTest['application'] = (...roles) => token({ roles })
  const user: GraphUnderTest['user'] = (...scopes) =>
    token({ scp: scopes.join(' '), oid: adele?.id, upn: adele?.userPrincipalName })
  let writer: Promise<string> | undefined
  return {
    graph,
    token,
    application,
    user,
    send: async (method, path, body, headers = {}) => {
      writer ??= user(...allPermissions, ...writePermissions)
      const json = body === undefined ? {} : { 'content-type': 'application/json' }
      return fetch(path.startsWith('http') ? path : `${graph.origin}/v1.0${path}`, {
        method,
        headers: { authorization: `Bearer ${await writer}`, ...json, ...headers },
        body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
        redirect: 'manual',
      } as RequestInit)
    },
    get: async (path, bearer, headers = {}) =>
      fetch(path.startsWith('http') ? path : `${graph.origin}/v1.0${path}`, {
        headers: { authorization: `Bearer ${bearer ?? (await application(...allPermissions))}`, ...headers },
        redirect: 'manual',
      }),
    close: async () => {
      keys.closeAllConnections()
      keys.close()
      await graph.close()
    },
  }
}

export interface ErrorBody {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly innerError: Record<string, string>
  }
}

export interface CollectionBody {
  readonly value: Record<string, unknown>[]
  readonly '@odata.context': string
  readonly '@odata.nextLink'?: string
  readonly '@odata.count'?: number
}

export async function errorOf(response: Response): Promise<[number, string, string]> {
  const { error } = (await response.json()) as ErrorBody
  return [response.status, error.code, error.message]
}

export async function collection(response: Response): Promise<CollectionBody> {
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as CollectionBody
}

export async function entity(response: Response): Promise<Record<string, unknown>> {
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}
