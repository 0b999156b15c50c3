import type { Answer } from '../lib/odata/answer'
import type { WriteOperation, WriteRequest } from '../lib/odata/write-plan'
import { dryWrite } from './dry-run'
import { emitAnswers } from './emission'
import { fieldEvaluator } from './fields'
import { runRead } from './read'
import { readRequest } from './read-request'
import { turnOf, type Run } from './run'
import { sendPayload } from './send-payload'
import { payloadOf, warnOfLostAnswer, withCurrent, writeOptions } from './write-answer'
import { writeMany } from './write-many'
import { evaluateBody, writeRequest } from './write-request'

/** `operation: create`, `update`, `upsert`, `replace`, `delete` and `call`. */
export async function runWrite(run: Run): Promise<void> {
  const { RED, node, message, config, itemConvention } = run
  const operation = config.operation as WriteOperation
  const fields = fieldEvaluator(RED, node, message)
  // A function is read: its rows come in pages like those of any collection.
  if (operation === 'call' && config.method === 'GET') return runRead(run)
  const body = await evaluateBody(config, operation, fields)
  if (Array.isArray(body) && operation !== 'call') return writeMany(run, operation, body)
  const request = await writeRequest(config, operation, itemConvention, message, fields, body)
  if (config.dryRun)
    return sendPayload(run, dryWrite(run.client, request), { url: run.client.planWrite(request).url })
  await writeOne(run, operation, request)
}

async function writeOne(run: Run, operation: WriteOperation, request: WriteRequest): Promise<void> {
  const { client, status } = run
  status.writing(operation, 0, undefined)
  const written = await client
    .write(request, { ...writeOptions(run), offerCurrent: true })
    .catch((error: unknown) => {
      throw withCurrent(error, client.planWrite(request).url)
    })
  warnOfLostAnswer(run, written)
  if (operation === 'call' && written.answer.kind === 'page') return emitPages(run, written.answer)
  const { url, statusCode, requestId } = written.answer
  const { etag, location } = written
  sendPayload(run, payloadOf(written, run.message.payload), { url, statusCode, requestId, etag, location })
}

/** The rows of an action's answer; further pages are read as of any collection. */
async function emitPages(run: Run, first: Answer & { readonly kind: 'page' }): Promise<void> {
  const { RED, node, message, config, itemConvention, client, signal } = run
  let link = first.nextLink
  await emitAnswers(run, { lastLink: () => link }, async function* pages({ mayFetchAhead }) {
    yield first
    if (link === undefined) return
    const request = await readRequest(config, itemConvention, message, fieldEvaluator(RED, node, message))
    const onLink = (next: string | undefined): void => {
      link = next
    }
    yield* client.read({ ...request, from: link }, { signal, ...turnOf(run), mayFetchAhead, onLink })
  })
}
