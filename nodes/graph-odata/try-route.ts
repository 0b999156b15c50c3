import type { Request, Response } from 'express'
import type { NodeAPI } from 'node-red'
import { chosenConnections, type ChosenConnection } from '../graph-connection/chosen-connection'
import type { ReadPlan, ReadRequest } from '../lib/odata/read-plan'
import { smallUpload, uploadTarget } from '../lib/odata/upload-target'
import { WRITE_OPERATIONS } from '../lib/odata/write-plan'
import { ServiceError } from '../lib/odata/service-error'
import { Problem } from '../lib/problem'
import { isRecord } from '../lib/records'
import { guard, parameter, report, textsFor } from '../shared/http-guard'
import { whileAwaited } from '../shared/while-awaited'
import type { ShownRequest, TryOutcome } from './admin-api'
import type { NamedOperation } from './config'
import { dryRequest, dryWrite } from './dry-run'
import { readNodeDraft, type ReadNodeDraft } from './node-draft'
import { isRead, methodOf, operationOf } from './operation'
import { readRequest } from './read-request'
import { shownRows, shownValue, type TryResult } from './shown-result'
import { evaluateBody, writeRequest } from './write-request'

/** Rows that are shown; the node's own limit counts where it is lower. */
const MOST_ROWS = 20
/** Pages without a single row that are gone through. */
const MOST_PAGES = 5

/** Runs the read of a dialog, deployed or not. */
export function registerTryRoute(RED: NodeAPI): void {
  const guarded = guard(RED, 'graph-odata.write')
  RED.httpAdmin.post(
    '/graph-odata/:connection/try',
    guarded(async (req, res) => {
      const draft: unknown = isRecord(req.body) ? req.body['draft'] : undefined
      return chosenConnections().use(parameter(req, 'connection'), draft, async (chosen) =>
        tryRead(RED, req, res, chosen),
      )
    }),
  )
}

async function tryRead(
  RED: NodeAPI,
  req: Request,
  res: Response,
  chosen: ChosenConnection,
): Promise<TryOutcome> {
  const draft = readNodeDraft(RED, req.body)
  const operation = operationOf(draft.config, draft.message)
  if (!isRead(operation, draft.config)) {
    const request = await requestOnly(draft, operation, chosen)
    return { ok: true, sent: false, request, elapsed: 0 }
  }
  const { config, message, fields } = draft
  const request = await readRequest(config, chosen.settings.itemConvention, message, fields)
  const asked = operation === 'changes' ? { ...request, delta: config.start } : request
  const shown = shownRead(chosen.client.plan(asked))
  const limit = request.limit === 0 ? MOST_ROWS : Math.min(MOST_ROWS, request.limit)
  const begun = performance.now()
  const elapsed = (): number => Math.round(performance.now() - begun)
  try {
    const { result, ...facts } = await whileAwaited(res, chosen.settings, async (signal) =>
      readSome(chosen, asked, limit, signal),
    )
    return { ok: true, sent: true, request: shown, ...facts, elapsed: elapsed(), result }
  } catch (error) {
    // Whoever asked has gone, or something is wrong with us: neither is the service's outcome.
    if (!(error instanceof Problem)) throw error
    return {
      ok: false,
      sent: true,
      request: shown,
      ...factsOf(error),
      elapsed: elapsed(),
      error: report(textsFor(RED, req), error),
    }
  }
}

interface Read {
  readonly status: number
  readonly requestId?: string
  readonly result: TryResult
}

async function readSome(
  { client }: ChosenConnection,
  request: ReadRequest,
  limit: number,
  signal: AbortSignal,
): Promise<Read> {
  const rows: unknown[] = []
  let pages = 0
  let read: Read | undefined
  // One more than is shown tells that there are more.
  for await (const answer of client.read({ ...request, limit: limit + 1 }, { signal })) {
    pages += 1
    const { statusCode: status, requestId } = answer
    const facts = { status, ...(requestId === undefined ? {} : { requestId }) }
    if (answer.kind !== 'page') return { ...facts, result: shownValue(answer) }
    rows.push(...answer.rows)
    const more = rows.length > limit || answer.nextLink !== undefined
    const count = answer.count === undefined ? {} : { count: answer.count }
    read = { ...facts, result: { ...shownRows(rows.slice(0, limit), more), ...count } }
    if (rows.length >= limit || (rows.length > 0 && more) || pages === MOST_PAGES) break
  }
  if (read === undefined) throw new RangeError('A read gives at least one answer')
  return read
}

/** What would be sent, as a dry run shows it: nothing is ever written from a dialog. */
async function requestOnly(
  { config, message, fields }: ReadNodeDraft,
  operation: NamedOperation,
  { client, settings }: ChosenConnection,
): Promise<ShownRequest> {
  const { itemConvention } = settings
  const write = WRITE_OPERATIONS.find((each) => each === operation)
  if (write === undefined) {
    const request = await readRequest(config, itemConvention, message, fields)
    if (operation === 'download') return dryRequest(client.planDownload(request))
    const shown = shownRead(client.plan(request))
    if (operation === 'upload') return { ...shown, ...smallUpload(uploadTarget(shown.url, config.conflict)) }
    return { ...shown, method: methodOf(operation, config) }
  }
  const body = await evaluateBody(config, write, fields)
  const one: unknown = Array.isArray(body) && write !== 'call' ? body[0] : body
  return dryWrite(client, await writeRequest(config, write, itemConvention, message, fields, one))
}

function shownRead({ url, headers, prefer }: ReadPlan): ShownRequest {
  return dryRequest({ method: 'GET', url, headers, prefer })
}

function factsOf(error: Problem): Pick<TryOutcome, 'status' | 'requestId'> {
  if (!(error instanceof ServiceError)) return {}
  const { statusCode: status, requestId } = error
  return { status, ...(requestId === undefined ? {} : { requestId }) }
}
