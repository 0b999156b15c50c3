import type { GraphClient, ReadRequest } from '../lib/graph-client'
import { requestHeaders } from '../lib/odata/request-headers'
import type { PlannedRequest, WriteRequest } from '../lib/odata/write-plan'
import type { Run } from './run'
import { sendPayload } from './send-payload'

/** What a dry run shows in place of an answer. */
export interface DryRequest {
  readonly method: string
  readonly url: string
  /** Without the token. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Of an upsert: sent instead, where there is no such item. */
  readonly ifMissing?: DryRequest
}

export function dryWrite(client: GraphClient, request: WriteRequest): DryRequest {
  const { ifMissing, ...plan } = client.planWrite(request)
  return { ...dryRequest(plan), ...(ifMissing === undefined ? {} : { ifMissing: dryRequest(ifMissing) }) }
}

/** Emits the request that a read would begin with. */
export function showRead(run: Run, request: ReadRequest): void {
  const { url, headers, prefer } = run.client.plan(request)
  sendPayload(run, dryRequest({ method: 'GET', url, headers, prefer }), { url })
}

export function dryRequest({ method, url, headers, prefer, body }: PlannedRequest): DryRequest {
  return {
    method,
    url,
    headers: headersOf(headers, prefer),
    ...(body === undefined ? {} : { body: typeof body === 'string' ? parsed(body) : body }),
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

/** As they would be sent, but for the id that each request gets when it is. */
function headersOf(headers: ReadonlyMap<string, string>, prefer: readonly string[]): Record<string, string> {
  const { 'client-request-id': _, ...others } = Object.fromEntries(requestHeaders(headers, prefer))
  return others
}
