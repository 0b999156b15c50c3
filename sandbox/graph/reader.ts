import { json, noContent, redirect, streamed, text, type Answer } from './answer'
import { checkQuery, choose, countRows, type Source } from './collection'
import { GraphError, noSegment, notFound } from './errors'
import type { GraphControl } from './control'
import { firstCursor, nextLink, pageSize, takePage } from './paging'
import type { ResourcePath } from './path'
import { storedId, type Preferences } from './preferences'
import type { QueryOptions } from './query-options'
import { textOf, type Row } from './rows'
import { shaper, type Shape, type ShapeSetting } from './shape'
import type { UploadSessions } from './upload-sessions'
import { walk, type Target } from './walk'
import { workloadOf } from './workloads'

/** One GET, as far as it is understood from its URL and headers. */
export interface ReadRequest {
  readonly path: ResourcePath
  readonly options: QueryOptions
  /** The absolute URL without its query, and the query as it came: what a nextLink is made of. */
  readonly address: string
  readonly rawQuery: string
  /** Absolute address of the service with its version. */
  readonly base: string
  readonly userId: string | undefined
  /** `ConsistencyLevel: eventual` was sent. */
  readonly eventual: boolean
  readonly metadata: boolean
  readonly ifNoneMatch?: string | undefined
  readonly preferences: Preferences
}

export interface ReadSetting extends Source {
  readonly annotate: ShapeSetting['annotate']
  /** Where the bytes of a drive item are served without a token. */
  readonly downloadUrl: (row: Row) => string
  /** The origin of what needs no token: downloads, uploads, monitors. */
  readonly storageOrigin: () => string
  readonly uploads: UploadSessions
  /** What a test wants of the pages. */
  readonly control: GraphControl
}

export function read(request: ReadRequest, setting: ReadSetting): Answer {
  const { path, options } = request
  const { target, tail } = walk(immutable(path), {
    model: setting.model,
    data: setting.data,
    userId: request.userId,
    parameters: options.parameters,
  })
  if (target.kind === 'rows') {
    checkQuery(path, options, request.eventual, tail === '$count')
    if (tail === '$count') return text(String(countRows(choose(target.rows, target.type, options, setting))))
    return readRows(target, tail === '$ref', request, setting)
  }
  if (target.kind === 'value') return readValue(target, tail, request, setting)
  if (tail === '$value') return readStream(target.row, target.type, setting)
  checkQuery(path, options, request.eventual, false)
  if (tail === '$ref') return readReference(target.row, request)
  return json(entityBody(target, request, setting), request.metadata, {
    ...etagHeader(target.row),
    ...applied(target.type, request),
  })
}

/** One row as a body: the answer of a read, and of a write. */
export function entityBody(
  target: { readonly row: Row; readonly type: string; readonly context: string },
  request: ReadRequest,
  setting: ReadSetting,
  address = addressOf(request),
): Record<string, unknown> {
  const { options } = request
  const context = `${target.context}${selected(options)}/$entity`
  const shape = shaper(target.type, options, target.context, shapeSetting(request, setting), () => address)
  return {
    ...(request.metadata && { '@odata.context': `${request.base}/$metadata#${context}` }),
    ...shape(target.row),
  }
}

function readReference(row: Row, { base, metadata }: ReadRequest): Answer {
  const context = metadata ? { '@odata.context': `${base}/$metadata#$ref` } : {}
  return json({ ...context, '@odata.id': `${base}/directoryObjects/${textOf(row, 'id')}` }, metadata)
}

/** A weak comparison needs the tag as the body says it. */
export function etagHeader(row: Row): Record<string, string> {
  const tag = row['@odata.etag']
  return typeof tag === 'string' ? { ETag: tag } : {}
}

/** An immutable id leads to the same item as the usual one. */
export function immutable(path: ResourcePath): ResourcePath {
  const steps = path.steps.map((step) =>
    step.kind === 'key' ? { ...step, value: storedId(step.value) } : step,
  )
  return { ...path, steps }
}

function readRows(
  target: Target & { kind: 'rows' },
  references: boolean,
  request: ReadRequest,
  setting: ReadSetting,
): Answer {
  const { options, base, metadata } = request
  const workload = workloadOf(target.type)
  const chosen = choose(target.rows, target.type, options, setting)
  const { control } = setting
  const cursor = firstCursor(options, workload, control)
  const size = pageSize(options, workload, request.preferences.maximumPageSize, control.pageSize)
  const page = control.page(cursor, () => takePage(chosen.rows, chosen.matches, cursor, size))
  const body: Record<string, unknown> = {}
  if (metadata)
    body['@odata.context'] =
      `${base}/$metadata#${references ? 'Collection($ref)' : target.context + selected(options)}`
  if (counts(request, workload.name) && options.skiptoken === undefined)
    body['@odata.count'] = countRows(chosen)
  if (page.next !== undefined)
    body['@odata.nextLink'] = nextLink(request.address, request.rawQuery, page.next, workload, control)
  const [key = 'id'] = setting.model.keys(target.type)
  const address = addressOf(request)
  const shape: Shape = references
    ? (row) => ({ '@odata.id': `${base}/directoryObjects/${textOf(row, 'id')}` })
    : shaper(target.type, options, target.context, shapeSetting(request, setting), (row) =>
        address === undefined ? undefined : `${address}/${encodeURIComponent(textOf(row, key))}`,
      )
  body['value'] = page.rows.map(shape)
  return json(control.arrange(body), metadata, applied(target.type, request))
}

