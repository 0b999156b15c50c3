import type { WriteOperation, WriteRequest } from '../lib/odata/write-plan.js'
import { visible } from '../lib/odata/url-text.js'
import { Problem } from '../lib/problem.js'
import type { GraphODataConfig } from './config.js'
import type { FieldEvaluator } from './field-types.js'
import type { Message } from './message.js'
import { evaluateAddress, evaluateHeaders, evaluateOptions, evaluateRows } from './read-request.js'

/**
 * What is to be written; undefined where nothing is: an action without parameters, a delete.
 *
 * A delete sends no body, but where the body is a list it deletes each element; so what is not there is no error.
 */
export async function evaluateBody(
  config: GraphODataConfig,
  operation: WriteOperation,
  fields: FieldEvaluator,
): Promise<unknown> {
  if (operation === 'delete') return fields.evaluate('body', config.body).catch(nothingThere)
  const body = await fields.evaluate('body', config.body)
  if (body === undefined && operation !== 'call') throw new Problem('bodyMissing', { field: 'body' })
  return body
}

function nothingThere(error: unknown): undefined {
  if (error instanceof Problem && error.code === 'fieldEmpty') return undefined
  throw error
}

/** Evaluates everything else that a write needs of the message, before anything is sent. */
export async function writeRequest(
  config: GraphODataConfig,
  operation: WriteOperation,
  itemConvention: string,
  message: Message,
  fields: FieldEvaluator,
  body: unknown,
): Promise<WriteRequest> {
  const params = await evaluateRows('params', config.params, fields)
  return {
    ...(await evaluateHeaders(config, fields)),
    operation,
    method: config.method,
    address: await evaluateAddress(config, itemConvention, message, params, fields),
    query: await evaluateOptions(config, message, fields, []),
    body,
    ifMatch: await versionField(config, fields),
    seen: seenIn(message),
    answer: config.answer,
    allowDelete: config.allowDelete,
    keepAnnotations: config.annotations === 'send',
  }
}

/** The version that a write is to replace; '' where none is named. */
export async function versionField(config: GraphODataConfig, fields: FieldEvaluator): Promise<string> {
  const given = await fields.evaluate('ifMatch', config.ifMatch)
  if (given === undefined) return ''
  if (typeof given === 'string') return given.trim()
  throw new Problem('notText', { field: 'ifMatch', value: visible(typeof given) })
}

/** `msg.graph` of the node before, whoever has put it there. */
function seenIn({ graph }: Message): WriteRequest['seen'] {
  if (typeof graph?.url !== 'string') return undefined
  return { url: graph.url, etag: typeof graph.etag === 'string' ? graph.etag : undefined }
}
