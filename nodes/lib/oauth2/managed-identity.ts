import { setTimeout as delay } from 'node:timers/promises'
import type { ConnectionSettings } from '../connection-settings'
import { directNetwork } from '../http/network'
import { retryAfterSeconds } from '../http/retry-after'
import { printable } from '../printable'
import { Problem } from '../problem'
import { textAt } from '../records'
import { refusalFailure } from './oauth2-problem'
import { plainRequest, type PlainAnswer } from './plain-request'
import type { Obtainer } from './renewing-source'
import { readTokenAnswer } from './token-answer'
import { heldToken, type HeldToken } from './token-life'

type Environment = Readonly<Record<string, string | undefined>>

/** One way of asking the machine that we run on. */
export interface IdentityRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

const LINK_LOCAL = 'http://169.254.169.254'
const IMDS_PATH = '/metadata/identity/oauth2/token'
/** Entra, "Use managed identities on a VM": back off exponentially; 410 means "for up to 70 seconds". */
const WAITS: readonly number[] = [500, 2_000, 4_000, 8_000, 16_000, 16_000, 30_000]
const UPDATING = 70_000

/**
 * App Service and Functions say by environment variables where to ask, in two generations; everything else asks the
 * instance metadata service. Its address can be moved as Azure's own SDKs allow it.
 */
export function identityRequest(
  { resource, clientId }: Pick<ConnectionSettings, 'resource' | 'clientId'>,
  environment: Environment = process.env,
): IdentityRequest {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER, MSI_ENDPOINT, MSI_SECRET } = environment
  if (IDENTITY_ENDPOINT && IDENTITY_HEADER) {
    const query = { 'api-version': '2019-08-01', resource, ...named('client_id', clientId) }
    return { url: withQuery(IDENTITY_ENDPOINT, query), headers: { 'x-identity-header': IDENTITY_HEADER } }
  }
  if (MSI_ENDPOINT && MSI_SECRET) {
    const query = { 'api-version': '2017-09-01', resource, ...named('clientid', clientId) }
    return { url: withQuery(MSI_ENDPOINT, query), headers: { secret: MSI_SECRET } }
  }
  const host = environment['AZURE_POD_IDENTITY_AUTHORITY_HOST'] || LINK_LOCAL
  const query = { 'api-version': '2018-02-01', resource, ...named('client_id', clientId) }
  return { url: withQuery(`${host.replace(/\/+$/u, '')}${IMDS_PATH}`, query), headers: { metadata: 'true' } }
}

/**
 * The identity that Azure has given to this machine. The token is the machine's to keep: it cannot be forced to make
 * another, so that a claims challenge is not passed on.
 */
export class ManagedIdentity implements Obtainer {
  readonly #settings: ConnectionSettings
  readonly #waits: readonly number[]

  constructor(settings: ConnectionSettings, waits: readonly number[] = WAITS) {
    this.#settings = settings
    this.#waits = waits
  }

  async obtain(_claims: string | undefined, signal: AbortSignal): Promise<HeldToken> {
    const { url, headers } = identityRequest(this.#settings)
    const { timeout } = this.#settings
    const begun = Date.now()
    for (let repeated = 0; ; repeated += 1) {
      const answer = await ask({ url, headers }, timeout, signal)
      if (answer.status === 200) return accepted(answer)
      const wait = this.#wait(answer.status, repeated, Date.now() - begun)
      if (wait === undefined) throw refused(answer, url, secretsIn(headers), timeout)
      await delay(Math.max(wait, asked(answer)), undefined, { signal, ref: false })
    }
  }

  reset(): void {}

  #wait(status: number, repeated: number, elapsed: number): number | undefined {
    const passing = status === 404 || status === 410 || status === 429 || status >= 500
    if (!passing) return undefined
    const last = this.#waits.at(-1)
    if (status === 410) return elapsed < UPDATING ? (this.#waits[repeated] ?? last) : undefined
    return repeated < this.#settings.maxRetries ? this.#waits[repeated] : undefined
  }
}

/** Milliseconds that the service asks for, within what a person would wait. */
function asked({ headers }: PlainAnswer): number {
  return Math.min(60, retryAfterSeconds(headers.get('retry-after'), Date.now()) ?? 0) * 1000
}

/** Where there is only `expires_on`, it is by the other side's clock. */
function accepted({ body, headers }: PlainAnswer): HeldToken {
  const now = Date.now()
  const theirs = Date.parse(headers.get('date') ?? '')
  return heldToken(readTokenAnswer(body, now, Number.isNaN(theirs) ? now : theirs))
}

async function ask(request: IdentityRequest, timeout: number, signal: AbortSignal): Promise<PlainAnswer> {
  try {
    // "Don't use a proxy": the address belongs to the machine, and the answer is a token.
    return await plainRequest({ method: 'GET', ...request, network: directNetwork, timeout, signal })
  } catch (error) {
    signal.throwIfAborted()
    const { host } = new URL(request.url)
    const reason = error instanceof Problem ? String(error.values['reason'] ?? error.code) : 'unknown'
    throw new Problem('managedIdentityUnreachable', { field: 'grantType', host, reason })
  }
}

/** App Service answers with an older shape, `{ statusCode, message, correlationId }`. */
function refused(answer: PlainAnswer, url: string, secrets: readonly string[], timeout: number): Problem {
  const { status, body, headers } = answer
  const { host } = new URL(url)
  if (status === 400 && textAt(body, 'error') === 'invalid_request') {
    const detail = printable(textAt(body, 'error_description') ?? '', { secrets })
    return new Problem('managedIdentityNotAssigned', { field: 'clientId', host, detail })
  }
  if (textAt(body, 'error') !== undefined) {
    const [retryAfter, date] = [headers.get('retry-after'), headers.get('date')]
    const facts = { grant: 'managed_identity', url, timeout, sent: true, overLimit: false, secrets } as const
    return refusalFailure({ status, body, retryAfter, date, cut: false }, { ...facts, now: Date.now() })
      .problem
  }
  const detail = printable(textAt(body, 'message') ?? textAt(body, 'Message') ?? '', { secrets })
  return new Problem('managedIdentityRefused', { field: 'grantType', host, status, detail })
}

function secretsIn(headers: IdentityRequest['headers']): string[] {
  return Object.values(headers).filter((value) => value !== 'true')
}

function named(name: string, clientId: string): Record<string, string> {
  return clientId === '' ? {} : { [name]: clientId }
}

function withQuery(address: string, query: Readonly<Record<string, string>>): string {
  if (!URL.canParse(address)) throw new Problem('managedIdentityAddress', { value: address })
  const url = new URL(address)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.href
}
