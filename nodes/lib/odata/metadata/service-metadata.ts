import type { GraphClient } from '../../graph-client'
import { Problem } from '../../problem'
import { isRecord, textAt } from '../../records'
import { bareRead, readOnce } from '../read-once'
import { ServiceError } from '../service-error'
import type { ResourceName } from './details'
import type { Model } from './model'
import { parseCsdl } from './parse-csdl'
import { resourceName } from './type-details'

/** What a service says that it has. */
export interface ServiceMetadata {
  readonly source: 'metadata' | 'serviceDocument' | 'none'
  /** Undefined where there is a service document at most. */
  readonly model: Model | undefined
  readonly resources: readonly ResourceName[]
  /** Why it is not the metadata. */
  readonly problem: Problem | undefined
  /** Epoch milliseconds. */
  readonly askedAt: number
  readonly etag: string | undefined
}

/**
 * Asks a service what it has: its `$metadata`, and where there is none of use its service document (OData Protocol
 * v4.01, 11.1). A service that tells neither is no error: names can still be typed.
 *
 * @param known what it said before; a service that knows ETags then need not send it again.
 */
export async function readServiceMetadata(
  client: GraphClient,
  known: ServiceMetadata | undefined,
  signal: AbortSignal,
): Promise<ServiceMetadata> {
  const askedAt = Date.now()
  try {
    return { ...(await fromMetadata(client, known, signal)), problem: undefined, askedAt }
  } catch (error) {
    const problem = told(error, signal)
    const resources = isAnswered(problem) ? await fromServiceDocument(client, signal) : undefined
    const nothing = { model: undefined, problem, askedAt, etag: undefined }
    return resources === undefined
      ? { source: 'none', resources: [], ...nothing }
      : { source: 'serviceDocument', resources, ...nothing }
  }
}

async function fromMetadata(
  client: GraphClient,
  known: ServiceMetadata | undefined,
  signal: AbortSignal,
): Promise<Omit<ServiceMetadata, 'problem' | 'askedAt'>> {
  const headers = new Map([['accept', 'application/xml']])
  if (known?.etag !== undefined) headers.set('if-none-match', known.etag)
  const answer = await readOnce(client, bareRead('$metadata', { headers, consistency: 'off' }), signal)
  if (answer.statusCode === 304 && known !== undefined) return known
  if (answer.kind !== 'single' || typeof answer.value !== 'string') {
    throw new Problem('metadataInvalid', { reason: `HTTP ${answer.statusCode}` })
  }
  const model = await parseCsdl(answer.value, signal)
  const resources = model.resources.map((resource) => resourceName(model, resource))
  return { source: 'metadata', model, resources, etag: answer.etag }
}

const KINDS: ReadonlyMap<string, ResourceName['kind']> = new Map([
  ['EntitySet', 'set'],
  ['Singleton', 'singleton'],
  ['FunctionImport', 'functionImport'],
])

/** OData JSON Format v4.01, 5; an entry without a kind is an entity set. */
async function fromServiceDocument(
  client: GraphClient,
  signal: AbortSignal,
): Promise<ResourceName[] | undefined> {
  try {
    const answer = await readOnce(client, bareRead('', { consistency: 'off' }), signal)
    if (answer.kind !== 'page') return undefined
    return answer.rows.flatMap((row) => {
      const name = textAt(row, 'url') ?? textAt(row, 'name')
      const kind = isRecord(row) ? KINDS.get(textAt(row, 'kind') ?? 'EntitySet') : undefined
      return name === undefined || kind === undefined ? [] : [{ name, kind }]
    })
  } catch (error) {
    told(error, signal)
    return undefined
  }
}

/** Without an answer a second question is in vain. */
function isAnswered(problem: Problem): boolean {
  return (
    problem instanceof ServiceError ||
    ['metadataInvalid', 'htmlAnswer', 'responseTooLarge', 'redirectInvalid', 'notJson'].includes(problem.code)
  )
}

function told(error: unknown, signal: AbortSignal): Problem {
  signal.throwIfAborted()
  if (error instanceof Problem) return error
  throw error
}
