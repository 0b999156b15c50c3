import type { CookieOptions, Request, Response } from 'express'
import type { NodeAPI } from 'node-red'
import { checkSecrets } from '../lib/check-settings'
import { SIGN_IN_LIFE, type SignIns, type SignInState } from '../lib/oauth2/sign-ins'
import type { TokenStore } from '../lib/oauth2/token-store'
import { Problem } from '../lib/problem'
import { isRecord, textAt } from '../lib/records'
import { readSettings, type Lookup } from '../lib/read-settings'
import { explain } from '../shared/explain'
import type { AccountSummary, SignInProgress, SignInStarted, TokenState } from './admin-api'
import { sendCallbackPage, type CallbackPage } from './callback-page'
import type { Connection } from './connection'
import { guarded, NotFound, report } from './http-guard'
import type { LiveConnections } from './live-connections'
import { draftSecrets, draftSettings } from './read-draft'
import { redirectUrlOf } from './redirect-url'
import { tokenState } from './token-state'

export interface SignInRuntime {
  readonly store: TokenStore
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
  const base = '/graph-connection/:id'
  // A page that the sign-in service sends the browser to cannot carry Node-RED's token: state and cookie guard it.
  admin.get('/graph-connection/callback', (req, res) => void routes.callback(req, res))
  admin.post(
    `${base}/sign-in`,
    guarded(RED, async (req, res) => routes.begin(req, res)),
  )
  admin.get(
    `${base}/sign-in/:attempt`,
    guarded(RED, async (req) => routes.progress(req)),
  )
  admin.post(
    `${base}/sign-in/:attempt`,
    guarded(RED, async (req) => routes.goOn(req)),
  )
  admin.delete(
    `${base}/sign-in`,
    guarded(RED, async (req) => routes.signOut(req)),
  )
  admin.get(
    `${base}/token-state`,
    guarded(RED, async (req) => routes.tokenState(req)),
  )
}

class SignInRoutes {
  readonly #red: NodeAPI
  readonly #runtime: SignInRuntime

  constructor(RED: NodeAPI, runtime: SignInRuntime) {
    this.#red = RED
    this.#runtime = runtime
  }

  async begin(req: Request, res: Response): Promise<SignInStarted> {
    const connection = parameter(req, 'id')
    const deployed = this.#runtime.live.find(connection)
    const settings = readSettings(draftSettings(req.body), this.#lookup(connection))
    if (settings.grantType !== 'authorization_code')
      throw new Problem('grantWithoutSignIn', { field: 'grantType' })
    const secrets = draftSecrets(req.body, settings, deployed)
    checkSecrets(settings, secrets)
    const editorUrl = textAt(req.body, 'editorUrl') ?? ''
    const { redirectUrl, returnsHere } = redirectUrlOf(settings, editorUrl, req.headers.origin)
    const plan = { connection, settings, secrets, redirectUrl, returnsHere }
    const { attempt, cookie, authorizeUrl } = this.#runtime.signIns.begin(plan)
    res.cookie(cookieName(attempt), cookie, cookieOptions(editorUrl.startsWith('https:')))
    return { attempt, authorizeUrl, redirectUrl, returnsHere }
  }

  async progress(req: Request): Promise<SignInProgress> {
    const state = this.#runtime.signIns.state(parameter(req, 'id'), parameter(req, 'attempt'))
    if (state === undefined) throw new NotFound('signInUnknown')
    return this.#progress(state)
  }

  /** The person confirms another account, or pastes what the browser could not bring back. */
  async goOn(req: Request): Promise<SignInProgress> {
    const [connection, attempt] = [parameter(req, 'id'), parameter(req, 'attempt')]
    const { signIns } = this.#runtime
    const pasted = textAt(req.body, 'pasted')
    if (pasted !== undefined) {
      const cookie = cookieOf(req, cookieName(attempt))
      return this.#progress(await signIns.paste(connection, attempt, cookie, pasted))
    }
    if (isRecord(req.body) && req.body['acceptAccount'] === true) {
      return this.#progress(await signIns.accept(connection, attempt))
    }
    throw new Problem('requestMalformed', { field: 'pasted' })
  }

  async signOut(req: Request): Promise<TokenState> {
    const id = parameter(req, 'id')
    await this.#runtime.store.remove(id)
    this.#runtime.live.signedOut(id, new Problem('signInRequired'))
    return this.tokenState(req)
  }

  async tokenState(req: Request): Promise<TokenState> {
    const connection: Connection | undefined = this.#runtime.live.find(parameter(req, 'id'))
    if (connection === undefined) return { state: 'notDeployed' }
    return tokenState(connection, this.#runtime.store, (problem) => report(this.#red, problem))
  }

  async callback(req: Request, res: Response): Promise<void> {
    sendCallbackPage(this.#red, res, await this.#answer(req, res))
  }

  async #answer(req: Request, res: Response): Promise<CallbackPage> {
    const query = (name: string): string | undefined => textAt(req.query, name)
    const state = query('state') ?? ''
    const found = this.#runtime.signIns.find(state)
    if (found === undefined) return this.#page({ kind: 'failed', problem: new Problem('signInUnknown') })
    if (!found.returnsHere) return this.#codePage(req)
    const name = cookieName(found.attempt)
    const outcome = await this.#runtime.signIns.answer(state, cookieOf(req, name), {
      code: query('code'),
      error: query('error'),
      errorDescription: query('error_description'),
      issuer: query('iss'),
    })
    res.clearCookie(name, { path: '/' })
    return this.#page(outcome)
  }