/** What the links to expanded collections begin with; a function's result has no address of its own. */
function addressOf({ address, path }: ReadRequest): string | undefined {
  const last = path.steps.at(-1)?.kind
  if (last === 'function') return undefined
  return last === 'path' ? `${address.replace(/:$/, '')}:` : address
}

/** The directory counts only for an advanced query, and leaves the number out otherwise. */
function counts({ options, eventual }: ReadRequest, workload: string): boolean {
  return options.count && (workload !== 'directory' || eventual)
}

function readValue(
  target: Target & { kind: 'value' },
  tail: string | undefined,
  request: ReadRequest,
  setting: ReadSetting,
): Answer {
  const { value } = target
  // A stream property: OneDrive answers with a redirect to where no token is needed.
  if (target.type === 'Edm.Stream') {
    if (setting.data.stream(target.owner) === undefined) throw notFound('files', '')
    if (matchesTag(target.owner, request.ifNoneMatch)) return notModified(target.owner)
    return redirect(setting.downloadUrl(target.owner))
  }
  if (tail === '$count') return text(String(Array.isArray(value) ? value.length : 0))
  if (value === null) {
    if (tail === '$value') return noContent()
    return workloadOf(request.path.type).name === 'open' ? noContent() : wrapped(target, request)
  }
  if (tail === '$value') {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      throw noSegment('$value')
    return text(String(value))
  }
  return wrapped(target, request)
}

function matchesTag(row: Row, header: string | undefined): boolean {
  const tags = header?.match(/(?:W\/)?"[^"]*"|\*/g) ?? []
  return tags.some((tag) => tag === '*' || tag === row['eTag'] || tag === row['cTag'])
}

function notModified(row: Row): Answer {
  return { status: 304, headers: { ETag: textOf(row, 'eTag') }, body: '' }
}

function wrapped(target: Target & { kind: 'value' }, { base, metadata }: ReadRequest): Answer {
  const { value } = target
  const context = metadata ? { '@odata.context': `${base}/$metadata#${target.context}` } : {}
  const complex = typeof value === 'object' && value !== null && !Array.isArray(value)
  return json({ ...context, ...(complex ? value : { value }) }, metadata)
}

function readStream(row: Row, type: string, { data }: ReadSetting): Answer {
  const stream = data.stream(row)
  if (stream !== undefined) return streamed(stream.content, stream.contentType)
  if (workloadOf(type).name === 'exchange') throw notFound('exchange', '')
  throw new GraphError(400, 'BadRequest', "Resource not found for the segment '$value'.")
}

export function shapeSetting(request: ReadRequest, setting: ReadSetting): ShapeSetting {
  const { model, data, annotate, control } = setting
  return {
    model,
    data,
    annotate,
    preferences: request.preferences,
    metadata: request.metadata,
    base: request.base,
    nested: (rows, type, { options, query }, address) => {
      const workload = workloadOf(type)
      const chosen = choose(rows, type, options, setting)
      const directory = workload.name === 'directory'
      const size = directory
        ? Math.min(expandedDirectoryObjects, options.top ?? Infinity)
        : pageSize(options, workload, undefined, control.pageSize)
      const cursor = firstCursor(options, workload, control)
      const { rows: shown, next } = takePage(chosen.rows, chosen.matches, cursor, size)
      if (directory || next === undefined || address === undefined) return { shown, link: undefined }
      return { shown, link: nextLink(address, query, next, workload, control) }
    },
  }
}

/** Directory objects show at most this many expanded items, and no link to more. */
const expandedDirectoryObjects = 20

/** `(displayName,id)`: what a context URL says of `$select` and `$expand`. */
export function selected({ select, expand }: QueryOptions): string {
  const names = [...(select ?? []), ...expand.map(({ name }) => `${name}()`)]
  return names.length === 0 ? '' : `(${names.join(',')})`
}

export function applied(type: string, { preferences }: ReadRequest): Record<string, string> {
  const honoured = workloadOf(type).name === 'exchange' && preferences.applied !== ''
  return honoured ? { 'Preference-Applied': preferences.applied } : {}
}
