// oxlint-disable-next-line import/no-unassigned-import -- has to run before simple-oauth2 is loaded
import './quiet-debug'
import { setTimeout as delay } from 'node:timers/promises'
import {
  AuthorizationCode,
  ClientCredentials,
  ResourceOwnerPassword,
  type ModuleOptions,
} from 'simple-oauth2'
import { agentOf, createAgents } from '../http/agents'
import { plainNetwork, type Network } from '../http/network'
import { tokenFailure, type TokenFailure } from './oauth2-problem'
import { relayAgent } from './relay-agent'
import { readTokenAnswer, type TokenAnswer } from './token-answer'
import { retryDelay } from './token-retry'
import { Problem } from '../problem'

const MAX_ANSWER = 1024 * 1024
const NOTABLE_SKEW = 60_000
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

/** How the client proves who it is (RFC 6749, 2.3; RFC 7523, 2.2 for an assertion). */
export type ClientProof =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secret: string }
  /** Made anew for each request, because it lives for minutes only. `now` is the service's time, as far as known. */
  | { readonly kind: 'assertion'; readonly assertion: (now: number) => Promise<string> }

/** Where tokens come from, and as whom we ask. */
export interface TokenEndpoint {
  readonly tokenUrl: string
  readonly clientId: string
  readonly proof: ClientProof
  readonly timeout: number
  readonly maxRetries: number
  readonly network?: Network
}

/** V2 names what the token is for by `scope`, V1 by `resource`. */
export type Purpose = { readonly scope: string } | { readonly resource: string }

export type TokenRequest =
  | { readonly grant: 'client_credentials' }
  | { readonly grant: 'refresh'; readonly refreshToken: string }
  | { readonly grant: 'password'; readonly username: string; readonly password: string }
  | { readonly grant: 'device_code'; readonly deviceCode: string }
  | { readonly grant: 'code'; readonly code: string; readonly redirectUrl: string; readonly verifier: string }

export interface RequestOptions {
  readonly purpose: Purpose
  /** A claims challenge that the token has to answer (Entra, "Claims challenges"). */
  readonly claims?: string | undefined
  readonly signal: AbortSignal
}

/**
 * Asks for a token, again where that is safe.
 * @throws Problem, or the signal's reason.
 */
export async function requestToken(
  endpoint: TokenEndpoint,
  request: TokenRequest,
  options: RequestOptions,
): Promise<TokenAnswer> {
  const begun = Date.now()
  for (let repeated = 0; ; repeated += 1) {
    const outcome = await tryToken(endpoint, request, options)
    if ('accessToken' in outcome) return outcome
    const state = {
      repeated,
      elapsed: Date.now() - begun,
      maxRetries: endpoint.maxRetries,
      random: Math.random(),
    }
    const wait = retryDelay(request.grant, outcome, state)
    if (wait === undefined) throw withPause(outcome)
    await delay(wait, undefined, { signal: options.signal })
  }
}

/** How long the service does not want to be asked goes with the problem, in seconds, as `retryAfter`. */
function withPause({ problem, retryAfter = 0 }: TokenFailure): Problem {
  if (retryAfter === 0) return problem
  return new Problem(problem.code, { ...problem.values, retryAfter: retryAfter / 1000 })
}

/**
 * Asks for a token once; again only for an assertion that the service's clock finds out of time.
 * @throws the signal's reason.
 */
export async function tryToken(
  endpoint: TokenEndpoint,
  request: TokenRequest,
  options: RequestOptions,
): Promise<TokenAnswer | TokenFailure> {
  options.signal.throwIfAborted()
  const outcome = await tryOnce(endpoint, request, options, 0)
  if ('accessToken' in outcome || !isOutOfTime(endpoint, outcome)) return outcome
  return tryOnce(endpoint, request, options, outcome.clockSkew ?? 0)
}

/** An assertion is refused before anything is redeemed: it may be made again, by the service's own clock. */
function isOutOfTime({ proof }: TokenEndpoint, { problem, clockSkew = 0 }: TokenFailure): boolean {
  return (
    proof.kind === 'assertion' &&
    problem.code === 'clientAssertionRefused' &&
    Math.abs(clockSkew) > NOTABLE_SKEW
  )
}

/** The address that the browser is sent to; parameters of the address itself are kept. */
export function authorizeUrl(
  url: string,
  clientId: string,
  parameters: Readonly<Record<string, string>>,
): string {
  const { origin, pathname, search } = new URL(url)
  const client = new AuthorizationCode({
    client: { id: clientId, secret: '' },
    auth: { tokenHost: origin, authorizeHost: origin, authorizePath: `${pathname}${search}` },
  })
  return client.authorizeURL(parameters)
}

