import { createPublicKey } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose'
import type { RegisteredApp } from '../contoso/tenant'
import type { Clients, FederatedCredential } from './clients'
import { EntraError, missing } from './entra-errors'

export interface PresentedClient {
  readonly clientId: string
  readonly secret: string | undefined
  readonly assertion: string | undefined
  readonly assertionType: string | undefined
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

function invalidClient(code: number, text: string): EntraError {
  return new EntraError(code, 'invalid_client', text, { status: 401 })
}

/** Client id and credentials from the body or from HTTP Basic (RFC 6749 2.3.1: both parts URL-encoded). */
export function presentedClient(form: URLSearchParams, authorization: string | undefined): PresentedClient {
  const [, credentials] = /^basic +(.+)$/i.exec(authorization ?? '') ?? []
  let basic: { id: string; secret: string } | undefined
  if (credentials !== undefined) {
    const [id = '', ...rest] = Buffer.from(credentials, 'base64').toString('utf8').split(':')
    const decode = (text: string): string => new URLSearchParams(`v=${text}`).get('v') ?? ''
    basic = { id: decode(id), secret: decode(rest.join(':')) }
  }
  const clientId = basic?.id ?? form.get('client_id')
  if (!clientId) throw missing('client_id')
  return {
    clientId,
    secret: basic?.secret ?? form.get('client_secret') ?? undefined,
    assertion: form.get('client_assertion') ?? undefined,
    assertionType: form.get('client_assertion_type') ?? undefined,
  }
}

export function knownApp(clients: Clients, clientId: string): RegisteredApp {
  const app = clients.find(clientId)
  if (app !== undefined) return app
  throw new EntraError(
    700016,
    'unauthorized_client',
    `Application with identifier '${clientId}' was not found in the directory 'Contoso'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`,
  )
}

/** Returns if the client is who it says it is; otherwise throws what Entra answers. */
export async function authenticateClient(
  clients: Clients,
  app: RegisteredApp,
  presented: PresentedClient,
  audiences: string[],
): Promise<void> {
  if (clients.isPublic(app)) {
    if (presented.secret === undefined && presented.assertion === undefined) return
    throw invalidClient(
      700025,
      "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    )
  }
  if (presented.assertion !== undefined) {
    if (presented.assertionType !== assertionType) throw missing('client_assertion_type')
    await verifyAssertion(clients, app, presented.assertion, audiences)
    return
  }
  if (!presented.secret) {
    throw invalidClient(
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    )
  }
  if (presented.secret === app.expiredSecret) {
    throw invalidClient(
      7000222,
      `The provided client secret keys for app '${app.clientId}' are expired. Visit the Azure portal to create new keys for your app, or consider using certificate credentials for added security.`,
    )
  }
  if (!app.secrets.includes(presented.secret)) {
    throw invalidClient(
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${app.clientId}'.`,
    )
  }
}

/** A JWT signed with a registered certificate (certificate-credentials.md), or by another, registered issuer. */
async function verifyAssertion(
  clients: Clients,
  app: RegisteredApp,
  assertion: string,
  audiences: string[],
): Promise<void> {
  let claims
  let header
  try {
    claims = decodeJwt(assertion)
    header = decodeProtectedHeader(assertion)
  } catch {
    throw invalidClient(50027, 'JWT token is invalid or malformed.')
  }
  if (claims.iss !== app.clientId) {
    await verifyFederated(clients.federated(app.clientId), assertion, claims)
    return
  }
  const certificate = clients
    .certificates(app.clientId)
    .find(({ thumbprint, sha1 }) => header['x5t#S256'] === thumbprint || header.x5t === sha1)
  if (certificate === undefined) {
    throw invalidClient(
      700027,
      'The certificate with identifier used to sign the client assertion is not registered on application.',
    )
  }
  try {
    await jwtVerify(assertion, certificate.key, {
      algorithms: ['PS256', 'RS256'],
      audience: audiences,
      subject: app.clientId,
      requiredClaims: ['exp', 'jti', 'nbf'],
      clockTolerance: 300,
    })
  } catch (error) {
    throw assertionError(error)
  }
}

/** Issuer, subject and audience must be those that are registered, and the signature the issuer's. */
async function verifyFederated(
  credentials: readonly FederatedCredential[],
  assertion: string,
  { iss, sub }: JWTPayload,
): Promise<void> {
  const ofIssuer = credentials.filter(({ issuer }) => issuer === iss)
  const found = ofIssuer.find(({ subject }) => subject === sub)
  if (found === undefined) {
    const [code, what] =
      ofIssuer.length === 0
        ? ([700211, `issuer '${String(iss)}'`] as const)
        : ([700213, `subject '${String(sub)}'`] as const)
    throw invalidClient(code, `No matching federated identity record found for presented assertion ${what}.`)
  }
  try {
    await jwtVerify(assertion, createPublicKey(found.publicKey), {
      audience: 'api://AzureADTokenExchange',
      requiredClaims: ['exp'],
      clockTolerance: 300,
    })
  } catch (error) {
    throw assertionError(error)
  }
}

function assertionError(error: unknown): EntraError {
  if (error instanceof errors.JWTExpired) {
    return invalidClient(700024, 'Client assertion is not within its valid time range.')
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') {
      return invalidClient(700023, 'Client assertion audience claim does not match Realm issuer.')
    }
    if (error.claim === 'sub') {
      return invalidClient(
        700021,
        "Client assertion application identifier doesn't match 'client_id' parameter.",
      )
    }
    if (error.claim === 'nbf') {
      return invalidClient(700024, 'Client assertion is not within its valid time range.')
    }
    return invalidClient(50027, `JWT token is invalid or malformed: ${error.message}.`)
  }
  return invalidClient(700027, 'Client assertion failed signature validation.')
}
