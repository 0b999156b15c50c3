import {
  planWrite,
  WRITE_OPERATIONS,
  type WriteOperation,
  type WritePlan,
} from '../../lib/odata/write-plan.js'
import type { GraphODataConfig } from '../config.js'
import type { FieldEvaluator } from '../field-types.js'
import { evaluateBody, writeRequest } from '../write-request.js'

/** The operation where it writes: a call with GET is read like a collection. */
export function writeOperationOf({ operation, method }: GraphODataConfig): WriteOperation | undefined {
  if (operation === 'call' && method === 'GET') return undefined
  return WRITE_OPERATIONS.find((name) => name === operation)
}

/** The request of a write, as the runtime plans it. */
export async function previewWrite(
  config: GraphODataConfig,
  operation: WriteOperation,
  { base, graph, itemConvention }: { base: string; graph: boolean; itemConvention: string },
  fields: FieldEvaluator,
): Promise<WritePlan> {
  const body = await evaluateBody(config, operation, fields)
  const request = await writeRequest(config, operation, itemConvention, {}, fields, body)
  return planWrite(
    Array.isArray(body) && operation !== 'call' ? { ...request, body: {} } : request,
    base,
    graph,
  )
}
