import type { ServerResponse } from 'node:http'
import { startLocalServer, type LocalServer } from './local-server'

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** How one request is answered: with a status, headers and a body (an object as JSON), or by hand. */
export type Reply =
  | readonly [status: number, body?: unknown, headers?: Readonly<Record<string, string>>]
  | ((response: ServerResponse, request: SeenRequest) => void)

/** Answers each request with the next reply of a script, and keeps what was asked. */
export class ScriptedService {
  seen: SeenRequest[] = []
  #replies: Reply[] = []
  #server: LocalServer | undefined

  get origin(): string {
    return this.#server?.origin ?? ''
  }

  /** `GET /v1.0/users`, in order. */
  get asked(): string[] {
    return this.seen.map(({ method, url }) => `${method} ${url}`)
  }

  async start(): Promise<this> {
    this.#server = await startLocalServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { method = '', url = '', headers } = request
        const seen = { method, url, headers, body: Buffer.concat(chunks).toString() }
        this.seen.push(seen)
        reply(this.#replies.shift() ?? [500, { error: { code: 'endOfScript' } }], response, seen)
      })
    })
    return this
  }

  answers(...replies: Reply[]): void {
    this.seen = []
    this.#replies = replies
  }

  async close(): Promise<void> {
    await this.#server?.close()
  }
}

function reply(how: Reply, response: ServerResponse, request: SeenRequest): void {
  if (typeof how === 'function') {
    how(response, request)
    return
  }
  const [status, body, headers = {}] = how
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
