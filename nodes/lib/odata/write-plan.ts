import { Problem } from '../problem.js'
import { isPlainRecord } from '../records.js'
import { splitQuery, withoutQuery } from '../split-query.js'
import { collectionOf, isCollectionPath, namedKeyOf, type NamedKey } from './collection-path.js'
import { preferHeader, type Preferences } from './preferences.js'
import { queryOptions, type QueryFields } from './query-options.js'
import { composeUrl, type ResourceAddress } from './resource-url.js'
import { visible } from './url-text.js'
import { linkBody, withoutReadAnnotations, writeBody } from './write-body.js'
import { needsVersion, versionOf, type KnownVersion } from './write-version.js'

export const WRITE_OPERATIONS = ['create', 'update', 'upsert', 'replace', 'delete', 'call'] as const
export type WriteOperation = (typeof WRITE_OPERATIONS)[number]

export const CALL_METHODS = ['POST', 'GET', 'PATCH', 'PUT', 'DELETE'] as const
export type CallMethod = (typeof CALL_METHODS)[number]

/** A write as the adapter asks for it: already evaluated, nothing of Node-RED in it. */
export interface WriteRequest extends KnownVersion {
  readonly operation: WriteOperation
  /** Of `call`; the other operations have theirs. */
  readonly method: CallMethod
  readonly address: ResourceAddress
  /** What the answer is to hold. */
  readonly query: QueryFields
  /** The user's own; names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly preferences: Omit<Preferences, 'pageSize'>
  /** Whether the item is wanted back: as the service likes, always, never. */
  readonly answer: 'default' | 'representation' | 'minimal'
  readonly allowDelete: boolean
  /** Send also the annotations that a read has added. */
  readonly keepAnnotations: boolean
}

/** One request as it is sent, but for what goes with every request. */
export interface PlannedRequest {
  readonly method: CallMethod
  readonly url: string
  readonly headers: ReadonlyMap<string, string>
  /** Values of the `Prefer` header. */
  readonly prefer: readonly string[]
  readonly body?: string | Uint8Array
}

export interface WritePlan extends PlannedRequest {
  /**
   * An upsert that the service does not do by itself: the item is asked for, and where there is none it is created
   * by this request instead.
   */
  readonly ifMissing?: PlannedRequest
  /** The service wants a version and none is known: the item is asked for it first. */
  readonly versionFirst?: true
}

/** The preference by which a service creates what an upsert does not find (Graph, "Upsert application"). */
export const CREATE_IF_MISSING = 'create-if-missing'

const METHODS: Readonly<Record<Exclude<WriteOperation, 'call'>, CallMethod>> = {
  create: 'POST',
  update: 'PATCH',
  upsert: 'PATCH',
  replace: 'PUT',
  delete: 'DELETE',
}

/**
 * What a write sends. Pure, so that the dialog's preview and a dry run show what would be sent.
 *
 * @param graph whether the service is Graph, whose own rules then apply.
 * @throws Problem `deleteNotAllowed`, `keyMissing` (a change of a whole collection), `linkMeant`, `bodyNotSendable`, and
 *   what the address may have wrong.
 */
export function planWrite(request: WriteRequest, serviceUrl: string, graph: boolean): WritePlan {
  const method = methodOf(request.operation, request.method)
  const url = composeUrl(serviceUrl, request.address, queryOptions(request.query, new Map(), graph))
  const path = pathBelow(url, serviceUrl)
  refuseUnsafeWrite(request, method, path, url)
  if (graph && method === 'DELETE') refuseDeletionThroughLink(path)
  const body = bodyOf(request, method, path, serviceUrl, graph)
  const namedKey = request.operation === 'upsert' && graph ? namedKeyOf(path) : undefined
  const createsMissing = namedKey !== undefined && upsertsBy(namedKey)
  const lookFirst = request.operation === 'upsert' && !createsMissing
  // The body of a link is what it leads to, whose version is not the link's.
  const ofBody = path.endsWith('/$ref') ? { ...request, body: undefined } : request
  const version = versionFor(ofBody, url, createsMissing)
  const versionFirst = graph && needsVersion(path, method) && (version === '' || version === '*')
  const planned = plannedRequest(request, { method, url, body, version: versionFirst ? '' : version })
  return {
    ...planned,
    ...(createsMissing ? { prefer: [...planned.prefer, CREATE_IF_MISSING] } : {}),
    ...(lookFirst ? { ifMissing: creation(request, url, body) } : {}),
    ...(versionFirst ? { versionFirst } : {}),
  }
}

export function methodOf(operation: WriteOperation, callMethod: CallMethod): CallMethod {
  return operation === 'call' ? callMethod : METHODS[operation]
}

