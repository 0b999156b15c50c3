import type { CookieOptions, Request, Response } from 'express'
import type { NodeAPI } from 'node-red'
import { AdminConsents, adminConsentUrl, type ConsentState } from '../lib/oauth2/admin-consent'
import { authorizeProblem } from '../lib/oauth2/oauth2-problem'
import type { SignInPlan } from '../lib/oauth2/sign-in'
import { SIGN_IN_LIFE, type SignIns, type SignInState } from '../lib/oauth2/sign-ins'
import { Problem } from '../lib/problem'
import { isRecord, textAt } from '../lib/records'
import { explain } from '../shared/explain'
import { CATALOGUE, type Texts } from '../shared/explain-problem.js'
import { guard, NotFound, parameter, report, textsFor } from '../shared/http-guard'
import type { AdminConsentStarted, DeviceSignInStarted, SignInProgress, SignInStarted } from './admin-api'
import { sendCallbackPage, type CallbackPage } from './callback-page'
import type { LiveConnections } from './live-connections'
import { readDraft, type Draft } from './read-draft'
import { redirectUrlOf, type RedirectTarget } from './redirect-url'
import { summary } from './token-state'

export interface SignInRuntime {
  readonly live: LiveConnections
  readonly signIns: SignIns
}

/** Registered once: connections come and go, the addresses stay. */
export function registerSignInRoutes(RED: NodeAPI, runtime: SignInRuntime): void {
  const routes = new SignInRoutes(RED, runtime)
  if (RED.settings.httpAdminRoot === false) {
    // Without an admin API nobody can begin a sign-in here, but the registered address still answers.
    RED.httpNode.get('/graph-connection/callback', (req, res) => void routes.callback(req, res))
    return
  }
  const admin = RED.httpAdmin
  const guarded = guard(RED, 'graph-connection.write')
  const base = '/graph-connection/:id'
  // A page that the sign-in service sends the browser to cannot carry Node-RED's token: state and cookie guard it.
  admin.get('/graph-connection/callback', (req, res) => void routes.callback(req, res))
  admin.post(
    `${base}/sign-in`,
    guarded(async (req, res) => routes.begin(req, res)),
  )
  admin.post(
    `${base}/device-sign-in`,
    guarded(async (req) => routes.beginDevice(req)),
  )
  admin.post(
    `${base}/admin-consent`,
    guarded(async (req) => routes.beginConsent(req)),
  )
  admin.get(
    `${base}/sign-in/:attempt`,
    guarded(async (req) => routes.progress(req)),
  )
  admin.post(
    `${base}/sign-in/:attempt`,
    guarded(async (req) => routes.goOn(req)),
  )
  admin.delete(
    `${base}/sign-in/:attempt`,
    guarded(async (req) => routes.cancel(req)),
  )
}

class SignInRoutes {
  readonly #red: NodeAPI
  readonly #runtime: SignInRuntime
  readonly #consents = new AdminConsents()

  constructor(RED: NodeAPI, runtime: SignInRuntime) {
    this.#red = RED
    this.#runtime = runtime
  }

