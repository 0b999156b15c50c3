import type { ConnectionSettings } from './connection-settings'
import { authenticate } from './http/authenticate'
import { pipeline } from './http/http'
import { logRequests, type Trace } from './http/log'
import type { Network } from './http/network'
import { createTransport } from './http/transport'
import type { TokenSource } from './oauth2/token-source'
import { readAnswer, type Answer } from './odata/answer'
import { isGraphService } from './odata/graph-service'
import { ServiceError } from './odata/service-error'
import { Problem } from './problem'
import { isRecord, textAt } from './records'

export interface Trial {
  readonly asked: 'user' | 'organization' | 'service'
  readonly url: string
  readonly elapsed: number
  readonly status?: number
  readonly requestId?: string
  readonly name?: string
  readonly username?: string
  readonly problem?: Problem
}

export interface TrialOptions {
  readonly settings: ConnectionSettings
  readonly tokens: TokenSource | undefined
  readonly network: Network
  readonly trace: Trace
  readonly signal: AbortSignal
}

/**
 * Calls the service once, as harmlessly as can be, and says what it saw. Of Graph: who the user is, or whose the
 * directory is, which every application may ask that may read anything there; of others: what they offer.
 */
export async function tryService(options: TrialOptions): Promise<Trial> {
  const { settings } = options
  const asked = questionOf(settings)
  const url = `${settings.serviceUrl}${PATHS[asked]}`
  const begun = performance.now()
  const elapsed = (): number => Math.round(performance.now() - begun)
  try {
    const answer = await ask(url, options)
    const { statusCode: status, requestId } = answer
    return { asked, url, status, ...shown(requestId), ...whoIn(answer), elapsed: elapsed() }
  } catch (error) {
    options.signal.throwIfAborted()
    if (!(error instanceof Problem)) throw error
    const facts = error instanceof ServiceError ? { status: error.statusCode, ...shown(error.requestId) } : {}
    return { asked, url, ...facts, elapsed: elapsed(), problem: error }
  }
}

const PATHS = {
  user: '/me?$select=displayName,userPrincipalName',
  organization: '/organization?$select=displayName',
  service: '/',
} as const

function questionOf({ serviceUrl, grantType }: ConnectionSettings): Trial['asked'] {
  if (!isGraphService(serviceUrl) || grantType === 'none') return 'service'
  const application = grantType === 'client_credentials' || grantType === 'managed_identity'
  return application ? 'organization' : 'user'
}

async function ask(url: string, options: TrialOptions): Promise<Answer> {
  const { settings, tokens, network, trace, signal } = options
  const { origin } = new URL(url)
  const transport = createTransport(network)
  const policies = [
    ...(tokens === undefined ? [] : [authenticate(tokens, origin)]),
    logRequests(trace, origin),
  ]
  try {
    const send = pipeline(policies, transport.send)
    const headers = new Map([['accept', 'application/json']])
    const { timeout, maxResponseSize } = settings
    return await readAnswer(
      await send({ method: 'GET', url, headers, signal, timeout, maxResponseSize }),
      url,
    )
  } finally {
    transport.close()
  }
}

function whoIn(answer: Answer): { readonly name?: string; readonly username?: string } {
  const rows = answer.kind === 'page' ? answer.rows : [answer.kind === 'single' ? answer.value : undefined]
  const [who] = rows
  if (!isRecord(who)) return {}
  const [name, username] = [textAt(who, 'displayName'), textAt(who, 'userPrincipalName')]
  return { ...(name === undefined ? {} : { name }), ...(username === undefined ? {} : { username }) }
}

function shown(requestId: string | undefined): { readonly requestId?: string } {
  return requestId === undefined ? {} : { requestId }
}
