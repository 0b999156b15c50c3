import { GraphError } from './errors'
import type { ReadRequest, ReadSetting } from './reader'
import { textOf, type Row } from './rows'
import type { Table } from './table'
import type { Target, WalkSetting } from './walk'
import { refuseBody, locked, methodNotAllowed, preconditionFailed } from './write-errors'
import { workloadOf, type WorkloadName } from './workloads'

/** One request that changes something. */
export interface WriteRequest extends ReadRequest {
  readonly method: string
  /** Everything Graph takes as JSON comes in one piece of at most 4 MB. */
  readonly body: Buffer
  header(name: string): string | undefined
}

export type WriteSetting = ReadSetting

/** The body as JSON; without one undefined. */
export function readJson(request: WriteRequest): unknown {
  const { body } = request
  if (body.length === 0) return undefined
  const type = request.header('content-type') ?? ''
  if (!/^application\/json\b/i.test(type))
    throw new GraphError(
      400,
      'BadRequest',
      'Write requests (excluding DELETE) must contain the Content-Type header declaration.',
    )
  if (request.header('content-encoding') !== undefined)
    throw new GraphError(415, 'UnsupportedMediaType', 'The content encoding of the request is not supported.')
  try {
    return JSON.parse(body.toString('utf8').replace(/^\uFEFF/, ''))
  } catch {
    throw new GraphError(
      400,
      'BadRequest',
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    )
  }
}

/** A body where one must be. */
export function mandatoryJson(request: WriteRequest, workload: WorkloadName): unknown {
  const body = readJson(request)
  if (body === undefined) throw refuseBody(workload, 'Empty Payload. JSON content expected.')
  return body
}

/** Refuses what has changed since, and what a client must not change without having read it. */
export function checkEtag(row: Row, type: string, request: WriteRequest, required: boolean): void {
  const workload = workloadOf(type).name
  const current = row['@odata.etag']
  const match = request.header('if-match')
  if (match === undefined && required)
    throw new GraphError(400, '', 'The If-Match header must be specified for this kind of request.')
  if (match !== undefined && match !== '*' && typeof current === 'string') {
    const tags = tagsIn(match)
    if (tags.length === 0) throw malformedTag(workload, 'If-Match')
    if (!tags.some((tag) => sameTag(tag, current))) throw preconditionFailed(workload)
  }
  const none = request.header('if-none-match')
  if (none === undefined || typeof current !== 'string') return
  if (none === '*' || tagsIn(none).some((tag) => sameTag(tag, current))) throw preconditionFailed(workload)
}

function tagsIn(header: string): string[] {
  return header.match(/(?:W\/)?"[^"]*"/g) ?? []
}

function sameTag(left: string, right: string): boolean {
  return left.replace(/^W\//, '') === right.replace(/^W\//, '')
}

function malformedTag(workload: WorkloadName, header: string): GraphError {
  const message = `The ${header} header contains an invalid value.`
  return new GraphError(400, workload === 'planner' ? '' : 'malformedEntityTag', message)
}

/** What a test has locked stays as it is until it is unlocked. */
export function checkLock(row: Row, { control }: WriteSetting): void {
  if (control.isLocked(textOf(row, 'id'))) throw locked()
}

/** The table that a row is written in; 405 where it is worked out from others. */
export function tableOf(target: Target & { kind: 'row' }, { data }: WriteSetting): Table {
  const table = data.tableOf?.(target.row, target.type) ?? target.rows?.kept?.table
  if (table === undefined) throw methodNotAllowed(workloadOf(target.type).name)
  return table
}

export function walkSetting({ userId, options }: WriteRequest, { model, data }: WriteSetting): WalkSetting {
  return { model, data, userId, parameters: options.parameters }
}
