import type { HttpResponse } from '../http/http'
import { parsedUrl } from '../parsed-url'
import { Problem } from '../problem'
import { isPlainRecord } from '../records'
import { decodeText } from './json'
import { parsePage } from './page-json'
import { linkText } from './pages'
import { requestIdOf, serviceError } from './service-error'

/** What every answer says of itself. */
export interface AnswerFacts {
  /** As it was asked for. The address that a redirect ended at may be a pre-signed one: it stays out of here. */
  readonly url: string
  readonly statusCode: number
  readonly requestId: string | undefined
  /** It took more than one try. */
  readonly repeated?: true
}

/** One page of a collection. The links are opaque: used whole and unchanged. */
export interface Page extends AnswerFacts {
  readonly kind: 'page'
  /**
   * Theirs who hold the page: changed where they stand, and taken out as they are sent. A row that outlives its
   * turn costs V8 far more than one that dies young, and in a chain of readers somebody always keeps the page.
   */
  readonly rows: unknown[]
  readonly count: number | undefined
  readonly nextLink: string | undefined
  readonly deltaLink: string | undefined
}

/** Anything that is not a collection: an entity, a value, a text, bytes. */
export interface Single extends AnswerFacts {
  readonly kind: 'single'
  readonly value: unknown
  readonly etag: string | undefined
}

/** 204 and its like: there is nothing to take a payload from. */
export interface Empty extends AnswerFacts {
  readonly kind: 'empty'
}

export type Answer = Page | Single | Empty

/**
 * Reads a response by what it is, not by what was asked for: the same address may give a collection, an
 * item or bytes.
 *
 * @param url as it was asked for.
 * @throws ServiceError for 4xx and 5xx.
 * @throws Problem `notJson` (a body that says it is JSON and is not), `htmlAnswer` (a proxy's or a sign-in
 *   page where data was expected).
 */
export async function readAnswer(response: HttpResponse, url: string): Promise<Answer> {
  if (response.status >= 400) throw serviceError(response)
  if (response.status >= 300 && response.status !== 304) {
    throw new Problem('redirectInvalid', { status: response.status })
  }
  const facts = { url, statusCode: response.status, requestId: requestIdOf(response) }
  if (response.body.length === 0) return { kind: 'empty', ...facts }
  const type = mediaType(response)
  const raw = isRawAddress(url)
  if (isJson(type) && !raw) return readJson(response, facts)
  if (type === 'text/html' && !raw) {
    throw new Problem('htmlAnswer', { status: response.status, host: new URL(response.url).host })
  }
  return {
    kind: 'single',
    value: rawValue(type, response.body, url),
    etag: response.headers.get('etag'),
    ...facts,
  }
}

async function readJson(response: HttpResponse, facts: AnswerFacts): Promise<Answer> {
  const body = await jsonBody(response)
  if (!isPlainRecord(body))
    return { kind: 'single', value: body, etag: response.headers.get('etag'), ...facts }
  if (Array.isArray(body['value'])) {
    return {
      kind: 'page',
      rows: body['value'],
      count: typeof body['@odata.count'] === 'number' ? body['@odata.count'] : undefined,
      nextLink: link(body, 'nextLink'),
      deltaLink: link(body, 'deltaLink'),
      ...facts,
    }
  }
  const etag = typeof body['@odata.etag'] === 'string' ? body['@odata.etag'] : response.headers.get('etag')
  return { kind: 'single', value: isBareValue(body) ? body['value'] : body, etag, ...facts }
}

async function jsonBody(response: HttpResponse): Promise<unknown> {
  try {
    return await parsePage(response.body)
  } catch {
    throw new Problem('notJson', { status: response.status, host: new URL(response.url).host })
  }
}

/** Some services misspell the annotation as `@odata:nextLink`; Graph's own guidance did. */
function link(body: Readonly<Record<string, unknown>>, name: 'nextLink' | 'deltaLink'): string | undefined {
  return linkText(body[`@odata.${name}`] ?? body[`@odata:${name}`])
}

/**
 * A property or a function's result is wrapped as `{ "@odata.context": ..., "value": ... }` (OData JSON
 * Format v4.01, 11). An entity that was reduced to a property of that name is told apart by its context.
 */
function isBareValue(body: Readonly<Record<string, unknown>>): boolean {
  if (!('value' in body) || Object.keys(body).some((name) => name !== 'value' && !name.startsWith('@')))
    return false
  const context = body['@odata.context']
  return !(typeof context === 'string' && context.endsWith('/$entity'))
}

/** `/$count`, `/$value` and `/content` answer with the thing itself, whatever its media type. */
function isRawAddress(url: string): boolean {
  return /\/(?:\$count|\$value|content)$/u.test(parsedUrl(url).pathname)
}

function rawValue(type: string, body: Buffer, url: string): unknown {
  if (!isText(type)) return body
  const text = decodeText(body)
  const counted = parsedUrl(url).pathname.endsWith('/$count') && /^\d{1,15}$/u.test(text.trim())
  return counted ? Number(text) : text
}

function isText(type: string): boolean {
  return type.startsWith('text/') || isJson(type) || type === 'application/xml' || type.endsWith('+xml')
}

function isJson(type: string): boolean {
  return type === 'application/json' || type === 'text/json' || type.endsWith('+json')
}

function mediaType(response: HttpResponse): string {
  return (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}
