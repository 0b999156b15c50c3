import { Problem } from '../problem.js'
import { isPlainRecord } from '../records.js'

export interface WrittenBody {
  readonly body: string | Uint8Array
  readonly contentType: string
}

/**
 * The bytes of a body and what they are. Text is sent as it is: as JSON where it is an object or a list in JSON
 * already. Everything else becomes JSON.
 *
 * @throws Problem `bodyNotSendable` for what JSON cannot hold: an object that holds itself, a function.
 */
export function writeBody(value: unknown): WrittenBody {
  if (value instanceof Uint8Array) return { body: value, contentType: 'application/octet-stream' }
  if (typeof value === 'string') {
    return { body: value, contentType: isJsonText(value) ? 'application/json' : 'text/plain' }
  }
  return { body: toJson(value), contentType: 'application/json' }
}

function isJsonText(text: string): boolean {
  if (!/^\s*[{[]/u.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** A bigint is written with all its digits, as Edm.Int64 is; JSON.stringify would refuse it. */
function toJson(value: unknown): string {
  // Nothing that a body holds by chance.
  const mark = `integer ${Math.random().toString(36).slice(2)} `
  let json: string | undefined
  try {
    json = JSON.stringify(value, (_name, inner: unknown) =>
      typeof inner === 'bigint' ? `${mark}${inner}` : inner,
    )
  } catch (error) {
    throw notSendable(error)
  }
  if (json === undefined) throw new Problem('bodyNotSendable', { field: 'body', reason: typeof value })
  return json.replace(new RegExp(`"${mark}(-?\\d+)"`, 'gu'), '$1')
}

function notSendable(error: unknown): Problem {
  return new Problem('bodyNotSendable', { field: 'body', reason: error instanceof Error ? error.name : '' })
}

/**
 * What a service adds to what is read and has no use for when it comes back: versions, links, counts, contexts. Most
 * services refuse some of it. `@odata.type`, `@odata.bind` and `@microsoft.graph.conflictBehavior` say what to write and
 * stay. (OData JSON Format 4.01, 4.6; the last two are Graph's own.)
 */
const READ_ANNOTATION =
  /@(?:odata\.)?(?:context|etag|count|nextLink|deltaLink|editLink|readLink|navigationLink|associationLink|metadataEtag|totalCount|media(?:EditLink|ReadLink|ContentType|Etag))$|^@microsoft\.graph\.(?:downloadUrl|tips)$/u

/** With one of these beside it `@odata.id` is the address of what was read; else it names what is meant. */
const READ_WITH_ID = ['@odata.context', '@odata.etag', '@odata.editLink', '@odata.readLink']

/**
 * A body without the annotations that a read has added, at every depth.
 *
 * @throws Problem `bodyNotSendable` for an object that holds itself or cannot be looked into.
 */
export function withoutReadAnnotations(value: unknown): unknown {
  try {
    return stripped(value)
  } catch (error) {
    throw notSendable(error)
  }
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped)
  // Dates, Buffers and what else knows how to become JSON stay what they are.
  if (!isPlainRecord(value) || value instanceof Uint8Array || 'toJSON' in value) return value
  const wasRead = READ_WITH_ID.some((name) => name in value)
  const kept = Object.entries(value).filter(
    ([name]) => !READ_ANNOTATION.test(name) && !(wasRead && name === '@odata.id'),
  )
  return Object.fromEntries(kept.map(([name, inner]) => [name, stripped(inner)]))
}

/**
 * The body of a link (`members/$ref`), which is the address of what is linked. It may also be given as the item itself
 * or its id: a flow that has read an item need not build an address.
 *
 * @param directory whether the service knows everything that can be linked by its id alone, as Graph's directory does.
 */
export function linkBody(value: unknown, serviceUrl: string, directory: boolean): unknown {
  const base = serviceUrl.replace(/\/+$/u, '')
  if (isPlainRecord(value) && typeof value['@odata.id'] === 'string') {
    return { '@odata.id': value['@odata.id'] }
  }
  const id = isPlainRecord(value) ? value['id'] : value
  if (typeof id !== 'string' || /^\s*\{/u.test(id)) return value
  if (/^https?:\/\//iu.test(id)) return { '@odata.id': id }
  if (id.includes('/')) return { '@odata.id': `${base}/${id.replace(/^\/+/u, '')}` }
  return directory ? { '@odata.id': `${base}/directoryObjects/${encodeURIComponent(id)}` } : value
}
