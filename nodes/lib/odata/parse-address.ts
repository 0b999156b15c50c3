import { splitQuery } from '../split-query.js'
import { encodeSegment, encodeUrlText, isSafeValue } from './url-text.js'

/** The parts of a request's address as the dialog holds them; put together again they give the same URL. */
export interface ParsedAddress {
  readonly entity: string
  readonly key: string
  readonly appendUrl: string
  readonly params: readonly AddressParam[]
}

export interface AddressParam {
  readonly name: string
  /** Blank where the address had a placeholder of the documentation's: somebody has to fill it. */
  readonly value: string
  /** That placeholder, `{id | userPrincipalName}`. */
  readonly template?: string
}

/**
 * Takes an address apart that somebody copied: from Graph Explorer, the documentation or a browser.
 *
 * The first id behind a name becomes the key, further ones become params, `me/<entity>` is put the way the
 * append URL has it. What is an id is a guess from its looks (the documentation's own addresses served as
 * the sample): a wrong guess leaves it as text, which gives the same URL. What the documentation has in braces
 * becomes a param without a value.
 *
 * @param address with or without the method in front, absolute or below the service URL.
 */
export function parseAddress(address: string, serviceUrl: string): ParsedAddress {
  const url = address.trim().replace(/^(?:GET|POST|PUT|PATCH|DELETE)\s+/iu, '')
  const relative = belowService(url, serviceUrl)
  const text = relative ?? url
  const { path, query: typed } = splitQuery(text)
  const query = withoutBraces(typed)
  if (relative === undefined) {
    const filled = fillTemplates(path)
    return { entity: '', key: '', appendUrl: filled.path + query, params: filled.params }
  }
  return path.includes('{') ? withTemplates(path, query) : withoutTemplates(splitPath(path), query)
}

function withoutTemplates(segments: readonly string[], query: string): ParsedAddress {
  const firstId = segments.findIndex((segment, index) => index > 0 && isId(segment))
  if (firstId < 0) return withoutKey(segments, query)

  const before = segments.slice(0, firstId)
  const { text, params } = parameterise(segments.slice(firstId + 1), before.at(-1) ?? '', [])
  const key = decodeURIComponent(segments[firstId] ?? '')
  if (text === '' && before[0] === 'me' && before.length === 2) {
    return { entity: before[1] ?? '', key, appendUrl: `me/{entity}${query}`, params }
  }
  return { entity: before.join('/'), key, appendUrl: text + query, params }
}

function withoutKey(segments: readonly string[], query: string): ParsedAddress {
  const [first, second, ...rest] = segments
  if (first === 'me' && second !== undefined && rest.length === 0) {
    return { entity: second, key: '', appendUrl: `me/{entity}${query}`, params: [] }
  }
  return { entity: segments.join('/'), key: '', appendUrl: query, params: [] }
}

/** With places to fill there is no telling which of them is the key: all are params. */
function withTemplates(path: string, query: string): ParsedAddress {
  const filled = fillTemplates(path)
  const { text, params } = parameterise(splitPath(filled.path), '', filled.params)
  return { entity: text, key: '', appendUrl: query, params: [...filled.params, ...params] }
}

/** `{id | userPrincipalName}` becomes `{id}`; two of the same name are told apart by the names before them. */
function fillTemplates(path: string): { path: string; params: AddressParam[] } {
  const names = [...path.matchAll(TEMPLATE)].map(([, inside = '']) => templateName(inside))
  const params: AddressParam[] = []
  const filled = path.replace(TEMPLATE, (template: string, inside: string, offset: number) => {
    const own = templateName(inside)
    const before = path.slice(0, offset).replace(TEMPLATE, '').split('/').filter(Boolean)
    const name =
      own === '' || names.filter((each) => each === own).length > 1
        ? uniqueName(before.at(-1) ?? '', [...params, ...names.map((each) => ({ name: each, value: '' }))])
        : own
    params.push({ name, value: '', template })
    return `{${name}${/path$/iu.test(own) ? ':path' : ''}}`
  })
  return { path: filled, params }
}

const TEMPLATE = /\{([^{}]*)\}/gu

/** `id | userPrincipalName` is called `id`, `site-id` `siteId`. */
function templateName(inside: string): string {
  const [first = ''] = inside.split('|')
  return first
    .trim()
    .replace(/[^A-Za-z0-9]+([A-Za-z0-9])/gu, (_, letter: string) => letter.toUpperCase())
    .replace(/[^A-Za-z0-9]/gu, '')
}

/** Braces that are part of the address (`'String {guid} Name Color'`) must not be taken for placeholders. */
function withoutBraces(text: string): string {
  return text.replaceAll('{', '%7B').replaceAll('}', '%7D')
}

/** Undefined for an address on another host or another version: it can only be used whole. */
function belowService(url: string, serviceUrl: string): string | undefined {
  const service = serviceUrl.replace(/\/+$/u, '')
  if (url === service) return ''
  for (const delimiter of ['/', '?']) {
    if (url.startsWith(service + delimiter)) return url.slice(service.length).replace(/^\//u, '')
  }
  return /^[a-z][a-z0-9+.-]*:\/\//iu.test(url) ? undefined : url.replace(/^\/+/u, '')
}

/** At each slash, except between single quotes (`getByPath(path='/a/b')`). */
function splitPath(path: string): string[] {
  return path.match(/(?:[^/']|'(?:[^']|'')*'?)+|(?<=\/)(?=\/|$)/gu) ?? []
}

function parameterise(
  segments: readonly string[],
  previousName: string,
  taken: readonly AddressParam[],
): { text: string; params: AddressParam[] } {
  const params: AddressParam[] = []
  let name = previousName
  const text = segments.map((segment) => {
    if (!isId(segment)) {
      name = segment
      return segment
    }
    const param = { name: uniqueName(name, [...taken, ...params]), value: decodeURIComponent(segment) }
    params.push(param)
    return `{${param.name}}`
  })
  return { text: text.join('/'), params }
}

/** `messages` gives `messageId`. */
function uniqueName(collection: string, taken: readonly AddressParam[]): string {
  const base = `${collection.replace(/[^A-Za-z].*$/u, '').replace(/s$/u, '') || 'item'}Id`
  let name = base
  for (let number = 2; taken.some((param) => param.name === name); number += 1) name = base + String(number)
  return name
}

/**
 * Names of the model are letters (and digits inside a word), dots for a qualified name, parentheses for a
 * function. An id shows by a digit group or by signs that names do not have; and it is one only if encoding it
 * again gives the same text.
 */
function isId(segment: string): boolean {
  if (segment.startsWith('$') || /[():]/u.test(segment) || segment === '') return false
  const looksLikeOne = !segment.includes('{') && /[-=@,!%_]|\d{2}|^\d/u.test(segment)
  return looksLikeOne && survivesAsValue(segment)
}

function survivesAsValue(segment: string): boolean {
  try {
    const value = decodeURIComponent(segment)
    return encodeSegment(value) === encodeUrlText(segment) && isSafeValue(value)
  } catch {
    return false
  }
}
