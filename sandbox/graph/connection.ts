import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import { failure, type Answer } from './answer'
import { bodyLimit, readAll, type Call } from './call'
import type { Fault } from './control'

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
    }
  }

  async send({ status, headers, body }: Answer): Promise<void> {
    const { response } = this
    if (response.headersSent || response.destroyed) return
    response.statusCode = status
    response.setHeader('request-id', this.requestId)
    response.setHeader('client-request-id', this.clientRequestId)
    response.setHeader('x-ms-ags-diagnostic', diagnostic)
    response.setHeader('Cache-Control', 'no-cache')
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.setHeader('Vary', 'Accept-Encoding')
    const data = typeof body === 'string' ? Buffer.from(body) : body
    const zipped = await this.#compressed(data, headers)
    if (zipped !== undefined) response.setHeader('Content-Encoding', 'gzip')
    response.setHeader('Content-Length', (zipped ?? data).length)
    response.end(zipped ?? data)
  }

  /** Only text is compressed, and only at the fastest level: the page is to be there soon. */
  async #compressed(data: Buffer, headers: Answer['headers']): Promise<Buffer | undefined> {
    const accepted = /\bgzip\b/.test(this.header('accept-encoding') ?? '')
    const isText = /json|xml|text/.test(headers['Content-Type'] ?? '')
    if (!accepted || !isText || data.length < compressFrom) return undefined
    return compress(data, { level: constants.Z_BEST_SPEED })
  }

  async sendError(error: unknown): Promise<void> {
    await this.send(failure(error, this))
  }

  async fail(fault: Fault): Promise<void> {
    const { response } = this
    if (fault === 'stall') return
    if (fault === 'reset') {
      response.socket?.resetAndDestroy()
      return
    }
    if (fault === 'cut') {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 1000 })
      response.write('{"value":[{"id":"1"},', () => response.socket?.destroy())
      return
    }
    const { status, headers = {}, body = '' } = fault
    const contentType = typeof body === 'string' ? 'text/html' : 'application/json'
    await this.send({
      status,
      headers: { 'Content-Type': contentType, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }
}
