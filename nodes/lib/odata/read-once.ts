import type { GraphClient } from '../graph-client'
import type { Answer } from './answer'
import type { ReadRequest } from './read-plan'

/** A request of our own: a path below the service URL as it is sent, and what differs from a bare read. */
export function bareRead(path: string, changes: Partial<ReadRequest> = {}): ReadRequest {
  return {
    address: { entity: path, key: '', appendUrl: '', itemConvention: '', params: new Map() },
    query: {},
    filterValues: new Map(),
    headers: new Map(),
    preferences: { textBody: false, immutableIds: false },
    consistency: 'auto',
    limit: 0,
    followNested: false,
    stripAnnotations: false,
    ...changes,
  }
}

/** The first answer alone: no further page is asked for. */
export async function readOnce(
  client: GraphClient,
  request: ReadRequest,
  signal: AbortSignal,
): Promise<Answer> {
  for await (const answer of client.read(request, { signal })) return answer
  throw new RangeError('A read gives at least one answer')
}
