import { parsedUrl } from '../parsed-url.js'
import { Problem } from '../problem.js'
import { splitQuery } from '../split-query.js'
import { fillUrlText, holdsPlaceholder, type PlaceholderValue } from './placeholders.js'
import type { QueryOption } from './query-options.js'
import { encodeOptionValue, encodeUrlText, refuseUnsafe, visible } from './url-text.js'

/** What a request is aimed at, as it stands in the dialog or the message. Blank parts are ''. */
export interface ResourceAddress {
  /** URL text: `users`, `me/drive/root`. */
  readonly entity: string
  /** A value: encoded as one segment. */
  readonly key: PlaceholderValue
  /** URL text, with a query of its own if need be: `me/{entity}`, `messages/$count`, `?$top=5`. */
  readonly appendUrl: string
  readonly params: ReadonlyMap<string, PlaceholderValue>
  /** How entity and key become an item: `{entity}/{key}`, `{entity}({key})`, `{entity}('{key}')`. */
  readonly itemConvention: string
}

/**
 * The absolute URL of a request: service URL, path and query.
 *
 * The path never leaves the service URL: dot segments, backslashes and control characters are refused, and
 * a whole URL is taken only on the service's own origin, because the token goes with it.
 */
export function composeUrl(
  serviceUrl: string,
  address: ResourceAddress,
  options: readonly QueryOption[],
): string {
  const { path, query } = splitQuery(composePath(address))
  // Only what was typed can be a whole URL: a value that looks like one is a value.
  const whole = isWholeUrl(address.appendUrl) || (address.appendUrl === '' && isWholeUrl(address.entity))
  const base = whole ? path : `${serviceUrl.replace(/\/+$/u, '')}/${path}`
  refuseOtherPlace(serviceUrl, base, whole, address.appendUrl)
  return appendQuery(base, query.slice(1), options)
}

/**
 * The last word on where the request goes, whatever the parts were: the service's origin, no user name that
 * would hide another host, and, but for a whole URL, below the service's own path.
 */
function refuseOtherPlace(serviceUrl: string, url: string, whole: boolean, appendUrl: string): void {
  const service = parsedUrl(serviceUrl)
  const field = whole && isWholeUrl(appendUrl) ? 'appendUrl' : 'entity'
  refuseUnsafe(field, url.slice(url.indexOf('//') + 2))
  const target = placeOf(url)
  const below = `${service.pathname.replace(/\/+$/u, '')}/`
  const elsewhere =
    target === undefined ||
    target.origin !== service.origin ||
    `${target.username}${target.password}` !== '' ||
    !(whole || target.pathname.startsWith(below))
  if (elsewhere) throw new Problem('otherHost', { field, value: visible(url), host: service.origin })
}

function placeOf(url: string): URL | undefined {
  try {
    return parsedUrl(url)
  } catch {
    return undefined
  }
}

/** Path and query of the address, relative to the service URL (or a whole URL, if the user gave one). */
export function composePath(address: ResourceAddress): string {
  const { key } = address
  const entity = quotingSystemKey(address.entity, key)
  const appendUrl = quotingSystemKey(address.appendUrl, key)
  refuseUnsafe('entity', entity)
  refuseUnsafe('appendUrl', appendUrl)
  const hasKey = key !== ''
  // Behind a query nothing can follow: `users?x=1/adele` would ask for all users.
  if (entity.includes('?') && (hasKey || appendUrl !== '')) {
    throw new Problem('entityWithQuery', { field: 'entity', value: visible(entity) })
  }
  const values = new Map(address.params)
  if (hasKey) values.set('key', key)

  if (holdsPlaceholder(appendUrl, 'key')) {
    if (entity !== '' && !holdsPlaceholder(appendUrl, 'entity')) throw noPlaceFor('entity', entity)
    return trimSlashes(fillAppendUrl(appendUrl, fillUrlText('entity', entity, values), values))
  }
  const item = composeItem({ ...address, entity }, values)
  if (holdsPlaceholder(appendUrl, 'entity')) return trimSlashes(fillAppendUrl(appendUrl, item, values))
  if (hasKey && entity === '') throw noPlaceFor('key', String(key))
  const appended = fillUrlText('appendUrl', appendUrl, values)
  return appended === '' ? trimSlashes(item) : joinParts(trimSlashes(item), appended)
}

function composeItem(address: ResourceAddress, values: Map<string, PlaceholderValue>): string {
  const { entity, key, itemConvention } = address
  if (key === '' || holdsPlaceholder(entity, 'key')) return fillUrlText('entity', entity, values)
  if (entity === '') return ''
  const convention = quotingSystemKey(itemConvention, key)
  if (!holdsPlaceholder(convention, 'entity') || !holdsPlaceholder(convention, 'key')) {
    throw new Problem('itemConventionInvalid', { field: 'itemConvention', value: visible(itemConvention) })
  }
  return fillAroundEntity('itemConvention', convention, fillUrlText('entity', entity, values), values)
}

/**
 * `users/$adele@contoso.com` is answered with 400: a segment that begins with `$` is a system segment. The quoted form
 * is the documented way (Graph reference, "Get a user"). Behind a colon stands the path of a file, where `$` is a
 * letter like any other.
 */
function quotingSystemKey(template: string, key: PlaceholderValue): string {
  if (!String(key).startsWith('$')) return template
  return template.replace(/^([^:?]*)\/\{key\}(?=[/?]|$)/u, "$1('{key}')")
}

function fillAppendUrl(appendUrl: string, item: string, values: Map<string, PlaceholderValue>): string {
  if (item === '' && holdsPlaceholder(appendUrl, 'entity')) {
    throw new Problem('placeholderUnfilled', { field: 'entity', value: '{entity}' })
  }
  return fillAroundEntity('appendUrl', appendUrl, item, values)
}

/** `{entity}` is replaced by text that is encoded already; everything around it is filled and encoded. */
function fillAroundEntity(
  field: string,
  template: string,
  entity: string,
  values: Map<string, PlaceholderValue>,
): string {
  // A private-use character marks the place: it cannot collide with anything typed in a URL.
  const mark = '\u{e000}'
  const filled = fillUrlText(field, template.replaceAll('{entity}', mark), values)
  return filled.replaceAll(encodeUrlText(mark), trimSlashes(entity))
}

/** One slash between two parts, none where the second begins with `?`, `(` or `:`. */
function joinParts(left: string, right: string): string {
  if (left === '') return trimSlashes(right)
  if (right === '' || /^[?(:]/u.test(right)) return left + right
  return `${left}/${trimSlashes(right)}`
}

function trimSlashes(path: string): string {
  return path.replace(/^\/+/u, '')
}

function isWholeUrl(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//iu.test(path)
}

function appendQuery(base: string, query: string, options: readonly QueryOption[]): string {
  const given = new Set(query.split('&').map(optionName))
  const added = options.map(({ name, value, field }) => {
    if (given.has(name.toLowerCase())) throw new Problem('optionTwice', { field, value: name })
    given.add(name.toLowerCase())
    return `${encodeOptionValue(name)}=${encodeOptionValue(value)}`
  })
  const all = [...(query === '' ? [] : [query]), ...added].join('&')
  return all === '' ? base : `${base}?${all}`
}

function optionName(pair: string): string {
  const name = pair.split('=')[0] ?? ''
  return name.replace(/%24/gu, '$').toLowerCase()
}

function noPlaceFor(field: 'entity' | 'key', value: string): Problem {
  return new Problem(field === 'entity' ? 'entityWithoutPlace' : 'keyWithoutEntity', {
    field,
    value: visible(value),
  })
}
