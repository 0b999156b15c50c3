import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ConnectionSecrets, ConnectionSettings } from '../connection-settings'
import type { Network } from '../http/network'
import { Problem } from '../problem'
import { isEntraHost } from './clouds'
import { endpointOf, purposeOf } from './grant-context'
import { isIssuer, readIdToken } from './id-token'
import { authorizeUrl, requestToken } from './oauth2-client'
import { authorizeProblem } from './oauth2-problem'
import type { TokenAnswer } from './token-answer'
import type { Account, StoredSignIn } from './token-store'

/** What a sign-in is started with. It is kept as it stood: an edit meanwhile must not redirect the code. */
export interface SignInPlan {
  readonly connection: string
  readonly settings: ConnectionSettings
  readonly secrets: ConnectionSecrets
  readonly network?: Network
  /** What the service has demanded of the token (Entra, "Claims challenges"); the sign-in page has to know. */
  readonly claims?: string
}

/** A sign-in that goes through the browser. */
export interface BrowserPlan extends SignInPlan {
  readonly redirectUrl: string
  /** Whether the browser that begins also has its cookie at the redirect URL. */
  readonly returnsHere: boolean
}

/** One running attempt: what the answer has to match (RFC 9700, 4.7; RFC 7636; OpenID Connect Core, 3.1.2.1). */
export interface PendingSignIn extends BrowserPlan {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly cookieHash: Buffer
}

/** What the sign-in page sent back to the redirect URL. */
export interface AuthorizeAnswer {
  readonly code: string | undefined
  readonly error: string | undefined
  readonly errorDescription: string | undefined
  readonly issuer: string | undefined
}

export interface BegunSignIn {
  readonly pending: PendingSignIn
  /** Goes to the browser that begins, and to nobody else. */
  readonly cookie: string
  readonly authorizeUrl: string
}

/** What came out of it: who signed in, and the token that may be used at once. */
export interface FinishedSignIn {
  readonly signIn: StoredSignIn
  readonly answer: TokenAnswer
}

export function beginSignIn(plan: BrowserPlan): BegunSignIn {
  const { settings, redirectUrl } = plan
  const cookie = random()
  const pending: PendingSignIn = {
    ...plan,
    // What the user wants to travel along follows the part that nobody can guess.
    state: `${random()}${settings.state === '' ? '' : `.${settings.state}`}`,
    nonce: random(),
    verifier: random(),
    cookieHash: hash(cookie),
  }
  const parameters = {
    ...purposeOf(settings),
    redirect_uri: redirectUrl,
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: hash(pending.verifier).toString('base64url'),
    code_challenge_method: 'S256',
    // form_post would come from another site and without the cookie (SameSite=Lax).
    response_mode: 'query',
    ...prompt(settings),
    ...(plan.claims === undefined ? {} : { claims: plan.claims }),
  }
  return { pending, cookie, authorizeUrl: authorizeUrl(settings.authorizeUrl, settings.clientId, parameters) }
}

export function isSameBrowser(pending: PendingSignIn, cookie: string | undefined): boolean {
  return cookie !== undefined && timingSafeEqual(hash(cookie), pending.cookieHash)
}

/**
 * Redeems the code and looks at who signed in.
 * @throws Problem where the answer is a refusal, or not meant for this sign-in.
 */
export async function finishSignIn(
  pending: PendingSignIn,
  { code, error, errorDescription, issuer }: AuthorizeAnswer,
  signal: AbortSignal,
): Promise<FinishedSignIn> {
  const { settings, secrets, network, claims, redirectUrl, verifier } = pending
  if (issuer !== undefined && !isIssuer(issuer, settings))
    throw new Problem('idTokenRefused', { claim: 'iss' })
  if (error !== undefined) throw authorizeProblem(error, errorDescription ?? '')
  if (code === undefined || code === '') throw new Problem('codeMissing')
  const request = { grant: 'code', code, redirectUrl, verifier } as const
  const answer = await requestToken(endpointOf(settings, secrets, network), request, {
    purpose: purposeOf(settings),
    claims,
    signal,
  })
  return acceptAnswer(pending, answer, issuer)
}

/**
 * Looks at who signed in. A device code knows neither nonce nor issuer beforehand.
 * @throws Problem where the answer is not meant for this sign-in, or would not last.
 */
export function acceptAnswer(
  plan: SignInPlan & Partial<Pick<PendingSignIn, 'nonce'>>,
  answer: TokenAnswer,
  issuer?: string,
): FinishedSignIn {
  const { settings, nonce } = plan
  const { refreshToken, idToken } = answer
  if (refreshToken === undefined) throw new Problem('refreshTokenMissing', { field: 'scope' })
  // A service that knows no OpenID Connect says nothing about who signed in.
  const account =
    idToken === undefined ? nobody : readIdToken(idToken, { settings, nonce, issuer, now: Date.now() })
  return { signIn: { refreshToken, account }, answer }
}

/** Whether another person has signed in than the one whose sign-in is kept. */
export function isOtherAccount(known: Account | undefined, now: Account): boolean {
  return known !== undefined && known.id !== '' && known.id !== now.id
}

const nobody: Account = { displayName: '', username: '', tenant: '', id: '' }

/** Entra would take whoever is signed in to the browser; a person should see which account it is. */
function prompt({ authorizeUrl: url }: ConnectionSettings): Record<string, string> {
  return isEntraHost(new URL(url).host) ? { prompt: 'select_account' } : {}
}

/** 256 bits. */
function random(): string {
  return randomBytes(32).toString('base64url')
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
