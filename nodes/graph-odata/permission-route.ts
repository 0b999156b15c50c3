import type { Request } from 'express'
import type { NodeAPI } from 'node-red'
import { chosenConnections, type ChosenConnection } from '../graph-connection/chosen-connection'
import { plainNetwork } from '../lib/http/network'
import { actsForUser } from '../lib/oauth2/grant-scopes'
import { permissionsOf } from '../lib/oauth2/token-permissions'
import type { MetadataCache } from '../lib/odata/metadata/metadata-cache'
import {
  requestTemplate,
  type FoundPermissions,
  type KnownPermissions,
  type RequestTemplate,
} from '../lib/odata/permissions/known-permissions'
import { askPermissionService, PERMISSION_SERVICE } from '../lib/odata/permissions/permission-service'
import type { Permission } from '../lib/odata/permissions/permissions'
import { Problem } from '../lib/problem'
import { isRecord } from '../lib/records'
import { asProblem } from '../shared/explain'
import { guard, parameter, report, textsFor } from '../shared/http-guard'
import type { Texts } from '../shared/explain-problem.js'
import { whileAwaited } from '../shared/while-awaited'
import type { PermissionReport, PermissionRow, ProblemReport, TokenPermissions } from './admin-api'
import { readNodeDraft, withoutValues } from './node-draft'
import { methodOf, operationOf } from './operation'
import { readRequest } from './read-request'

/** What the node's dialog knows besides the request: shared with the errors of the running nodes. */
export interface PermissionRuntime {
  readonly known: KnownPermissions
  readonly metadata: MetadataCache
}

/** Which permissions open the request of a dialog, set against the token. */
export function registerPermissionRoute(RED: NodeAPI, runtime: PermissionRuntime): void {
  const guarded = guard(RED, 'graph-odata.write')
  RED.httpAdmin.post(
    '/graph-odata/:connection/permissions',
    guarded(async (req, res) => {
      const draft: unknown = isRecord(req.body) ? req.body['draft'] : undefined
      const connection = parameter(req, 'connection')
      return chosenConnections().use(connection, draft, async (chosen) =>
        whileAwaited(res, chosen.settings, async (signal) =>
          new PermissionExamination(RED, runtime, chosen, textsFor(RED, req), signal).examine(
            connection,
            req,
          ),
        ),
      )
    }),
  )
}

class PermissionExamination {
  readonly #red: NodeAPI
  readonly #runtime: PermissionRuntime
  readonly #chosen: ChosenConnection
  readonly #texts: Texts
  readonly #signal: AbortSignal

  constructor(
    RED: NodeAPI,
    runtime: PermissionRuntime,
    chosen: ChosenConnection,
    texts: Texts,
    signal: AbortSignal,
  ) {
    this.#red = RED
    this.#runtime = runtime
    this.#chosen = chosen
    this.#texts = texts
    this.#signal = signal
  }

  async examine(connection: string, { body }: Request): Promise<PermissionReport> {
    const request = await this.#template(connection, body)
    const token = await this.#token()
    const asks = isRecord(body) && body['askService'] === true
    const serviceProblem = asks ? await this.#learn(request) : undefined
    const found = this.#runtime.known.find(request)
    return {
      method: request.method,
      template: request.path,
      source: found?.source ?? 'none',
      ...(serviceProblem === undefined ? {} : { serviceProblem }),
      ...rowsOf(found, token),
      token,
    }
  }

  /** @throws Problem for what is no request to Graph. */
  async #template(connection: string, body: unknown): Promise<RequestTemplate> {
    const { client, settings } = this.#chosen
    const { config, message, fields } = readNodeDraft(this.#red, body)
    const read = await readRequest(config, settings.itemConvention, message, withoutValues(fields))
    const operation = operationOf(config, message)
    const asked = operation === 'changes' ? { ...read, delta: config.start } : read
    const { serviceUrl } = settings
    const { model } = this.#runtime.metadata.known(connection, serviceUrl) ?? {}
    const method = methodOf(operation, config)
    const template = requestTemplate(method, client.plan(asked).url, serviceUrl, model)
    if (template === undefined) throw new Problem('permissionsUnknown', { field: 'connection' })
    return template
  }

  /** As much as the token tells; none is fetched where nobody has signed in. */
  async #token(): Promise<TokenPermissions> {
    const { connection, settings } = this.#chosen
    const { tokens } = connection
    if (tokens === undefined) return { kind: 'none', permissions: [] }
    try {
      await tokens.get(this.#signal)
    } catch (error) {
      this.#signal.throwIfAborted()
      return { kind: 'none', permissions: [], problem: report(this.#texts, asProblem(error)) }
    }
    const { held } = tokens
    const permissions = held === undefined ? undefined : permissionsOf(held)
    const kind = actsForUser(settings.grantType) ? 'delegated' : 'application'
    return permissions === undefined
      ? { kind: 'unknown', permissions: [] }
      : { kind, permissions: permissions.map(withoutResource) }
  }

  async #learn(request: RequestTemplate): Promise<ProblemReport | undefined> {
    const { network = plainNetwork } = this.#chosen.connection
    try {
      const trace = (line: string): void => this.#red.log.trace(`[graph-odata] ${line}`)
      const address = serviceAddress(this.#red)
      const learned = await askPermissionService(request, { address, network, trace, signal: this.#signal })
      if (learned.delegated.length + learned.application.length > 0) {
        this.#runtime.known.learn(request, learned)
      }
      return undefined
    } catch (error) {
      this.#signal.throwIfAborted()
      return report(this.#texts, asProblem(error))
    }
  }
}

/** Another address by `graphOdataPermissionService` in settings.js: a mirror, where the internet is out of reach. */
function serviceAddress(RED: NodeAPI): string {
  const configured = (RED.settings as unknown as Record<string, unknown>)['graphOdataPermissionService']
  return typeof configured === 'string' && URL.canParse(configured) ? configured : PERMISSION_SERVICE
}

function rowsOf(
  found: FoundPermissions | undefined,
  token: TokenPermissions,
): Pick<PermissionReport, 'delegated' | 'application'> {
  const held = new Set(token.permissions.map((name) => name.toLowerCase()))
  const row =
    (kind: 'delegated' | 'application') =>
    (permission: Permission): PermissionRow => ({
      ...permission,
      ...(token.kind === 'unknown' || token.kind === 'none'
        ? {}
        : { held: token.kind === kind && held.has(permission.name.toLowerCase()) }),
    })
  return {
    delegated: (found?.permissions.delegated ?? []).map(row('delegated')),
    application: (found?.permissions.application ?? []).map(row('application')),
  }
}

/** A token answer's scopes may carry the resource: `https://graph.microsoft.com/Mail.Read`. */
function withoutResource(permission: string): string {
  return permission.slice(permission.lastIndexOf('/') + 1)
}
