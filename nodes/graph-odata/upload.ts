import { types } from 'node:util'
import type { ReadRequest } from '../lib/odata/read-plan'
import type { UploadFacts } from '../lib/odata/transfers'
import { mediaTypeOf } from '../lib/odata/text-encoding'
import { fileSource, memorySource, spooledSource, type UploadSource } from '../lib/odata/upload-source'
import { Problem } from '../lib/problem'
import { dryRequest } from './dry-run'
import { fieldEvaluator } from './fields'
import { localFile } from './local-file'
import { readRequest } from './read-request'
import { Stopped, turnOf, type Run } from './run'
import { sendPayload } from './send-payload'
import { withCurrent } from './write-answer'
import { versionField } from './write-request'

/** Bytes of a stream that is written to a temporary file first: OneDrive's own largest file. */
const MOST_SPOOLED = 250e9

/** `operation: upload`: a file, or what the body holds, to an address. The service's answer becomes the payload. */
export async function runUpload(run: Run): Promise<void> {
  const { RED, node, message, config, itemConvention } = run
  const fields = fieldEvaluator(RED, node, message)
  const request = await readRequest(config, itemConvention, message, fields)
  const ifMatch = await versionField(config, fields)
  const { source, contentType } = await sourceOf(run)
  try {
    const facts = {
      conflict: config.conflict,
      contentType: request.headers.get('content-type') ?? contentType ?? (await typeAtStart(source)),
      name: nameOf(request),
      ifMatch,
    }
    await (config.dryRun ? showUpload : sendUpload)(run, request, source, facts)
  } finally {
    await source.close()
  }
}

async function sendUpload(
  run: Run,
  request: ReadRequest,
  source: UploadSource,
  facts: UploadFacts,
): Promise<void> {
  const { client, message, notes, signal, status } = run
  status.transfer('uploading', 0, source.size)
  const { answer, location } = await client
    .upload(request, source, {
      ...facts,
      signal,
      ...turnOf(run),
      ...(notes === undefined ? {} : { notes }),
      keepSession: () => signal.reason instanceof Stopped && signal.reason.by === 'close',
      onProgress: (bytes, total) => status.transfer('uploading', bytes, total),
    })
    .catch((error: unknown) => {
      throw withCurrent(error, client.plan(request).url)
    })
  const { url, statusCode, requestId } = answer
  const etag = answer.kind === 'single' ? answer.etag : undefined
  const payload = answer.kind === 'single' ? answer.value : message.payload
  sendPayload(run, payload, { url, statusCode, requestId, etag, location })
}

async function showUpload(
  run: Run,
  request: ReadRequest,
  source: UploadSource,
  facts: UploadFacts,
): Promise<void> {
  const planned = await run.client.planUpload(request, source, facts)
  sendPayload(run, dryRequest(planned), { url: planned.url })
}

interface Content {
  readonly source: UploadSource
  /** Undefined where its first bytes say it. */
  readonly contentType?: string
}

async function sourceOf({ RED, node, message, config, signal }: Run): Promise<Content> {
  const fields = fieldEvaluator(RED, node, message)
  const path = await localFile(RED, fields, config.file)
  if (path !== undefined) return { source: await fileSource(path, 'file') }
  const body = await fields.evaluate('body', config.body)
  if (typeof body === 'string') {
    return { source: memorySource(Buffer.from(body)), contentType: 'text/plain; charset=utf-8' }
  }
  const bytes = bytesOf(body)
  if (bytes !== undefined) return { source: memorySource(bytes) }
  if (!isStream(body)) throw new Problem('uploadBodyInvalid', { field: 'body', value: typeof body })
  const limit = config.maxSize === 0 ? MOST_SPOOLED : config.maxSize
  return {
    source: await spooledSource(body, limit, 'body', signal),
    contentType: 'application/octet-stream',
  }
}

async function typeAtStart(source: UploadSource): Promise<string> {
  return mediaTypeOf(await source.read(0, Math.min(16, source.size)))
}

function bytesOf(body: unknown): Buffer | undefined {
  if (Buffer.isBuffer(body)) return body
  // A function node's own globals are not ours.
  if (types.isArrayBuffer(body)) return Buffer.from(body)
  return ArrayBuffer.isView(body) ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : undefined
}

/** Node's own streams and those of the web. */
function isStream(body: unknown): body is AsyncIterable<Uint8Array | string> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

/** An attachment's name: the value `name` of the node's values; else the file's own. */
function nameOf({ address }: ReadRequest): string {
  const name = address.params.get('name')
  return name === undefined ? '' : String(name)
}
