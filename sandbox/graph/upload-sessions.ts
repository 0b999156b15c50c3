import { createHash, randomBytes, type Hash } from 'node:crypto'
import { createWriteStream, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Answer } from './answer'
import type { Content, Spool } from './contents'
import { GraphError } from './errors'

export type SessionKind = 'file' | 'attachment'

interface Session {
  readonly kind: SessionKind
  readonly file: string
  readonly expires: number
  /** Known with the first range at the latest. */
  total: number | undefined
  received: number
  hash: Hash
  /** What becomes of the bytes when all are there. */
  readonly finish: (content: Content) => Answer
  /** One range at a time. */
  busy: boolean
}

const rangeUnit = 320 * 1024
const longestRange = { file: 60 * 1024 * 1024 - 1, attachment: 4 * 1024 * 1024 } as const
const lifetime = 24 * 3600_000

/** Uploads in ranges, to URLs that whoever knows them may use; the bytes go to the disk as they come. */
export class UploadSessions {
  readonly #sessions = new Map<string, Session>()
  origin = ''

  constructor(
    readonly spool: Spool,
    /** After how many bytes of a range a test wants the connection to end; undefined for none. */
    readonly cut: () => number | undefined,
  ) {}

  /** Answers the session's address and end. */
  start(
    kind: SessionKind,
    total: number | undefined,
    finish: Session['finish'],
  ): { uploadUrl: string; expirationDateTime: string } {
    const id = randomBytes(24).toString('base64url')
    const expires = Date.now() + lifetime
    this.#sessions.set(id, {
      kind,
      file: this.spool.path(),
      expires,
      total,
      received: 0,
      hash: createHash('sha256'),
      finish,
      busy: false,
    })
    return {
      uploadUrl: `${this.origin}/upload/${id}?tempauth=v1.${id.slice(0, 8)}`,
      expirationDateTime: time(expires),
    }
  }

  clear(): void {
    this.#sessions.clear()
    this.spool.clear()
  }

  async answer(id: string, request: IncomingMessage): Promise<Answer> {
    if (request.headers.authorization !== undefined)
      throw new GraphError(401, 'unauthenticated', 'An upload URL takes no Authorization header.')
    const session = this.#sessions.get(id)
    if (session === undefined || session.expires < Date.now())
      throw new GraphError(404, 'itemNotFound', 'The upload session was not found.')
    const { method } = request
    if (method === 'PUT') return this.#put(id, session, request)
    if (method === 'GET') return status(session, 200)
    if (method !== 'DELETE') throw new GraphError(405, 'notAllowed', 'The action is not allowed.')
    this.#end(id, session)
    return { status: 204, headers: {}, body: '' }
  }

  #end(id: string, session: Session): void {
    this.#sessions.delete(id)
    rmSync(session.file, { force: true })
  }

  async #put(id: string, session: Session, request: IncomingMessage): Promise<Answer> {
    const range = checkRange(session, request)
    if (session.busy) throw new GraphError(409, 'resourceModified', 'Another range is being uploaded.')
    session.busy = true
    try {
      const hash = await this.#receive(session, request, range.length)
      session.received += range.length
      session.hash = hash
    } finally {
      session.busy = false
    }
    session.total = range.total
    if (session.received < range.total) return status(session, session.kind === 'file' ? 202 : 200)
    const sha256 = session.hash.copy().digest('hex').toUpperCase()
    try {
      const answer = session.finish({ size: range.total, sha256, file: session.file })
      this.#sessions.delete(id)
      if (session.kind === 'attachment') rmSync(session.file, { force: true })
      return answer
    } catch (error) {
      // The session lives on: the client may choose another name, or free the one it wants.
      session.received -= range.length
      throw error
    }
  }

  /** Writes a range behind what is there. What is interrupted is lost as a whole. */
  async #receive(session: Session, request: IncomingMessage, length: number): Promise<Hash> {
    const hash = session.hash.copy()
    const cut = this.cut()
    let count = 0
    const counted = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of source) {
        count += chunk.length
        if (cut !== undefined && count >= cut) request.socket.destroy()
        if (count > length) return
        hash.update(chunk)
        yield chunk
      }
    }
    const flags = session.received === 0 ? 'w' : 'r+'
    const output = createWriteStream(session.file, { flags, start: session.received })
    await pipeline(request.iterator({ destroyOnReturn: false }), counted, output)
    if (count !== length) throw invalid('The range is not as long as its header says.')
    return hash
  }
}

interface Range {
  readonly length: number
  readonly total: number
}

function checkRange(session: Session, { headers }: IncomingMessage): Range {
  const { from, to, total } = readRange(headers['content-range'])
  const length = to - from + 1
  if (session.total !== undefined && session.total !== total)
    throw invalid('The total size must be the same for all ranges of a session.')
  if (headers['content-length'] !== undefined && Number(headers['content-length']) !== length)
    throw invalid('The Content-Length and Content-Range headers contradict each other.')
  if (length > longestRange[session.kind])
    throw new GraphError(413, 'requestEntityTooLarge', 'The range is too large.')
  if (session.kind === 'file' && to + 1 < total && length % rangeUnit !== 0)
    throw invalid('All ranges but the last must be multiples of 327,680 bytes.')
  if (from !== session.received)
    throw new GraphError(416, 'invalidRange', 'The range is there already, or one before it is missing.')
  return { length, total }
}

function readRange(header = ''): { from: number; to: number; total: number } {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header)
  if (match === null) throw invalid('The Content-Range header is missing or malformed.')
  const [from = 0, to = 0, total = 0] = match.slice(1).map(Number)
  if (to < from || to >= total) throw invalid('The Content-Range header is malformed.')
  return { from, to, total }
}

/** Outlook writes the same in its own way: in Pascal case, and without a dash. */
function status(session: Session, code: number): Answer {
  const expires = time(session.expires)
  const next = String(session.received)
  const body =
    session.kind === 'file'
      ? { expirationDateTime: expires, nextExpectedRanges: [`${next}-`] }
      : { ExpirationDateTime: expires, NextExpectedRanges: [next] }
  return { status: code, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
}

function invalid(message: string): GraphError {
  return new GraphError(400, 'invalidRequest', message)
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
