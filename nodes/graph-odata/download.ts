import { FileSink, MemorySink, type ByteSink } from '../lib/odata/byte-sink'
import type { Downloaded } from '../lib/odata/download'
import { ServiceError } from '../lib/odata/service-error'
import { decodeBody } from '../lib/odata/text-encoding'
import { Problem } from '../lib/problem'
import { dryRequest } from './dry-run'
import { fieldEvaluator } from './fields'
import { localFile } from './local-file'
import { readRequest } from './read-request'
import { turnOf, type Run } from './run'
import { sendPayload } from './send-payload'

/** Bytes: of a download that is held in memory, and of one that goes to a file (OneDrive's own largest file). */
const MOST_IN_MEMORY = 64 * 1024 * 1024
const MOST_IN_FILE = 250e9

/** `operation: download`: the bytes behind an address, into the message or into a file. */
export async function runDownload(run: Run): Promise<void> {
  const { RED, node, message, config, itemConvention, client, status, signal } = run
  const fields = fieldEvaluator(RED, node, message)
  const request = await readRequest(config, itemConvention, message, fields)
  const planned = client.planDownload(request)
  if (config.dryRun) return sendPayload(run, dryRequest(planned), { url: planned.url })
  const target = await targetOf(run)
  status.transfer('downloading', 0, undefined)
  try {
    const done = await client.download(request, target.sink, {
      signal,
      ...turnOf(run),
      maxSize: config.maxSize === 0 ? target.most : config.maxSize,
      onProgress: (bytes, total) => status.transfer('downloading', bytes, total),
    })
    await target.sink.finish()
    sendPayload(run, target.payload(done), factsOf(done))
  } catch (error) {
    await target.sink.discard()
    if (config.notFound !== 'empty' || !isNotFound(error)) throw error
    const { requestId } = error
    sendPayload(run, target.nothing, { url: planned.url, statusCode: 404, requestId })
  }
}

interface Target {
  readonly sink: ByteSink
  /** Bytes, unless the node says otherwise. */
  readonly most: number
  readonly payload: (done: Downloaded) => unknown
  /** The payload where nothing is there and that is no error. */
  readonly nothing: unknown
}

async function targetOf({ RED, node, message, config }: Run): Promise<Target> {
  if (config.as === 'file') {
    const path = await localFile(RED, fieldEvaluator(RED, node, message), config.file)
    if (path === undefined) throw new Problem('fieldEmpty', { field: 'file', value: config.file.value })
    return { sink: new FileSink(path, 'file'), most: MOST_IN_FILE, payload: () => path, nothing: '' }
  }
  const sink = new MemorySink()
  return config.as === 'text'
    ? { sink, most: MOST_IN_MEMORY, payload: (done) => decodeBody(sink.bytes, done.contentType), nothing: '' }
    : { sink, most: MOST_IN_MEMORY, payload: () => sink.bytes, nothing: Buffer.alloc(0) }
}

function isNotFound(error: unknown): error is ServiceError {
  return error instanceof ServiceError && error.statusCode === 404
}

function factsOf({ url, statusCode, requestId, etag }: Downloaded): Partial<Downloaded> {
  return { url, statusCode, requestId, etag }
}
