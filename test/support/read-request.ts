import type { ReadRequest } from '../../nodes/lib/graph-client'

/** A read of an append URL, with everything else as a blank dialog has it. */
export function read(appendUrl: string, changes: Partial<ReadRequest> = {}): ReadRequest {
  return {
    address: { entity: '', key: '', appendUrl, itemConvention: '{entity}/{key}', params: new Map() },
    query: {},
    filterValues: new Map(),
    headers: new Map(),
    preferences: {},
    consistency: 'auto',
    limit: 0,
    followNested: false,
    stripAnnotations: false,
    ...changes,
  }
}
