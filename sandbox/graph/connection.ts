import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { Answer } from './answer'
import type { Fault } from './control'
import { errorBody, GraphError } from './errors'

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
    const known =
      error instanceof GraphError
        ? error
        : new GraphError(500, 'InternalServerError', error instanceof Error ? error.message : String(error))
    await this.send({
      status: known.status,
      headers: { 'Content-Type': 'application/json', ...known.headers },
      body: errorBody(known, this.requestId, this.clientRequestId),
    })
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
