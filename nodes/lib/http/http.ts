/** The pipeline's own vocabulary: what a policy sees. Nothing here knows which client does the work. */

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface HttpRequest {
  readonly method: HttpMethod
  readonly url: string
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body?: Buffer | string
  /** Redirected to another host at some point: from there on it never carries the token again. */
  readonly anonymous?: true
  readonly signal: AbortSignal
  /** Milliseconds without any progress (headers, then each piece of the body) after which it is given up. */
  readonly timeout: number
  /** Bytes of the body after decompression. */
  readonly maxResponseSize: number
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case; several values of one name are joined with ", ". */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  /** The URL that answered, after redirects. */
  readonly url: string
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
  return policies.reduceRight<Send>(
    (next, policy) => async (request) => policy.send(request, next),
    transport,
  )
}
