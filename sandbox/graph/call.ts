import { GraphError } from './errors'

/** One thing that a service is asked: a request of its own or a part of a batch, which are answered alike. */
export interface Call {
  readonly method: string
  /** The path below the service's address, without a slash at either end. */
  readonly rest: string
  /** What comes after the question mark, as it came. */
  readonly query: string
  /** Graph's identifier of the request, and the caller's own where it sent one. */
  readonly requestId: string
  readonly clientRequestId: string
  /** `undefined` for a request of its own. */
  readonly part: string | undefined
  /** By a name in lower case. */
  header(name: string): string | undefined
  /** The whole body, empty where there is none; 413 for more bytes than the limit. */
  body(limit?: number): Promise<Buffer>
  /** Passes when the answer may be given; the time begins with the first call. */
  latency(): Promise<void>
}

/** What Graph takes in one request that is not a file. */
export const bodyLimit = 4 * 1024 * 1024

/** All bytes of a stream, up to a limit. */
export async function readAll(stream: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

export function tooLarge(limit: number): GraphError {
  return new GraphError(
    413,
    'RequestEntityTooLarge',
    `The request is larger than the maximum of ${limit} bytes.`,
    { Connection: 'close' },
  )
}
