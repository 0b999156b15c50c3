import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { Answer, Damage, Streamed } from './answer'
import { bodyLimit, readAll, type Call } from './call'

const compress = promisify(gzip)
/** Below this, compression costs more than it saves. */
const compressFrom = 1024

const diagnostic = JSON.stringify({
  ServerInfo: { DataCenter: 'Local', Slice: 'E', Ring: '5', ScaleUnit: '000', RoleInstance: 'LOCAL0000' },
})

/** One request's identifiers, and the writing of its answer. */
export class Connection {
  readonly requestId = randomUUID()
  readonly clientRequestId: string

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    /** Passes when the answer may be given. */
    readonly latency: () => Promise<void>,
  ) {
    this.clientRequestId = this.header('client-request-id') ?? this.requestId
  }

  header(name: string): string | undefined {
    const value = this.request.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  /** The request as a service sees it. */
  call(rest: string, query: string): Call {
    return {
      method: this.request.method ?? '',
      rest,
      query,
      requestId: this.requestId,
      clientRequestId: this.clientRequestId,
      part: undefined,
      header: (name) => this.header(name),
      // An iteration that ends early must leave the connection open for the answer.
      body: (limit = bodyLimit) => readAll(this.request.iterator({ destroyOnReturn: false }), limit),
      latency: this.latency,
    }
  }

  async send({ status, headers, body, damage }: Answer): Promise<void> {
    const { response } = this
    if (response.headersSent || response.destroyed) return
    response.statusCode = status
    response.setHeader('request-id', this.requestId)
    response.setHeader('client-request-id', this.clientRequestId)
    response.setHeader('x-ms-ags-diagnostic', diagnostic)
    response.setHeader('Cache-Control', 'no-cache')
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.setHeader('Vary', 'Accept-Encoding')
    if (typeof body !== 'string' && !Buffer.isBuffer(body)) {
      await this.#stream(body, damage)
      return
    }
    const data = typeof body === 'string' ? Buffer.from(body) : body
    const zipped = damage === 'bad-gzip' ? await garbled(data) : await this.#compressed(data, headers)
    if (zipped !== undefined) response.setHeader('Content-Encoding', 'gzip')
    response.setHeader('Content-Length', (zipped ?? data).length)
    if (damage === undefined || damage === 'bad-gzip') response.end(zipped ?? data)
    else await this.#sendDamaged(zipped ?? data, damage)
  }

  /** A body from the disk, as fast as the client takes it; one that is to break ends in its middle. */
  async #stream(body: Streamed, damage: Damage | undefined): Promise<void> {
    const { response } = this
    const { size } = body
    response.setHeader('Content-Length', size)
    if (damage === 'stall') return
    const whole = damage === undefined ? size : typeof damage === 'object' ? damage.after : size / 2
    let sent = 0
    const source = body.open()
    response.once('close', () => source.destroy())
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        const part = chunk.subarray(0, Math.max(0, whole - sent))
        sent += part.length
        if (!response.write(part)) await drained(response)
        if (sent >= whole || response.destroyed) break
      }
    } catch {
      // The client has gone: its connection tells it so.
    }
    if (damage === undefined) response.end()
    else if (damage !== 'stall-body') response.socket?.destroy()
  }

  /** What a client gets of an answer that breaks on its way. */
  async #sendDamaged(data: Buffer, damage: Damage): Promise<void> {
    const { response } = this
    const half = data.subarray(0, typeof damage === 'object' ? damage.after : data.length / 2)
    if (damage === 'stall') return
    if (damage === 'reset' || half.length === 0) {
      response.socket?.resetAndDestroy()
      return
    }
    if (damage === 'cut-chunked') response.removeHeader('Content-Length')
    await new Promise<void>((resolve) => response.write(half, () => resolve()))
    if (damage === 'stall-body') return
    // A reset overtakes what has just been sent.
    if (damage === 'reset-body') await wait(20)
    if (damage === 'reset-body') response.socket?.resetAndDestroy()
    else response.socket?.destroy()
  }

  /** Only text is compressed, and only at the fastest level: the page is to be there soon. */
  async #compressed(data: Buffer, headers: Answer['headers']): Promise<Buffer | undefined> {
    const accepted = /\bgzip\b/.test(this.header('accept-encoding') ?? '')
    const isText = /json|xml|text/.test(headers['Content-Type'] ?? '')
    if (!accepted || !isText || data.length < compressFrom) return undefined
    return compress(data, { level: constants.Z_BEST_SPEED })
  }
}

/** Gzip that breaks off in the middle, with what no decoder can take for a block of it. */
async function garbled(data: Buffer): Promise<Buffer> {
  const begun = await compress(data.subarray(0, data.length / 2), { finishFlush: constants.Z_SYNC_FLUSH })
  return Buffer.concat([begun, Buffer.alloc(8, 0xff)])
}

/** Until more can be written, or nobody is there to write to. */
async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}
