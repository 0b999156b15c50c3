import type { Request } from 'express'
import type { NodeAPI } from 'node-red'
import { bindingOf } from '../lib/oauth2/grant-context'
import { revoke } from '../lib/oauth2/revoke'
import type { SignInStore } from '../lib/oauth2/sign-in-store'
import { MemoryTokenStore, type Binding, type TokenStore } from '../lib/oauth2/token-store'
import { Problem } from '../lib/problem'
import { isRecord } from '../lib/records'
import type { TestOutcome, TokenState } from './admin-api'
import { Connection } from './connection'
import { guarded, NotFound, parameter, report } from './http-guard'
import { isSameToken, type LiveConnections } from './live-connections'
import { isSamePlace, readDraft, type Draft } from './read-draft'
import { testConnection } from './test-connection'
import { draftState, tokenState } from './token-state'

export interface StateRuntime {
  readonly store: SignInStore
  readonly live: LiveConnections
  readonly trace: (line: string) => void
}

/** How things stand, whether it works, and the end of a sign-in. */
export function registerStateRoutes(RED: NodeAPI, runtime: StateRuntime): void {
  if (RED.settings.httpAdminRoot === false) return
  const routes = new StateRoutes(RED, runtime)
  const base = '/graph-connection/:id'
  RED.httpAdmin.get(
    `${base}/token-state`,
    guarded(RED, async (req) => routes.tokenState(req)),
  )
  RED.httpAdmin.post(
    `${base}/token-state`,
    guarded(RED, async (req) => routes.draftState(req)),
  )
  RED.httpAdmin.delete(
    `${base}/sign-in`,
    guarded(RED, async (req) => routes.signOut(req)),
  )
  RED.httpAdmin.post(
    `${base}/test`,
    guarded(RED, async (req) => routes.test(req)),
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
    return tokenState(connection, this.#runtime.store, (problem) => report(this.#red, problem))
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

  async test(req: Request): Promise<TestOutcome> {
    const deployed = this.#deployed(req)
    const told = (problem: Problem) => report(this.#red, problem)
    if (!isRecord(req.body) || req.body['settings'] === undefined) {
      if (deployed === undefined) throw new NotFound('connectionMissing', { field: 'connection' })
      return testConnection(deployed, told)
    }
    const draft = readDraft(this.#red, parameter(req, 'id'), req.body, deployed)
    if (deployed !== undefined && isAsDeployed(draft, deployed)) return testConnection(deployed, told)
    const connection = this.#temporary(draft, deployed)
    try {
      return await testConnection(connection, told)
    } finally {
      connection.close()
    }
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

  /** As it would be if it were deployed, but with its own place for a renewed token where it is another's sign-in. */
  #temporary(
    { connection, raw, settings, secrets, network, lookup }: Draft,
    deployed?: Connection,
  ): Connection {
    const { store, live, trace } = this.#runtime
    const same = deployed?.settings !== undefined && isSamePlace(settings, deployed.settings)
    const storeFor = (binding: Binding): TokenStore => {
      if (!live.owns(binding)) return store.drafts
      // The binding does not know the service: a token of the deployed sign-in must not go to another one.
      return same ? store.deployed : new MemoryTokenStore()
    }
    const warn = (problem: Problem): void => trace(problem.code)
    return new Connection({
      id: connection,
      raw,
      secrets,
      lookup,
      networkOf: () => network,
      storeFor,
      warn,
      trace,
    })
  }

  #deployed(req: Request): Connection | undefined {
    return this.#runtime.live.find(parameter(req, 'id'))
  }
}

function isAsDeployed(draft: Draft, deployed: Connection): boolean {
  return !draft.typed && isSameToken(draft.settings, deployed.settings)
}
