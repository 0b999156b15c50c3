import { setMaxListeners } from 'node:events'

/** The pipeline's own vocabulary: what a policy sees. Nothing here knows which client does the work. */

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * What repeating a request may do (docs/reliability.md, "Retry table"). `safe`: reads, and actions that only read.
 * `idempotent`: applying it twice is applying it once. `conditional`: idempotent, with If-Match. `once`: all else,
 * so where it cannot be known whether it was applied it is not repeated but reported.
 */
export type Repeat = 'safe' | 'idempotent' | 'conditional' | 'once'

export interface AnswerHead {
  readonly status: number
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  /** The URL that answers, after redirects; it may be a pre-signed one. */
  readonly url: string
}

export interface HttpRequest {
  readonly method: HttpMethod
  readonly url: string
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body?: Buffer | string
  /** Redirected to another host at some point: from there on it never carries the token again. */
  readonly anonymous?: true
  readonly signal: AbortSignal
  /**
   * Milliseconds without any progress (the headers, then each 16 kB of the body or its end) after which it is given up.
   */
  readonly timeout: number
  /** Bytes of the body after decompression. */
  readonly maxResponseSize: number
  /** Default: `safe` for GET and HEAD, `once` for everything else. */
  readonly repeat?: Repeat
  /**
   * Takes the body of a 2xx answer piece by piece, instead of the response's `body` (which is empty then) and without
   * `maxResponseSize`. Each piece restarts the timeout; a slow consumer holds the sender back and is not timed. If
   * it fails, so does the request. Once it has been called the request is not repeated: who has begun to
   * write a file resumes with a Range.
   */
  readonly into?: (head: AnswerHead, chunks: AsyncIterable<Buffer>) => Promise<void>
  /**
   * Reads a 2xx answer; throws a Problem where it is not what it says (JSON that is none, a page of HTML). The
   * retry policy then treats it as broken. Default: the pipeline's own look at it.
   */
  readonly check?: (response: HttpResponse) => Promise<void>
  /** Over a connection of its own: after a 503 another front end may answer (Graph, "Best practices"). */
  readonly fresh?: true
  /** Never travels inside a batch. */
  readonly solo?: true
  /** Neither waits for writes on the same item nor holds them up. */
  readonly unordered?: true
  /** Whose turn it takes (a node's id): owners wait in queues of their own. Default: one for all that have none. */
  readonly owner?: string
  /** Told when it has to wait for the service: seconds, as many as are known now. For a status. */
  readonly onWait?: (seconds: number) => void
}

/** Whose requests these are, and who is told when they have to wait. */
export type Turn = Pick<HttpRequest, 'owner' | 'onWait'>

/** Of options that hold more, what a request wants to know of its turn. */
export function turnIn({ owner, onWait }: Turn): Turn {
  return { ...(owner === undefined ? {} : { owner }), ...(onWait === undefined ? {} : { onWait }) }
}

/** Milliseconds; a shorter wait is over before anybody has read of it, and is not told. */
export const WORTH_TELLING = 2000

export function repeatOf({ repeat, method }: HttpRequest): Repeat {
  return repeat ?? (method === 'GET' || method === 'HEAD' ? 'safe' : 'once')
}

export interface HttpResponse extends AnswerHead {
  /** Names in lower case; several values of one name are joined with ", ". */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  /** An earlier try of this request may have been applied: a 409 or 412 may be that try's doing. */
  readonly lostTry?: true
  /** Success, but of the body nothing (usable) arrived: who needs it reads the item again. `body` is empty. */
  readonly bodyLost?: true
  /** The error does not say whether the request was applied, and it must not be repeated. */
  readonly outcomeUnknown?: true
  /** It took more than one try to get it. */
  readonly repeated?: true
}

/** Sends a request and gives its answer, whatever its status. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>

/** One concern of the pipeline, wrapped around the rest of it. */
export interface Policy {
  readonly name: string
  send(request: HttpRequest, next: Send): Promise<HttpResponse>
}

/** The first policy is the outermost. */
export function pipeline(policies: readonly Policy[], transport: Send): Send {
  const send = policies.reduceRight<Send>(
    (next, policy) => async (request) => policy.send(request, next),
    transport,
  )
  return async (request) => {
    // Thousands of requests may hang on the signal of one message.
    setMaxListeners(0, request.signal)
    return send(request)
  }
}
