import { isGraphHost } from '../../lib/oauth2/clouds.js'
import { isGraphService } from '../../lib/odata/graph-service.js'
import { parseAddress, type AddressParam } from '../../lib/odata/parse-address.js'
import { splitQuery } from '../../lib/split-query.js'
import { readPastedQuery } from './pasted-query.js'
import type { Properties } from './properties.js'

/** A request that somebody copied, as the fields of the dialog. */
export interface PastedRequest {
  readonly method: string
  readonly operation: string
  /** Of the address and its query; they replace what the dialog held. */
  readonly properties: Properties
  /** Names of params that have no value yet. */
  readonly toFill: readonly string[]
  /** The pasted address named another Graph host than the connection's, which is asked instead. */
  readonly insteadOf?: string
}

export type Pasted =
  | { readonly kind: 'request'; readonly request: PastedRequest }
  /** On a host that this connection does not serve. */
  | { readonly kind: 'otherHost'; readonly host: string }

const FIRST_LINE = /^\s*(?:(GET|POST|PUT|PATCH|DELETE)\s+)?(\S.*?)(?:\s+HTTP\/\d(?:\.\d)?)?\s*$/iu
const WHOLE_URL = /^https?:\/\//iu
const HOST_WITHOUT_SCHEME = /^[\w-]+(?:\.[\w-]+)+\/(?:v\d[\d.]*|beta)(?=$|[/?])/iu
const MUSTACHE = /\{\{\{?\s*([^{}]+?)\s*\}?\}\}/gu

/** Whether a text says more than the name of an entity: then it is taken apart. */
export function looksLikeAddress(text: string): boolean {
  const trimmed = unquoted(text.trim())
  return (
    /^(?:GET|POST|PUT|PATCH|DELETE)\s/iu.test(trimmed) ||
    WHOLE_URL.test(trimmed) ||
    HOST_WITHOUT_SCHEME.test(trimmed) ||
    /^\/[A-Za-z]/u.test(trimmed) ||
    /^[A-Za-z][^\s{}]*\?/u.test(trimmed) ||
    /\{[^{}]*\|[^{}]*\}|\{\{.+\}\}/u.test(trimmed)
  )
}

/** A path with places to fill, as the documentation writes it without a slash: `users/{id}/messages`. */
export function looksLikeTemplate(text: string): boolean {
  const trimmed = text.trim()
  return (
    /^[^\s{}]+\/(?:[^\s{}]*\{[^{}]+\})+[^\s{}]*$/u.test(trimmed) &&
    !/\{(?:entity|key)(?::path)?\}/u.test(trimmed)
  )
}

/**
 * Takes a copied request apart: from Graph Explorer, the documentation or an http request node, whose mustache
 * becomes a value of the message. A request of the documentation goes on with headers and a body.
 *
 * @param serviceUrl of the connection; '' where none is chosen.
 */
export function readPasted(text: string, serviceUrl: string): Pasted {
  const [first = '', ...further] = text.trim().split(/\r?\n/u)
  const [, method = 'GET', line = ''] = FIRST_LINE.exec(first) ?? []
  const messages: AddressParam[] = []
  const address = withScheme(unquoted(line)).replace(MUSTACHE, (_, path: string) =>
    fromMessage(path, messages),
  )
  const placed = placeOn(address, serviceUrl)
  if (placed.kind === 'otherHost') return placed
  const { path, query: asked } = splitQuery(placed.address)
  const { params, ...parts } = parseAddress(path, placed.serviceUrl)
  const operation = operationFor(method.toUpperCase(), path)
  const query = readPastedQuery(asked.slice(1), {
    operation,
    graph: placed.serviceUrl === '' || isGraphService(placed.serviceUrl),
  })
  const rows = params.map((param) => rowOf(param, messages))
  const request: PastedRequest = {
    method: method.toUpperCase(),
    operation,
    properties: {
      ...parts,
      appendUrl: query.kept === '' ? parts.appendUrl : `${parts.appendUrl}?${query.kept}`,
      ...query.properties,
      params: rows,
      ...headersOf(further),
      ...bodyOf(further),
    },
    toFill: rows.filter(({ value }) => value === '').map(({ name }) => name),
    ...(placed.insteadOf === undefined ? {} : { insteadOf: placed.insteadOf }),
  }
  return { kind: 'request', request }
}

