import type { WriteOperation, WriteRequest } from '../../nodes/lib/odata/write-plan'

/** A write to an append URL, with everything else as a blank dialog has it. */
export function write(
  operation: WriteOperation,
  appendUrl: string,
  changes: Partial<WriteRequest> = {},
): WriteRequest {
  return {
    operation,
    method: 'POST',
    address: { entity: '', key: '', appendUrl, itemConvention: '{entity}/{key}', params: new Map() },
    query: {},
    headers: new Map(),
    preferences: {},
    body: undefined,
    ifMatch: '',
    seen: undefined,
    answer: 'default',
    allowDelete: false,
    keepAnnotations: false,
    ...changes,
  }
}