  async begin(req: Request, res: Response): Promise<SignInStarted> {
    const draft = this.#draft(req, 'authorization_code')
    const { redirectUrl, returnsHere } = redirectTarget(req, draft)
    const plan = { ...this.#plan(draft), redirectUrl, returnsHere }
    const { attempt, cookie, authorizeUrl } = this.#runtime.signIns.begin(plan)
    res.cookie(cookieName(attempt), cookie, cookieOptions(editorUrlOf(req).startsWith('https:')))
    return { attempt, authorizeUrl, returnsHere }
  }

  async beginDevice(req: Request): Promise<DeviceSignInStarted> {
    const draft = this.#draft(req, 'device_code')
    const { attempt, code } = await this.#runtime.signIns.beginDevice(this.#plan(draft))
    const { userCode, verificationUrl, message, expiresAt } = code
    return {
      attempt,
      userCode,
      verificationUrl,
      ...(message === undefined ? {} : { message }),
      timeLeft: expiresAt - Date.now(),
    }
  }

  /** The page is for an administrator, in any browser: nothing is stored, and the outcome is only shown. */
  async beginConsent(req: Request): Promise<AdminConsentStarted> {
    const draft = this.#draft(req)
    const { redirectUrl, returnsHere } = redirectTarget(req, draft)
    // Made before it is remembered: it may be refused.
    adminConsentUrl(draft.settings, redirectUrl, '')
    const { attempt, state } = this.#consents.begin(draft.connection, draft.settings.state)
    return { attempt, url: adminConsentUrl(draft.settings, redirectUrl, state), returnsHere }
  }

  async progress(req: Request): Promise<SignInProgress> {
    const [connection, attempt] = [parameter(req, 'id'), parameter(req, 'attempt')]
    const consent = this.#consents.state(connection, attempt)
    if (consent !== undefined) return consentProgress(consent, this.#texts(req))
    const state = this.#runtime.signIns.state(connection, attempt)
    if (state === undefined) throw new NotFound('signInUnknown')
    return progressOf(state, this.#texts(req))
  }

  async cancel(req: Request): Promise<undefined> {
    const [connection, attempt] = [parameter(req, 'id'), parameter(req, 'attempt')]
    const known = this.#runtime.signIns.cancel(connection, attempt)
    if (!known && !this.#consents.cancel(connection, attempt)) throw new NotFound('signInUnknown')
  }

  /** The person confirms another account, or pastes what the browser could not bring back. */
  async goOn(req: Request): Promise<SignInProgress> {
    const [connection, attempt] = [parameter(req, 'id'), parameter(req, 'attempt')]
    const { signIns } = this.#runtime
    const pasted = textAt(req.body, 'pasted')
    if (pasted !== undefined) {
      const cookie = cookieOf(req, cookieName(attempt))
      return progressOf(await signIns.paste(connection, attempt, cookie, pasted), this.#texts(req))
    }
    if (isRecord(req.body) && req.body['acceptAccount'] === true) {
      return progressOf(await signIns.accept(connection, attempt), this.#texts(req))
    }
    throw new Problem('requestMalformed', { field: 'pasted' })
  }

  async callback(req: Request, res: Response): Promise<void> {
    sendCallbackPage(this.#texts(req), res, await this.#answer(req, res))
  }

  async #answer(req: Request, res: Response): Promise<CallbackPage> {
    const query = (name: string): string | undefined => textAt(req.query, name)
    const texts = this.#texts(req)
    const state = query('state') ?? ''
    const consent = consentOutcome(query)
    if (consent !== undefined && this.#consents.answer(state, consent)) return consentPage(consent, texts)
    const found = this.#runtime.signIns.find(state)
    if (found === undefined) return pageOf({ kind: 'failed', problem: new Problem('signInUnknown') }, texts)
    if (!found.returnsHere) return codePage(req, texts)
    const name = cookieName(found.attempt)
    const outcome = await this.#runtime.signIns.answer(state, cookieOf(req, name), {
      code: query('code'),
      error: query('error'),
      errorDescription: query('error_description'),
      issuer: query('iss'),
    })
    res.clearCookie(name, { path: '/' })
    return pageOf(outcome, texts)
  }

  #draft(req: Request, grantType?: string): Draft {
    const id = parameter(req, 'id')
    const purpose = grantType === undefined ? 'look' : 'use'
    const draft = readDraft(this.#red, id, req.body, this.#runtime.live.find(id), purpose)
    if (grantType !== undefined && draft.settings.grantType !== grantType) {
      throw new Problem('grantWithoutSignIn', { field: 'grantType' })
    }
    return draft
  }

  /** What the service has demanded of the deployed connection's token, this sign-in has to bring. */
  #plan(draft: Draft): SignInPlan {
    const { connection, settings, secrets, network } = draft
    const claims = this.#runtime.live.find(connection)?.tokens?.claims
    return { connection, settings, secrets, network, ...(claims === undefined ? {} : { claims }) }
  }

  #texts(req: Request): Texts {
    return textsFor(this.#red, req)
  }
}

/** The browser that began has its cookie for another origin: nothing is redeemed here. */
function codePage(req: Request, texts: Texts): CallbackPage {
  const code = req.originalUrl.slice(req.originalUrl.indexOf('?') + 1)
  return { kind: 'paste', text: textIn(texts, 'callback.pasteText'), code }
}

function pageOf(state: SignInState, texts: Texts): CallbackPage {
  switch (state.kind) {
    case 'done': {
      const name = state.account.displayName || state.account.username
      const text =
        name === '' ? textIn(texts, 'callback.doneText') : textIn(texts, 'callback.doneAs', { name })
      return { kind: 'done', text }
    }
    case 'otherAccount':
      return { kind: 'confirm', text: textIn(texts, 'callback.confirmText', names(state)) }
    case 'failed':
      return { kind: 'failed', text: explain(texts, state.problem) }
    case 'pending':
      return { kind: 'failed', text: '' }
  }
}

function progressOf(state: SignInState, texts: Texts): SignInProgress {
  switch (state.kind) {
    case 'pending':
      return { progress: 'pending' }
    case 'done':
      return { progress: 'done', account: summary(state.account) }
    case 'failed':
      return { progress: 'failed', error: report(texts, state.problem) }
    case 'otherAccount': {
      const problem = new Problem('otherAccount', names(state))
      return { progress: 'failed', account: summary(state.account), error: report(texts, problem) }
    }
  }
}

function consentPage(outcome: ConsentState, texts: Texts): CallbackPage {
  return outcome.kind === 'failed'
    ? { kind: 'consentFailed', text: explain(texts, outcome.problem) }
    : { kind: 'consented', text: textIn(texts, 'callback.consentedText') }
}

function consentProgress(outcome: ConsentState, texts: Texts): SignInProgress {
  if (outcome.kind === 'failed') return { progress: 'failed', error: report(texts, outcome.problem) }
  return { progress: outcome.kind === 'granted' ? 'done' : 'pending' }
}

function textIn(texts: Texts, key: string, values: Record<string, string> = {}): string {
  return texts._(`${CATALOGUE}:${key}`, values)
}

function names(state: Extract<SignInState, { kind: 'otherAccount' }>): { name: string; before: string } {
  const { account, before } = state
  return { name: account.username || account.displayName, before: before.username || before.displayName }
}

function editorUrlOf(req: Request): string {
  return textAt(req.body, 'editorUrl') ?? ''
}

function redirectTarget(req: Request, { settings }: Draft): RedirectTarget {
  return redirectUrlOf(settings, editorUrlOf(req), req.headers.origin)
}

/** Entra marks the answer of its consent page, also an error, with `admin_consent` ("Admin consent"). */
function consentOutcome(query: (name: string) => string | undefined): ConsentState | undefined {
  if (query('admin_consent') === undefined) return undefined
  const error = query('error')
  if (error === undefined) return { kind: 'granted' }
  return { kind: 'failed', problem: authorizeProblem(error, query('error_description') ?? '') }
}

/** One for each attempt, so that two windows do not take each other's. */
function cookieName(attempt: string): string {
  return `graph-connection-${attempt}`
}

/** Lax: it has to come along when the sign-in service sends the browser back (RFC 6265bis, 5.5.3). */
function cookieOptions(secure: boolean): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', secure, path: '/', maxAge: SIGN_IN_LIFE }
}

function cookieOf(req: Request, name: string): string | undefined {
  const pairs = (req.headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}
