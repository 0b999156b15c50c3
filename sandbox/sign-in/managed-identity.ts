import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RegisteredApp } from '../contoso/tenant'
import { tenantId } from '../contoso/tenant'
import { replay, sendJson } from './http'
import { routes, type ProviderParts } from './provider'
import { give } from './token-answers'

const permissions = ['User.Read.All', 'Group.Read.All', 'Sites.Read.All']

/** The identities of the machine that this service plays: its own, and one that was assigned to it. */
export const identities = {
  system: identity('c0ffee10-1111-4222-8333-444455556666', 'Contoso machine'),
  user: identity('c0ffee11-1111-4222-8333-444455556666', 'Contoso assigned identity'),
} as const

function identity(clientId: string, displayName: string): RegisteredApp {
  return { clientId, displayName, secrets: [], redirectUris: [], delegated: [], application: permissions }
}

/** Where Azure's machines ask for their own tokens: the metadata service, and the two generations of App Service. */
const shapes: ReadonlyMap<string, 'imds' | 'appService'> = new Map([
  ['/metadata/identity/oauth2/token', 'imds'],
  ['/msi/token', 'appService'],
])

export function isIdentityPath(pathname: string): boolean {
  return shapes.has(pathname)
}

interface Refusal {
  readonly status: number
  readonly body: unknown
}

/** A token for the machine itself (how-to-use-vm-token.md; overview-managed-identity.md). */
export async function answerIdentityRequest(
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
  parts: ProviderParts,
  callback: (req: IncomingMessage, res: ServerResponse) => Promise<void>,
): Promise<void> {
  const shape = shapes.get(url.pathname) ?? 'imds'
  const query = url.searchParams
  const wanted = query.get('client_id') ?? query.get('clientid')
  const app = Object.values(identities).find(({ clientId }) => clientId === wanted)
  const clientId = (wanted === null ? identities.system : app)?.clientId
  const record = (status: number): void =>
    parts.control.record({
      grantType: 'managed_identity',
      clientId: clientId ?? wanted ?? '',
      tenant: tenantId,
      version: 1,
      status,
    })
  const canned = parts.control.takeCannedAnswer()
  if (canned !== undefined) {
    record(canned.status)
    await give(res, canned)
    return
  }
  const refusal = refuse(req, shape, query, parts)
  if (refusal !== undefined || clientId === undefined) {
    const { status, body } = refusal ?? notAssigned
    record(status)
    sendJson(res, status, body)
    return
  }
  const resource = query.get('resource') ?? ''
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: parts.clients.internalSecret,
  })
  const request = replay(req, routes.token, form)
  parts.exchanges.set(request, {
    endpoint: 'identity',
    tenant: tenantId,
    version: 1,
    resource,
    clientId,
    identityShape: shape,
  })
  await callback(request, res)
  record(res.statusCode)
}

const notAssigned: Refusal = {
  status: 400,
  body: { error: 'invalid_request', error_description: 'Identity not found' },
}

function refuse(
  { headers }: IncomingMessage,
  shape: 'imds' | 'appService',
  query: URLSearchParams,
  { control, resource }: ProviderParts,
): Refusal | undefined {
  const bad = (error: string, text: string): Refusal => ({
    status: 400,
    body: { error, error_description: text },
  })
  const version = query.get('api-version')
  if (shape === 'imds') {
    if (headers['metadata'] !== 'true' || headers['x-forwarded-for'] !== undefined) {
      return bad('bad_request_102', 'Required metadata header not specified')
    }
    if (version !== '2018-02-01') return bad('bad_request_101', 'Required parameter api-version is wrong')
  } else {
    const older = version === '2017-09-01'
    const shown = older ? headers['secret'] : headers['x-identity-header']
    if (!older && version !== '2019-08-01') {
      return { status: 400, body: { statusCode: 400, message: 'Bad api-version' } }
    }
    if (shown !== control.identityHeader)
      return { status: 401, body: { statusCode: 401, message: 'Access denied' } }
  }
  if (query.get('resource')?.replace(/\/$/, '') === resource) return undefined
  return bad('invalid_resource', 'AADSTS500011: The resource principal was not found in the tenant.')
}
