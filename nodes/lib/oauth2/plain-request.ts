import type { Network } from '../http/network'
import { createTransport } from '../http/transport'
import { Problem } from '../problem'

export interface PlainRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>
  readonly network: Network
  /** Milliseconds without any progress; the whole may take twice as long, as with simple-oauth2. */
  readonly timeout: number
  readonly signal: AbortSignal
}

export interface PlainAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  /** Undefined where the answer is no JSON. */
  readonly body: unknown
}

const MAX_ANSWER = 1024 * 1024

/** What simple-oauth2 has no class for: device codes, managed identities, discovery, revocation. One call, no pool. */
export async function plainRequest(request: PlainRequest): Promise<PlainAnswer> {
  const { method, url, form, network, timeout, signal } = request
  const transport = createTransport(network)
  const late = new AbortController()
  const timer = setTimeout(() => {
    late.abort(new Problem('timeout', { host: new URL(url).host, seconds: (2 * timeout) / 1000 }))
  }, 2 * timeout)
  const headers = new Map(Object.entries({ accept: 'application/json', ...request.headers }))
  if (form !== undefined) headers.set('content-type', 'application/x-www-form-urlencoded')
  try {
    const response = await transport.send({
      method,
      url,
      headers,
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
      signal: AbortSignal.any([signal, late.signal]),
      timeout,
      maxResponseSize: MAX_ANSWER,
    })
    return {
      status: response.status,
      headers: response.headers,
      body: parsed(response.body.toString('utf8')),
    }
  } finally {
    clearTimeout(timer)
    transport.close()
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
