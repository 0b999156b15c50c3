import type { Request, Response } from 'express'
import type { NodeAPI } from 'node-red'
import { bindingOf } from '../lib/oauth2/grant-context'
import { revoke } from '../lib/oauth2/revoke'
import type { SignInStore } from '../lib/oauth2/sign-in-store'
import { Problem } from '../lib/problem'
import { isRecord } from '../lib/records'
import { guard, parameter, report, textsFor } from '../shared/http-guard'
import { whileAwaited } from '../shared/while-awaited'
import type { TestOutcome, TokenState } from './admin-api'
import { isAsDeployed, type ChosenConnections } from './chosen-connection'
import type { Connection } from './connection'
import type { LiveConnections } from './live-connections'
import { readDraft } from './read-draft'
import { testConnection } from './test-connection'
import { draftState, tokenState } from './token-state'

export interface StateRuntime {
  readonly store: SignInStore
  readonly live: LiveConnections
  readonly chosen: ChosenConnections
}

/** How things stand, whether it works, and the end of a sign-in. */
export function registerStateRoutes(RED: NodeAPI, runtime: StateRuntime): void {
  if (RED.settings.httpAdminRoot === false) return
  const routes = new StateRoutes(RED, runtime)
  const base = '/graph-connection/:id'
  const guarded = guard(RED, 'graph-connection.write')
  RED.httpAdmin.get(
    `${base}/token-state`,
    guarded(async (req) => routes.tokenState(req)),
  )
  RED.httpAdmin.post(
    `${base}/token-state`,
    guarded(async (req) => routes.draftState(req)),
  )
  RED.httpAdmin.delete(
    `${base}/sign-in`,
    guarded(async (req) => routes.signOut(req)),
  )
  RED.httpAdmin.post(
    `${base}/test`,
    guarded(async (req, res) => routes.test(req, res)),
  )
}

class StateRoutes {
  readonly #red: NodeAPI
  readonly #runtime: StateRuntime

  constructor(RED: NodeAPI, runtime: StateRuntime) {
    this.#red = RED
    this.#runtime = runtime
  }

  async tokenState(req: Request): Promise<TokenState> {
    const connection = this.#deployed(req)
    if (connection === undefined) return { state: 'notDeployed' }
    return tokenState(connection, this.#runtime.store, (problem) => report(textsFor(this.#red, req), problem))
  }

  async draftState(req: Request): Promise<TokenState> {
    const deployed = this.#deployed(req)
    const draft = readDraft(this.#red, parameter(req, 'id'), req.body, deployed, 'look')
    if (deployed !== undefined && isAsDeployed(draft, deployed)) return this.tokenState(req)
    return draftState(draft, this.#runtime.store)
  }

  /** Forgets the sign-in in any case; a service that can be told is told. */
  async signOut(req: Request): Promise<TokenState> {
    const id = parameter(req, 'id')
    const { store, live } = this.#runtime
    const refreshToken = await this.#refreshToken(id)
    // First nothing more may be renewed: a token that came afterwards would be stored again.
    live.signedOut(id, new Problem('signInRequired'))
    await store.forget(id)
    const { settings, secrets, network } = live.find(id) ?? {}
    if (refreshToken !== undefined && settings !== undefined && secrets !== undefined) {
      await revoke({ settings, secrets, refreshToken, ...(network === undefined ? {} : { network }) })
    }
    return this.tokenState(req)
  }

  async test(req: Request, res: Response): Promise<TestOutcome> {
    const draft: unknown = isRecord(req.body) && req.body['settings'] !== undefined ? req.body : undefined
    return this.#runtime.chosen.use(parameter(req, 'id'), draft, async ({ connection }) => {
      const { settings, problem } = connection
      if (settings === undefined) throw problem ?? new Problem('connectionMissing', { field: 'connection' })
      return whileAwaited(res, settings, async (signal) =>
        testConnection(settings, connection, signal, (found) => report(textsFor(this.#red, req), found)),
      )
    })
  }

  /** A sign-in that cannot be read is forgotten all the same. */
  async #refreshToken(id: string): Promise<string | undefined> {
    const { settings } = this.#runtime.live.find(id) ?? {}
    if (settings === undefined) return undefined
    try {
      return (await this.#runtime.store.deployed.read(bindingOf(id, settings)))?.refreshToken
    } catch {
      return undefined
    }
  }

  #deployed(req: Request): Connection | undefined {
    return this.#runtime.live.find(parameter(req, 'id'))
  }
}
