import { createHmac, randomBytes } from 'node:crypto'
import type { Answer } from './answer'

export interface Downloadable {
  readonly bytes: Buffer
  readonly contentType: string
  readonly name: string
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

  answer(url: URL, range: string | undefined, authorization: string | undefined): Answer {
    const key = decodeURIComponent(url.pathname.replace('/download/', ''))
    const [expires = '', signature] = (url.searchParams.get('tempauth') ?? '').split('.')
    // The real origin may answer 401 if it gets Graph's token; here a client that leaks it always learns so.
    if (authorization !== undefined)
      return refuse(401, 'A pre-authenticated URL takes no Authorization header.')
    if (signature !== this.#sign(key, expires) || Number(expires) < Date.now())
      return refuse(401, 'The download URL is invalid or has expired.')
    const file = this.find(key)
    return file === undefined ? refuse(404, 'The resource could not be found.') : serve(file, range)
  }

  #sign(key: string, expires: string): string {
    return createHmac('sha256', this.#secret).update(`${key} ${expires}`).digest('base64url')
  }
}

function serve({ bytes, contentType, name }: Downloadable, range: string | undefined): Answer {
  const headers = {
    'Content-Type': contentType,
    'Accept-Ranges': 'bytes',
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
  }
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? '')
  if (match === null) return { status: 200, headers, body: bytes }
  const [, first = '', last = ''] = match
  const from = first === '' ? Math.max(bytes.length - Number(last), 0) : Number(first)
  const to = first === '' || last === '' ? bytes.length - 1 : Math.min(Number(last), bytes.length - 1)
  if (from > to) return { status: 416, headers: { 'Content-Range': `bytes */${bytes.length}` }, body: '' }
  const partial = { ...headers, 'Content-Range': `bytes ${from}-${to}/${bytes.length}` }
  return { status: 206, headers: partial, body: bytes.subarray(from, to + 1) }
}

function refuse(status: number, message: string): Answer {
  return { status, headers: { 'Content-Type': 'text/plain' }, body: message }
}
