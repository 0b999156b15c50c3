import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Content } from './contents'
import { errorBody, GraphError } from './errors'

/** What a request is answered with, before it is written to the connection. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer | Streamed
  /** What becomes of it on the wire. */
  readonly damage?: Damage
}

/** A body that need not be in memory. */
export interface Streamed {
  readonly size: number
  open(): Readable
}

/** One with a number ends after so many bytes. */
export type Damage =
  | { readonly after: number }
  | 'reset'
  | 'reset-body'
  | 'stall'
  | 'stall-body'
  | 'cut'
  | 'cut-chunked'
  | 'bad-gzip'
  | 'missing-part'

const jsonType = (metadata: 'minimal' | 'none'): string =>
  `application/json;odata.metadata=${metadata};odata.streaming=true;IEEE754Compatible=false;charset=utf-8`

export function json(
  value: unknown,
  metadata = true,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status: 200,
    headers: { 'Content-Type': jsonType(metadata ? 'minimal' : 'none'), 'odata-version': '4.0', ...headers },
    body: stringify(value),
  }
}

/** Integers beyond 2^53 are kept as they are: they go out with all their digits. */
function stringify(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    const marked = (_: string, part: unknown): unknown => (typeof part === 'bigint' ? `\0${part}` : part)
    return JSON.stringify(value, marked).replaceAll(/"\\u0000(-?\d+)"/g, '$1')
  }
}

export function text(value: string, contentType = 'text/plain'): Answer {
  return { status: 200, headers: { 'Content-Type': contentType, 'odata-version': '4.0' }, body: value }
}

export function streamed(content: Content, contentType: string): Answer {
  return { status: 200, headers: { 'Content-Type': contentType }, body: partOf(content) }
}

/** A part of a content, from one byte to another and with both. */
export function partOf(content: Content, from = 0, to = content.size - 1): Buffer | Streamed {
  const { bytes, file = '' } = content
  if (bytes !== undefined) return bytes.subarray(from, to + 1)
  const size = Math.max(0, to - from + 1)
  return size === 0 ? Buffer.alloc(0) : { size, open: () => createReadStream(file, { start: from, end: to }) }
}

export function redirect(location: string): Answer {
  return { status: 302, headers: { Location: location }, body: '' }
}

export function noContent(): Answer {
  return { status: 204, headers: {}, body: '' }
}

/** What was thrown, in Graph's error shape. */
export function failure(
  error: unknown,
  { requestId, clientRequestId }: { readonly requestId: string; readonly clientRequestId: string },
): Answer {
  const known =
    error instanceof GraphError
      ? error
      : new GraphError(500, 'InternalServerError', error instanceof Error ? error.message : String(error))
  return {
    status: known.status,
    headers: { 'Content-Type': 'application/json', ...known.headers },
    body: errorBody(known, requestId, clientRequestId),
  }
}