type Placed =
  | {
      readonly kind: 'placed'
      readonly address: string
      readonly serviceUrl: string
      readonly insteadOf?: string
    }
  | { readonly kind: 'otherHost'; readonly host: string }

const GRAPH = 'https://graph.microsoft.com/v1.0'

/**
 * The address as the connection's service has it. What is documented for graph.microsoft.com holds for every cloud's
 * Graph; another version than the connection's needs the whole address, on the connection's own host.
 */
function placeOn(address: string, serviceUrl: string): Placed {
  const service = URL.canParse(serviceUrl) && !serviceUrl.includes('${') ? serviceUrl : ''
  if (!WHOLE_URL.test(address)) return { kind: 'placed', address, serviceUrl: service || GRAPH }
  const [, origin = '', rest = ''] = /^(https?:\/\/[^/?#]+)(.*)$/iu.exec(address) ?? []
  const { host } = new URL(origin)
  if (service === '') return { kind: 'placed', address, serviceUrl: isGraphHost(host) ? GRAPH : origin }
  const own = new URL(service)
  if (own.host === host.toLowerCase()) return { kind: 'placed', address, serviceUrl: service }
  if (!isGraphHost(host) || !isGraphService(service)) return { kind: 'otherHost', host }
  return { kind: 'placed', address: own.origin + rest, serviceUrl: service, insteadOf: host }
}

/** Names of actions begin with a verb; a collection to which something is added has a noun's. */
const ACTION =
  /\/(?:microsoft\.graph\.)?(?:accept|add|answer|apply|approve|archive|assign|cancel|change|check|clear|clone|copy|create|decline|dismiss|export|find|forward|get|invalidate|invite|move|permanentDelete|publish|query|reauthorize|remove|renew|reply|reset|restore|revoke|send|set|snooze|tentativelyAccept|translate|unarchive|unpublish|validate)(?:[A-Z]\w*)?$/u

/** GET of a `delta` is what the node calls changes; a link of an earlier round is read as it is. */
function operationFor(method: string, path: string): string {
  if (method === 'POST') return ACTION.test(path) ? 'call' : 'create'
  if (method === 'PATCH') return 'update'
  if (method === 'PUT') return 'replace'
  if (method === 'DELETE') return 'delete'
  return /\/(?:microsoft\.graph\.)?delta(?:\(\))?$/iu.test(path) ? 'changes' : 'read'
}

/** Those that the connection and the transport do not set themselves. */
function headersOf(lines: readonly string[]): Properties {
  const end = lines.indexOf('')
  const rows = lines.slice(0, end < 0 ? lines.length : end).flatMap((line) => {
    const [, name = '', value = ''] = /^([\w-]+):\s*(\S.*)$/u.exec(line) ?? []
    return name === '' || OURS.has(name.toLowerCase()) ? [] : [{ name, value: value.trim(), type: 'str' }]
  })
  return rows.length === 0 ? {} : { headers: rows }
}

const OURS = new Set(['host', 'authorization', 'content-type', 'content-length', 'accept', 'user-agent'])

function bodyOf(lines: readonly string[]): Properties {
  const begin = lines.indexOf('')
  const body =
    begin < 0
      ? ''
      : lines
          .slice(begin + 1)
          .join('\n')
          .trim()
  try {
    return body === '' ? {} : { body: JSON.stringify(JSON.parse(body)), bodyType: 'json' }
  } catch {
    return {}
  }
}

function unquoted(line: string): string {
  return line.replace(/^(["'`<])(.*)["'`>]$/u, '$2')
}

function withScheme(address: string): string {
  return HOST_WITHOUT_SCHEME.test(address) ? `https://${address}` : address
}

/** `{{payload.id}}` of an http request node is the message's property; here it is a placeholder that it fills. */
function fromMessage(path: string, messages: AddressParam[]): string {
  const last = path.split('.').at(-1) ?? ''
  const name = `${last.replace(/\W/gu, '') || 'value'}${messages.length === 0 ? '' : messages.length + 1}`
  messages.push({ name, value: path })
  return `{${name}}`
}

function rowOf({ name, value }: AddressParam, messages: readonly AddressParam[]) {
  const message = messages.find((each) => each.name === name)
  if (message === undefined) return { name, value, type: 'str' }
  const [, context, path = ''] = /^(flow|global|env)\.(.+)$/u.exec(message.value) ?? []
  return context === undefined
    ? { name, value: message.value, type: 'msg' }
    : { name, value: path, type: context }
}