  /** The browser that began has its cookie for another origin: nothing is redeemed here. */
  #codePage(req: Request): CallbackPage {
    const code = req.originalUrl.slice(req.originalUrl.indexOf('?') + 1)
    return { kind: 'paste', text: this.#text('callback.pasteText'), code }
  }

  #page(state: SignInState): CallbackPage {
    switch (state.kind) {
      case 'done': {
        const name = state.account.displayName || state.account.username
        const text = name === '' ? this.#text('callback.doneText') : this.#text('callback.doneAs', { name })
        return { kind: 'done', text }
      }
      case 'otherAccount':
        return { kind: 'confirm', text: this.#text('callback.confirmText', names(state)) }
      case 'failed':
        return { kind: 'failed', text: explain(this.#red, state.problem) }
      case 'pending':
        return { kind: 'failed', text: '' }
    }
  }

  #progress(state: SignInState): SignInProgress {
    switch (state.kind) {
      case 'pending':
        return { progress: 'pending' }
      case 'done':
        return { progress: 'done', account: summary(state.account) }
      case 'failed':
        return { progress: 'failed', error: report(this.#red, state.problem) }
      case 'otherAccount': {
        const problem = new Problem('otherAccount', names(state))
        return { progress: 'failed', account: summary(state.account), error: report(this.#red, problem) }
      }
    }
  }

  /** As the deployed node would see it; before the first deploy there is only the process's environment. */
  #lookup(id: string): Lookup {
    const node = this.#red.nodes.getNode(id)
    return (name) => (node === null ? process.env[name] : this.#red.util.getSetting(node, name))
  }

  #text(key: string, values: Record<string, string> = {}): string {
    return this.#red._(`node-red-contrib-graph-odata/graph-connection:${key}`, values)
  }
}

/** Without the directory's id: the dialog has no use for it. */
function summary({ displayName, username, tenant }: AccountSummary): AccountSummary {
  return { displayName, username, tenant }
}

function names(state: Extract<SignInState, { kind: 'otherAccount' }>): { name: string; before: string } {
  const { account, before } = state
  return { name: account.username || account.displayName, before: before.username || before.displayName }
}

function parameter(req: Request, name: string): string {
  return textAt(req.params, name) ?? ''
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