async function tryOnce(
  endpoint: TokenEndpoint,
  request: TokenRequest,
  { purpose, claims, signal }: RequestOptions,
  skew: number,
): Promise<TokenAnswer | TokenFailure> {
  const { tokenUrl, proof, timeout, network = plainNetwork } = endpoint
  const client = await clientOf(endpoint, Date.now() + skew)
  // One connection per call: token requests are rare, and a connection that stands by may be dead by then.
  const agents = createAgents(network, false)
  const relay = relayAgent(tokenUrl, agentOf(agents, tokenUrl))
  const abort = (): void => {
    relay.destroy()
    agents.destroy()
  }
  signal.addEventListener('abort', abort, { once: true })
  try {
    const parameters = { ...purpose, ...(claims === undefined ? {} : { claims }), ...assertionType(proof) }
    const http = { timeout, maxBytes: MAX_ANSWER, agent: relay.agent }
    return readTokenAnswer(await send(client, request, parameters, http), Date.now())
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Problem) return { problem: error, kind: 'final' }
    return tokenFailure(error, {
      grant: request.grant,
      url: tokenUrl,
      timeout,
      sent: relay.sent(),
      overLimit: relay.received() > MAX_ANSWER,
      secrets: [...secretsOf(request), ...(proof.kind === 'none' ? [] : [client.client.secret])],
      now: Date.now(),
    })
  } finally {
    signal.removeEventListener('abort', abort)
    // An answer that was given up may go on dripping in.
    abort()
  }
}

/** Each grant through the class that simple-oauth2 has for it; device code and others go by `grant_type`. */
async function send(
  client: ModuleOptions,
  request: TokenRequest,
  parameters: Record<string, string>,
  http: object,
): Promise<unknown> {
  switch (request.grant) {
    case 'client_credentials':
      return (await new ClientCredentials(client).getToken(parameters, http)).token
    case 'password': {
      const { username, password } = request
      return (await new ResourceOwnerPassword(client).getToken({ ...parameters, username, password }, http))
        .token
    }
    case 'refresh': {
      const held = new AuthorizationCode(client).createToken({ refresh_token: request.refreshToken })
      return (await held.refresh(parameters, http)).token
    }
    case 'device_code': {
      // The older endpoint wants it as `code`.
      const { deviceCode } = request
      const fields = { grant_type: DEVICE_CODE, device_code: deviceCode, code: deviceCode }
      return (await new ClientCredentials(client).getToken({ ...parameters, ...fields }, http)).token
    }
    case 'code': {
      const { code, redirectUrl, verifier } = request
      // The documentation of simple-oauth2 says `redirectURI`, which would be sent under that name.
      const proof = { code, redirect_uri: redirectUrl, code_verifier: verifier }
      return (await new AuthorizationCode(client).getToken({ ...parameters, ...proof }, http)).token
    }
  }
}

/**
 * Credentials go into the body: Entra prefers that, and no header with them can be logged on the way. A client
 * without a secret sends its id twice under one name, which leaves `client_secret` out (an empty one would make
 * Entra answer AADSTS700025).
 */
async function clientOf({ tokenUrl, clientId, proof }: TokenEndpoint, now: number): Promise<ModuleOptions> {
  const { origin, pathname, search } = new URL(tokenUrl)
  return {
    client: { id: clientId, ...(await proofOf(proof, clientId, now)) },
    auth: { tokenHost: origin, tokenPath: `${pathname}${search}` },
    options: { authorizationMethod: 'body' },
  }
}

async function proofOf(
  proof: ClientProof,
  clientId: string,
  now: number,
): Promise<{ secret: string; secretParamName: string }> {
  switch (proof.kind) {
    case 'none':
      return { secret: clientId, secretParamName: 'client_id' }
    case 'secret':
      return { secret: proof.secret, secretParamName: 'client_secret' }
    case 'assertion':
      return { secret: await proof.assertion(now), secretParamName: 'client_assertion' }
  }
}

function assertionType(proof: ClientProof): Record<string, string> {
  if (proof.kind !== 'assertion') return {}
  return { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }
}

function secretsOf(request: TokenRequest): readonly string[] {
  switch (request.grant) {
    case 'client_credentials':
      return []
    case 'refresh':
      return [request.refreshToken]
    case 'password':
      return [request.password]
    case 'device_code':
      return [request.deviceCode]
    case 'code':
      return [request.code, request.verifier]
  }
}
