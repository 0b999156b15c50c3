import type { Request, Response } from 'express'
import type { NodeAPI } from 'node-red'
import { chosenConnections, type ChosenConnection } from '../graph-connection/chosen-connection'
import { searchKeys } from '../lib/odata/key-search'
import type { KeyPage } from '../lib/odata/key-page'
import type { ResourceDetails } from '../lib/odata/metadata/details'
import type { MetadataCache } from '../lib/odata/metadata/metadata-cache'
import { emptyModel } from '../lib/odata/metadata/model'
import { resolvePath } from '../lib/odata/metadata/resolve-path'
import type { ServiceMetadata } from '../lib/odata/metadata/service-metadata'
import { Problem } from '../lib/problem'
import { isRecord, textAt } from '../lib/records'
import type { Texts } from '../shared/explain-problem.js'
import { guard, parameter, report, textsFor } from '../shared/http-guard'
import { whileAwaited } from '../shared/while-awaited'
import type { MetadataOverview } from './admin-api'

/** What the service has, and the keys of its items. */
export function registerMetadataRoutes(RED: NodeAPI, cache: MetadataCache): void {
  RED.events.on('flows:started', () => {
    const configured = new Set<string>()
    RED.nodes.eachNode((node) => void configured.add(node.id))
    cache.keep((connection) => configured.has(connection))
  })
  const routes = new MetadataRoutes(cache)
  const base = '/graph-odata/:connection'
  const parts = [
    ['metadata', async (question: Question) => routes.overview(question)],
    ['metadata/resource', async (question: Question) => routes.resource(question)],
  ] as const
  const [read, write] = [guard(RED, 'graph-odata.read'), guard(RED, 'graph-odata.write')]
  for (const [part, answer] of parts) {
    RED.httpAdmin.get(
      `${base}/${part}`,
      // Without a draft: only the address that was deployed is asked.
      read(async (req) =>
        answer({ connection: parameter(req, 'connection'), given: req.query, texts: textsFor(RED, req) }),
      ),
    )
    RED.httpAdmin.post(
      `${base}/${part}`,
      write(async (req) => answer(questionOf(RED, req))),
    )
  }
  RED.httpAdmin.post(
    `${base}/keys`,
    write(async (req, res) => routes.keys(questionOf(RED, req), res)),
  )
}

interface Question {
  readonly connection: string
  readonly given: unknown
  readonly draft?: unknown
  readonly texts: Texts
}

function questionOf(RED: NodeAPI, req: Request): Question {
  const given: unknown = req.body
  const draft = isRecord(given) ? given['draft'] : undefined
  return { connection: parameter(req, 'connection'), given, draft, texts: textsFor(RED, req) }
}

class MetadataRoutes {
  readonly #cache: MetadataCache

  constructor(cache: MetadataCache) {
    this.#cache = cache
  }

  async overview(question: Question): Promise<MetadataOverview> {
    const refresh = isRecord(question.given) && String(question.given['refresh']) === 'true'
    return this.#use(question, async (chosen) => {
      const { source, resources, problem } = await this.#metadata(question, chosen, refresh)
      return {
        source,
        ...(problem === undefined ? {} : { problem: report(question.texts, problem) }),
        resources,
      }
    })
  }

  async resource(question: Question): Promise<ResourceDetails> {
    const path = required(question, 'path')
    return this.#use(question, async (chosen) => {
      const { model } = await this.#metadata(question, chosen)
      return resolvePath(model ?? emptyModel(), path)
    })
  }

  async keys(question: Question, res: Response): Promise<KeyPage> {
    const path = required(question, 'path')
    return this.#use(question, async (chosen) => {
      const { model } = await this.#metadata(question, chosen)
      const asked = {
        path,
        text: textAt(question.given, 'text') ?? '',
        next: textAt(question.given, 'next'),
        itemConvention: chosen.settings.itemConvention,
        resource: model === undefined ? undefined : resolvePath(model, path),
      }
      return whileAwaited(res, chosen.settings, async (signal) => searchKeys(chosen.client, asked, signal))
    })
  }

  async #use<T>({ connection, draft }: Question, work: (chosen: ChosenConnection) => Promise<T>): Promise<T> {
    return chosenConnections().use(connection, draft, work)
  }

  async #metadata(
    { connection }: Question,
    chosen: ChosenConnection,
    refresh = false,
  ): Promise<ServiceMetadata> {
    const { serviceUrl } = chosen.settings
    return this.#cache.get({ connection, serviceUrl, client: chosen.client }, refresh)
  }
}

function required({ given }: Question, name: string): string {
  const text = textAt(given, name)
  if (text === undefined) throw new Problem('requestMalformed', { field: name })
  return text
}
