import type { ReadOptions, ReadRequest } from '../lib/graph-client'
import type { Answer, Page } from '../lib/odata/answer'
import { ServiceError } from '../lib/odata/service-error'
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
  const request = await requestOf(run, resume?.link)
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
  readonly state: EmitterOptions['resume']
}

/** A message that this very node has sent, or an error of it that was caught, and that is fed back. */
function comesBack(message: Message, node: string): ComesBack | undefined {
  const { graph } = message
  if (graph?.node !== node) return undefined
  const parts = sequenceParts(message.parts)
  const link = typeof graph.nextLink === 'string' ? graph.nextLink : undefined
  if (parts === undefined) return link === undefined ? undefined : { link, state: undefined }
  return { link, state: { parts, rows: typeof graph.rows === 'number' ? graph.rows : 0 } }
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
    for await (const answer of client.read(request, options)) {
      begun = true
      yield answer
    }
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