/** The path of a URL below the service's address, or whole where it is of another version; without its query. */
function pathBelow(url: string, serviceUrl: string): string {
  const path = withoutQuery(url)
  const base = `${serviceUrl.replace(/\/+$/u, '')}/`
  if (path.startsWith(base)) return path.slice(base.length)
  return path.replace(/^[^:]+:\/\/[^/]*\/(?:v1\.0\/|beta\/)?/u, '')
}

/** By these a service creates what is missing when it is asked to (Graph, "Upsert application" and its like). */
const UPSERTS = new Set(
  `applications.appid applications.uniquename federatedidentitycredentials.name groups.uniquename
  serviceprincipals.appid`.split(/\s+/u),
)

function upsertsBy({ collection, property }: NamedKey): boolean {
  return UPSERTS.has(`${collection}.${property}`.toLowerCase())
}

function refuseUnsafeWrite(request: WriteRequest, method: CallMethod, path: string, url: string): void {
  if (method === 'DELETE' && !request.allowDelete) {
    throw new Problem('deleteNotAllowed', { field: 'allowDelete' })
  }
  // A call may address a collection, as some actions of other services do, but not delete one.
  const aimsAtItem = request.operation === 'call' ? method === 'DELETE' : request.operation !== 'create'
  if (!aimsAtItem) return
  const links = path.endsWith('/$ref')
  // `members/$ref?$id=...` names the one link (OData 4.01 Protocol, 11.4.6.2).
  if (links && /[?&](?:\$|%24|@)id=/iu.test(url)) return
  const target = links ? path.slice(0, -'/$ref'.length) : path
  if (isCollectionPath(target)) throw new Problem('keyMissing', { field: 'key', value: visible(target) })
}

const THROUGH_LINK =
  /^(?:groups|directoryroles|(?:directory\/)?administrativeunits|applications|serviceprincipals|devices)\/[^/]+\/(?:members|owners|registeredowners|registeredusers)\/(?!\$ref$)[^/]+$/u

/** Without `/$ref` it is the member that is deleted, not its membership (Graph, "Remove member"). */
function refuseDeletionThroughLink(path: string): void {
  const plain = path.toLowerCase().replace(/\('?([^()']*)'?\)/gu, '/$1')
  if (THROUGH_LINK.test(plain)) throw new Problem('linkMeant', { value: visible(path) })
}

function bodyOf(
  { body, keepAnnotations, operation }: WriteRequest,
  method: CallMethod,
  path: string,
  serviceUrl: string,
  graph: boolean,
): unknown {
  if (body === undefined || method === 'GET' || operation === 'delete') return undefined
  if (path.endsWith('/$ref')) return linkBody(body, serviceUrl, graph)
  return keepAnnotations ? body : withoutReadAnnotations(body)
}

/** A creation has no version yet, and what a call concerns only its caller knows. */
function versionFor(request: WriteRequest, url: string, createsMissing: boolean): string {
  const ofItem = request.operation !== 'create' && request.operation !== 'call' && !createsMissing
  return ofItem ? versionOf(request, url) : request.ifMatch
}

function plannedRequest(
  request: WriteRequest,
  { method, url, body, version }: { method: CallMethod; url: string; body: unknown; version: string },
): PlannedRequest {
  const written = body === undefined ? undefined : writeBody(body)
  if (!/^[\t\x20-\x7e\x80-\xff]*$/u.test(version)) {
    throw new Problem('headerInvalid', { field: 'ifMatch', value: visible(version) })
  }
  return {
    method,
    url,
    headers: new Map([
      ...(written === undefined ? [] : [['content-type', written.contentType] as const]),
      ...(version === '' ? [] : [['if-match', version] as const]),
      ...request.headers,
    ]),
    prefer: [...preferHeader(request.preferences), ...returned(request, method)],
    ...(written === undefined ? {} : { body: written.body }),
  }
}

/** RFC 7240, 4.2. */
function returned({ answer }: WriteRequest, method: CallMethod): string[] {
  return answer === 'default' || method === 'GET' || method === 'DELETE' ? [] : [`return=${answer}`]
}

/** The creation that takes an upsert's place; an alternate key that the body does not name is part of the item. */
function creation(request: WriteRequest, url: string, body: unknown): PlannedRequest {
  const { path, query } = splitQuery(url)
  const key = namedKeyOf(path)
  const named = key !== undefined && isPlainRecord(body) && !(key.property in body)
  return plannedRequest(request, {
    method: 'POST',
    url: collectionOf(path) + query,
    body: named ? { [key.property]: key.value, ...body } : body,
    version: '',
  })
}
