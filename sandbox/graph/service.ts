import { createHash } from 'node:crypto'
import { json, text, type Answer } from './answer'
import type { Caller } from './authentication'
import { authorize } from './authorization'
import type { Call } from './call'
import { readDelta } from './delta'
import { largestContent } from './content-writes'
import { GraphError } from './errors'
import type { Model } from './model'
import { parsePath, type ResourcePath } from './path'
import { readPreferences } from './preferences'
import { parseQuery } from './query-options'
import { read, type ReadSetting } from './reader'
import { useOf, type Use } from './use'
import { workloadOf } from './workloads'
import { isContent, write } from './writer'

/** Who is calling; undefined where no token is asked for. */
export type Authenticate = (authorization: string | undefined) => Promise<Caller | undefined>

/** One OData service: a model, its data and who may read it, below one address. */
export class Service {
  readonly #etag: string

  constructor(
    /** Absolute address with version and without a trailing slash. */
    readonly base: string,
    readonly authenticate: Authenticate,
    readonly setting: () => ReadSetting,
    readonly model: Model,
    /** Whether it takes batches in JSON. */
    readonly batches: boolean,
  ) {
    this.#etag = `W/"${createHash('sha256').update(model.csdl).digest('base64url').slice(0, 24)}"`
  }

  async answer(call: Call): Promise<Answer> {
    const { rest } = call
    // Metadata is public, in Graph as in most services.
    if (rest === '$metadata') return this.#metadata(call)
    const caller = await this.authenticate(call.header('authorization'))
    this.#checkMethod(call.method, rest)
    if (rest === '') return this.#document(annotated(call))
    const path = parsePath(this.model, rest, call.method)
    const { control, data } = this.setting()
    return control.admit(useOf(path, caller, data), async () => {
      await call.latency()
      return this.#serve(call, path, caller)
    })
  }

  /** Whose limits a call counts against; undefined if it leads nowhere. */
  useOf({ rest, method }: Call, caller: Caller | undefined): Use | undefined {
    try {
      return useOf(parsePath(this.model, rest, method), caller, this.setting().data)
    } catch {
      return undefined
    }
  }

  async #serve(call: Call, path: ResourcePath, caller: Caller | undefined): Promise<Answer> {
    const { rest, query } = call
    if (caller !== undefined) authorize(path, caller, call.method)
    const last = path.steps.at(-1)
    const request = {
      path,
      options: parseQuery(query, workloadOf(path.type).name === 'files'),
      address: `${this.base}/${rest}`,
      rawQuery: query,
      base: this.base,
      userId: caller?.userId,
      eventual: call.header('consistencylevel')?.toLowerCase() === 'eventual',
      metadata: annotated(call),
      ifNoneMatch: call.header('if-none-match'),
      preferences: readPreferences(call.header('prefer')),
    }
    if (call.method !== 'GET') {
      const header = (name: string): string | undefined => call.header(name)
      const body = await call.body(isContent(path) ? largestContent : undefined)
      return write({ ...request, method: call.method, header, body }, this.setting())
    }
    const answer = last?.kind === 'function' && last.overload.name === 'delta' ? readDelta : read
    return answer(request, this.setting())
  }

  #checkMethod(method: string, rest: string): void {
    if (method === 'GET') return
    if (['POST', 'PATCH', 'PUT', 'DELETE'].includes(method) && rest !== '' && !rest.endsWith('$count')) return
    throw new GraphError(
      405,
      'Request_BadRequest',
      'Specified HTTP method is not allowed for the request target.',
      { Allow: 'GET' },
    )
  }

  #metadata(call: Call): Answer {
    const headers = { 'Content-Type': 'application/xml', ETag: this.#etag, 'odata-version': '4.0' }
    if (call.header('if-none-match') === this.#etag) return { status: 304, headers, body: '' }
    return { ...text(this.model.csdl), headers }
  }

  #document(metadata: boolean): Answer {
    const value = [...this.model.container].map(([name, { collection }]) => ({
      name,
      kind: collection ? 'EntitySet' : 'Singleton',
      url: name,
    }))
    return json({ ...(metadata && { '@odata.context': `${this.base}/$metadata` }), value }, metadata)
  }
}

/** Whether the caller takes control information (`@odata.context` and the like). */
function annotated(call: Call): boolean {
  return !/odata\.metadata=none/.test(call.header('accept') ?? '')
}
