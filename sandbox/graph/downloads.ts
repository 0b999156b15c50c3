import { createHmac, randomBytes } from 'node:crypto'
import { partOf, type Answer } from './answer'
import type { Content } from './contents'

export interface Downloadable {
  readonly content: Content
  readonly contentType: string
  readonly name: string
  /** Changes with the content. */
  readonly etag?: string
}

/** What of a request's headers a download minds. */
export interface DownloadHeaders {
  readonly range?: string | undefined
  readonly authorization?: string | undefined
  readonly 'if-none-match'?: string | undefined
  readonly 'if-range'?: string | undefined
}

/** A pre-authenticated URL works for about an hour. */
const lifetime = 3600_000

/** Signs and serves the URLs that open one file to whoever has them: on an origin of its own, without a token. */
export class Downloads {
  readonly #secret = randomBytes(32)
  origin = ''

  constructor(readonly find: (key: string) => Downloadable | undefined) {}

  url(key: string): string {
    const expires = String(Date.now() + lifetime)
    return `${this.origin}/download/${encodeURIComponent(key)}?tempauth=${expires}.${this.#sign(key, expires)}`
  }

  answer(url: URL, headers: DownloadHeaders): Answer {
    const key = decodeURIComponent(url.pathname.replace('/download/', ''))
    const [expires = '', signature] = (url.searchParams.get('tempauth') ?? '').split('.')
    // The real origin may answer 401 if it gets Graph's token; here a client that leaks it always learns so.
    if (headers.authorization !== undefined)
      return refuse(401, 'A pre-authenticated URL takes no Authorization header.')
    if (signature !== this.#sign(key, expires) || Number(expires) < Date.now())
      return refuse(401, 'The download URL is invalid or has expired.')
    const file = this.find(key)
    return file === undefined ? refuse(404, 'The resource could not be found.') : serve(file, headers)
  }

  #sign(key: string, expires: string): string {
    return createHmac('sha256', this.#secret).update(`${key} ${expires}`).digest('base64url')
  }
}

function serve({ content, contentType, name, etag }: Downloadable, given: DownloadHeaders): Answer {
  const { size } = content
  const tag = etag === undefined || etag === '' ? {} : { ETag: etag }
  const headers = {
    'Content-Type': contentType,
    'Accept-Ranges': 'bytes',
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    ...tag,
  }
  if (etag !== undefined && given['if-none-match'] === etag) return { status: 304, headers: tag, body: '' }
  // A part of another version than the one a client has would not fit to it.
  const fits = given['if-range'] === undefined || given['if-range'] === etag
  const match = fits ? /^bytes=(\d*)-(\d*)$/.exec(given.range ?? '') : null
  if (match === null) return { status: 200, headers, body: partOf(content) }
  const [, first = '', last = ''] = match
  const from = first === '' ? Math.max(size - Number(last), 0) : Number(first)
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (from > to) return { status: 416, headers: { 'Content-Range': `bytes */${size}` }, body: '' }
  const partial = { ...headers, 'Content-Range': `bytes ${from}-${to}/${size}` }
  return { status: 206, headers: partial, body: partOf(content, from, to) }
}

function refuse(status: number, message: string): Answer {
  return { status, headers: { 'Content-Type': 'text/plain' }, body: message }
}
