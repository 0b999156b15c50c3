import type { ReadOptions, ReadRequest } from '../lib/graph-client'
import type { Answer, Page } from '../lib/odata/answer'
import { ServiceError } from '../lib/odata/service-error'
import { showRead } from './dry-run'
import { emitAnswers } from './emission'
import type { EmitterOptions, Message } from './emit'
import { fieldEvaluator } from './fields'
import { readRequest, resumedRequest } from './read-request'
import { turnOf, type Run } from './run'
import { sequenceParts } from './sequence'

/** `operation: read`. */
export async function runRead(run: Run): Promise<void> {
  const { config, message } = run
  const demand = config.output === 'page' && config.paging === 'demand'
  const back = comesBack(message, run.node.id)
  // The last page came back: the run is over, and there is nothing to ask for.
  if (demand && back !== undefined && back.link === undefined) return
  const resume = config.output === 'array' || back?.link === undefined ? undefined : back
  const request = limitLeft(await requestOf(run, resume?.link), resume?.rows ?? 0)
  if (request === undefined) return
  if (config.dryRun) return showRead(run, request)
  let link = request.from
  await emitAnswers(
    run,
    { demand, lastLink: () => link, ...(resume?.state === undefined ? {} : { resume: resume.state }) },
    ({ mayFetchAhead }) =>
      readAnswers(run, request, {
        signal: run.signal,
        ...turnOf(run),
        mayFetchAhead,
        onLink: (next) => {
          link = next
        },
      }),
  )
}

/** A limit is one for all parts of a read that goes on; undefined where nothing of it is left. */
function limitLeft(request: ReadRequest, rows: number): ReadRequest | undefined {
  if (request.limit === 0) return request
  return rows < request.limit ? { ...request, limit: request.limit - rows } : undefined
}

async function requestOf(run: Run, link: string | undefined): Promise<ReadRequest> {
  const { RED, node, message, config, itemConvention } = run
  const fields = fieldEvaluator(RED, node, message)
  return link === undefined
    ? readRequest(config, itemConvention, message, fields)
    : resumedRequest(config, itemConvention, link, fields)
}

interface ComesBack {
  /** Undefined on the last page. */
  readonly link: string | undefined
  /** Sent before. */
  readonly rows: number
  readonly state: EmitterOptions['resume']
}

/**
 * A message that this very node has sent, or an error of it that was caught, and that is fed back. What failed before
 * there was anything to go on from is asked for as it was.
 */
function comesBack(message: Message, node: string): ComesBack | undefined {
  const { graph } = message
  if (graph?.node !== node) return undefined
  const link = typeof graph.nextLink === 'string' ? graph.nextLink : undefined
  if (link === undefined && graph.url === undefined && graph.rows === undefined) return undefined
  const parts = sequenceParts(message.parts)
  const rows = typeof graph.rows === 'number' && graph.rows > 0 ? graph.rows : 0
  return { link, rows, state: parts === undefined ? undefined : { parts, rows } }
}

/**
 * The answers of a read. With `notFound: 'empty'` a 404 is what it says: nothing there; not so behind the
 * first page, where it would cut the collection short.
 */
async function* readAnswers(
  { client, config }: Run,
  request: ReadRequest,
  options: ReadOptions,
): AsyncGenerator<Answer, void, void> {
  let begun = request.from !== undefined
  try {
    const onArrival = (): void => {
      begun = true
    }
    yield* client.read(request, { ...options, onArrival })
  } catch (error) {
    if (
      begun ||
      config.notFound !== 'empty' ||
      !(error instanceof ServiceError) ||
      error.statusCode !== 404
    ) {
      throw error
    }
    yield emptyPage(client.plan(request).url, error)
  }
}

function emptyPage(url: string, { statusCode, requestId }: ServiceError): Page {
  const nothing = { rows: [], count: undefined, nextLink: undefined, deltaLink: undefined }
  return { kind: 'page', url, statusCode, requestId, ...nothing }
}
