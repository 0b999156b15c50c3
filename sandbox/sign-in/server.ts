import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JWK } from 'jose'
import type { Provider } from 'oidc-provider'
import { tenantId } from '../contoso/tenant'
import { adminConsent } from './admin-consent'
import { shapeAnswers } from './answers'
import { prepareAuthorize } from './authorize-endpoint'
import { knownApp, presentedClient } from './client-authentication'
import { Clients } from './clients'
import { Consents } from './consents'
import { SignInControl } from './control'
import { EntraError } from './entra-errors'
import {
  accessTokenIssuerOf,
  entraRoute,
  openIdConfiguration,
  resolveTenant,
  type EntraRoute,
} from './entra-paths'
import type { Exchange } from './exchange'
import { readForm, redirect, replay, sendFailure, sendJson, sendPage } from './http'
import { interact } from './interaction'
import { answerIdentityRequest, identities, isIdentityPath } from './managed-identity'
import { messagePage } from './pages'
import { createProvider, interactionPath, ownScope, routes, signingKey, type ProviderParts } from './provider'
import { RefreshTokens, type RefreshTokenMode } from './refresh-tokens'
import { Store } from './store'
import { answerTokenRequest } from './token-answers'

export type { RefreshTokenMode } from './refresh-tokens'
export type { CannedAnswer, SignInControl, TokenRequestRecord } from './control'

export interface SignInServiceOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** Origin of the Graph service: the audience of access tokens. */
  readonly resource: string
  /** Seconds. */
  readonly accessTokenLifetime: number
  readonly refreshTokens: RefreshTokenMode
}

export interface SignInService {
  readonly origin: string
  /** The `iss` of access tokens; they are of the older format, so it is not the OpenID issuer. */
  readonly accessTokenIssuer: string
  readonly jwksUrl: string
  /** For tests: what to change and what to look at while the service runs. */
  readonly control: SignInControl
  close(): Promise<void>
}

type Callback = (req: IncomingMessage, res: ServerResponse) => Promise<void>

/** Everything of one running service, and which part answers which request. */
class Entra {
  readonly #provider: Provider
  readonly #callback: Callback

  constructor(
    private readonly parts: ProviderParts,
    key: JWK,
  ) {
    this.#provider = createProvider(parts, key)
    shapeAnswers(this.#provider, parts, key)
    this.#callback = this.#provider.callback()
  }

  async answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', this.parts.origin)
    const route = entraRoute(url.pathname)
    const programs =
      route !== undefined && ['token', 'devicecode', 'configuration', 'keys'].includes(route.endpoint)
    try {
      if (route !== undefined) await this.#answerEntra(req, res, route, url.searchParams)
      else if (isIdentityPath(url.pathname))
        await answerIdentityRequest(req, res, url, this.parts, this.#callback)
      else if (url.pathname.startsWith(`${interactionPath}/`))
        await interact(req, res, this.#provider, this.parts)
      // What oidc-provider itself sent the browser to: the way back from a page, the device code form.
      else if (/^\/(sign-in\/authorize\/[^/]+|devicelogin(\/[^/]+)?)$/.test(url.pathname))
        await this.#callback(req, res)
      else sendPage(res, messagePage('Nothing here', 'This is the sign-in service of the local tenant.'), 404)
    } catch (failure) {
      sendFailure(res, failure, this.parts.origin, programs ? 'program' : 'person')
    }
  }

  async #answerEntra(
    req: IncomingMessage,
    res: ServerResponse,
    route: EntraRoute,
    query: URLSearchParams,
  ): Promise<void> {
    switch (route.endpoint) {
      case 'authorize':
        req.url = prepareAuthorize(route, query, this.parts)
        await this.#callback(req, res)
        return
      case 'token':
        onlyPost(req)
        await answerTokenRequest(req, res, route, this.parts, this.#callback)
        return
      case 'devicecode':
        onlyPost(req)
        await this.#deviceCode(req, res, route)
        return
      case 'logout':
        await this.#logout(req, res, query)
        return
      case 'keys':
        req.url = routes.jwks
        await this.#callback(req, res)
        return
      case 'configuration':
        sendJson(res, 200, openIdConfiguration(this.parts.origin, route.tenant))
        return
      case 'adminconsent':
        await adminConsent(req, res, route, query, this.parts)
        return
      case 'identity':
      // Not below a tenant.
    }
  }

  async #deviceCode(req: IncomingMessage, res: ServerResponse, route: EntraRoute): Promise<void> {
    const { clients, resource, exchanges } = this.parts
    const form = await readForm(req)
    resolveTenant(route.tenant)
    const app = knownApp(clients, presentedClient(form, req.headers.authorization).clientId)
    const inner = new URLSearchParams({
      client_id: app.clientId,
      client_secret: clients.internalSecret,
      scope: ownScope(form.get('scope') ?? '', resource, route.version),
      entra_tenant: route.tenant,
    })
    const request = replay(req, routes.device_authorization, inner)
    const exchange: Exchange = { ...route, resource }
    exchanges.set(request, exchange)
    await this.#callback(request, res)
  }

  /** Ends the browser's session and goes back to the app, if the address is one of an app's. */
  async #logout(req: IncomingMessage, res: ServerResponse, query: URLSearchParams): Promise<void> {
    const session = await this.#provider.Session.get({ req, res })
    await session.destroy()
    const target = query.get('post_logout_redirect_uri')
    if (target !== null && this.parts.clients.anyRedirectUri(target)) redirect(res, target)
    else sendPage(res, messagePage('You are signed out', 'It is a good idea to close all browser windows.'))
  }
}

function onlyPost(req: IncomingMessage): void {
  if (req.method === 'POST') return
  throw new EntraError(
    900561,
    'invalid_request',
    `The endpoint only accepts POST requests. Received a ${String(req.method)} request.`,
  )
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    // This machine only: the secrets of the local tenant are public.
    server.listen(port, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}

export async function startSignInService(options: SignInServiceOptions): Promise<SignInService> {
  const server = createServer()
  const key = await signingKey()
  const origin = `http://127.0.0.1:${await listen(server, options.port)}`
  const clients = new Clients()
  for (const identity of Object.values(identities)) clients.register(identity)
  const consents = new Consents(clients)
  const store = new Store((id) => clients.metadata(id))
  const refreshTokens = new RefreshTokens(options.refreshTokens, store)
  const control = new SignInControl(options.accessTokenLifetime, { clients, consents, refreshTokens })
  const { resource } = options
  const entra = new Entra(
    { origin, resource, control, clients, consents, refreshTokens, store, exchanges: new WeakMap() },
    key,
  )
  server.on('request', (req, res) => {
    void entra.answer(req, res)
  })
  return {
    origin,
    accessTokenIssuer: accessTokenIssuerOf(origin),
    jwksUrl: `${origin}/${tenantId}/discovery/v2.0/keys`,
    control,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}
