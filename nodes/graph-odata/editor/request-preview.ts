import { Problem } from '../../lib/problem.js'
import { contentUrl } from '../../lib/odata/content-url.js'
import { isGraphService } from '../../lib/odata/graph-service.js'
import { planRead } from '../../lib/odata/read-plan.js'
import { smallUpload, uploadTarget } from '../../lib/odata/upload-target.js'
import { readConfig, type GraphODataConfig } from '../config.js'
import { readRequest } from '../read-request.js'
import { isVariable, textOf } from '../../shared/editor/red.js'
import type { ConnectionFacts } from './connection-facts.js'
import { operationOf } from './operations.js'
import { read, type Properties } from './properties.js'
import { shownEvaluator } from './shown-values.js'
import { previewWrite, writeOperationOf } from './write-preview.js'
import { textOfPieces, Unknowns, type Piece } from './unknowns.js'

export type RequestPreview =
  | {
      readonly kind: 'request'
      readonly method: string
      /** Service URL, path and query as they will be sent. */
      readonly url: readonly Piece[]
      /** Beyond those that go with every request. */
      readonly headers: readonly (readonly [name: string, value: string])[]
    }
  /** Entity and append URL are blank: the message says it all. */
  | { readonly kind: 'message' }
  | { readonly kind: 'problem'; readonly problem: Problem }

/** Stands for a service URL that is not known here; only what follows it is shown. */
const SOMEWHERE = 'https://service.invalid'

/**
 * The request that the node would send, made by the very functions that make it in the runtime; what only the
 * running flow knows is shown by its name.
 *
 * @param properties of the node, as flows hold them.
 */
export async function previewRequest(
  properties: Properties,
  connection: ConnectionFacts,
): Promise<RequestPreview> {
  const unknowns = new Unknowns()
  try {
    const config = readConfig(withoutVariables(properties))
    if (config.drivenByMessage) return { kind: 'message' }
    const base = isKnown(connection.serviceUrl) ? connection.serviceUrl : SOMEWHERE
    const graph = base === SOMEWHERE ? connection.serviceUrl === '' : isGraphService(base)
    const { itemConvention } = connection
    const fields = shownEvaluator(unknowns)
    const write = writeOperationOf(config)
    if (write !== undefined) {
      const written = await previewWrite(config, write, { base, graph, itemConvention }, fields)
      return shownRequest(written, connection.serviceUrl, unknowns)
    }
    const request = await readRequest(config, itemConvention, {}, fields)
    const plan = planRead(
      config.operation === 'changes' ? { ...request, delta: config.start } : request,
      base,
      graph,
    )
    const chosen = textOf(properties['operation'])
    const sent = isVariable(chosen) ? { method: chosen } : requestOf(config, plan.url)
    return shownRequest({ ...plan, ...sent }, connection.serviceUrl, unknowns)
  } catch (error) {
    if (error instanceof Problem) return { kind: 'problem', problem: readable(error, unknowns) }
    throw error
  }
}

function requestOf(
  { operation, conflict }: GraphODataConfig,
  url: string,
): { readonly method: string; readonly url: string } {
  if (operation === 'upload') return smallUpload(uploadTarget(url, conflict))
  if (operation === 'download') return { method: 'GET', url: contentUrl(url) }
  // A call comes here where it is read, as a function is.
  return { method: operation === 'call' ? 'GET' : operationOf(operation).method, url }
}

/** Choices and plain numbers that the environment makes: as good as not made yet. */
const PLAIN =
  'operation method consistency annotations paging start checkpoint output notFound answer as conflict'
    .split(' ')
    .concat('inFlight', 'maxSize')

function withoutVariables(properties: Properties): Properties {
  const unknown = PLAIN.filter((property) => isVariable(read(properties, property)))
  return { ...properties, ...Object.fromEntries(unknown.map((property) => [property, undefined])) }
}

interface Planned {
  readonly method: string
  readonly url: string
  readonly headers: ReadonlyMap<string, string>
  readonly prefer: readonly string[]
}

function shownRequest(
  { method, url, headers, prefer }: Planned,
  serviceUrl: string,
  unknowns: Unknowns,
): RequestPreview {
  return {
    kind: 'request',
    method,
    url: withService(unknowns.pieces(url), serviceUrl),
    headers: shownHeaders(headers, prefer, unknowns),
  }
}

export function previewText(preview: RequestPreview): string {
  return preview.kind === 'request' ? textOfPieces(preview.url) : ''
}

function isKnown(serviceUrl: string): boolean {
  return !serviceUrl.includes('${') && URL.canParse(serviceUrl)
}

function withService(pieces: readonly Piece[], serviceUrl: string): Piece[] {
  const [first, ...rest] = pieces
  if (first === undefined || !first.text.startsWith(SOMEWHERE)) return [...pieces]
  const below = { ...first, text: first.text.slice(SOMEWHERE.length).replace(/^\//u, '') }
  return serviceUrl === ''
    ? [below, ...rest]
    : [{ text: serviceUrl.replace(/\/*$/u, '/'), known: false }, below, ...rest]
}

function shownHeaders(
  headers: ReadonlyMap<string, string>,
  preferences: readonly string[],
  unknowns: Unknowns,
): [string, string][] {
  const all = new Map(headers)
  const prefer = [...preferences, ...(all.has('prefer') ? [all.get('prefer') ?? ''] : [])]
  if (prefer.length > 0) all.set('prefer', prefer.join(', '))
  return [...all].map(([name, value]) => [NAMES.get(name) ?? name, unknowns.shown(value)])
}

/** As documentation writes them; to the service it is all the same. */
const NAMES = new Map([
  ['consistencylevel', 'ConsistencyLevel'],
  ['prefer', 'Prefer'],
  ['content-type', 'Content-Type'],
  ['if-match', 'If-Match'],
])

function readable({ code, values }: Problem, unknowns: Unknowns): Problem {
  const shown = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'string' ? unknowns.shown(value) : value,
  ])
  return new Problem(code, Object.fromEntries(shown) as Problem['values'])
}
