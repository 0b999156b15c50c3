import type { ReadRequest } from '../lib/odata/read-plan.js'
import type { PlaceholderValue } from '../lib/odata/placeholders.js'
import { wholeNumber, type QueryFields } from '../lib/odata/query-options.js'
import { userHeaders } from '../lib/odata/user-headers.js'
import type { ResourceAddress } from '../lib/odata/resource-url.js'
import { Problem } from '../lib/problem.js'
import type { GraphODataConfig } from './config.js'
import type { Message } from './message.js'
import type { FieldEvaluator, NamedField } from './field-types.js'

const OPTION_FIELDS = ['select', 'filter', 'expand', 'orderby', 'search', 'pageSize', 'query'] as const

/** Evaluates everything that a read needs of the message, before anything is sent. */
export async function readRequest(
  config: GraphODataConfig,
  itemConvention: string,
  message: Message,
  fields: FieldEvaluator,
): Promise<ReadRequest> {
  const params = await evaluateRows('params', config.params, fields)
  return {
    ...(await commonRequest(config, itemConvention, fields)),
    address: await evaluateAddress(config, itemConvention, message, params, fields),
    query: { ...(await evaluateOptions(config, message, fields)), count: config.count },
    filterValues: new Map(params),
  }
}

/**
 * A read that goes on at a link: address and options are in the link, and the fields that said them may have
 * meant a payload that is another one by now.
 */
export async function resumedRequest(
  config: GraphODataConfig,
  itemConvention: string,
  link: string,
  fields: FieldEvaluator,
): Promise<ReadRequest> {
  const pageSize = await fields.evaluate('pageSize', config.pageSize)
  return {
    ...(await commonRequest(config, itemConvention, fields)),
    from: link,
    query: pageSize === undefined ? {} : { pageSize },
  }
}

async function commonRequest(
  config: GraphODataConfig,
  itemConvention: string,
  fields: FieldEvaluator,
): Promise<ReadRequest> {
  const limit = await fields.evaluate('limit', config.limit)
  return {
    address: { entity: '', key: '', appendUrl: '', itemConvention, params: new Map() },
    query: {},
    filterValues: new Map(),
    ...(await evaluateHeaders(config, fields)),
    consistency: config.consistency,
    limit: limit === undefined ? 0 : wholeNumber('limit', limit, 0),
    followNested: config.followNested,
    stripAnnotations: config.annotations === 'strip',
  }
}

/** The user's own headers, and what the service is asked to prefer. */
export async function evaluateHeaders(
  config: GraphODataConfig,
  fields: FieldEvaluator,
): Promise<Pick<ReadRequest, 'headers' | 'preferences'>> {
  const timeZone = await fields.evaluate('timeZone', config.timeZone)
  return {
    headers: userHeaders(await evaluateRows('headers', config.headers, fields)),
    preferences: {
      textBody: config.textBody,
      immutableIds: config.immutableIds,
      ...(timeZone === undefined ? {} : { timeZone: urlText('timeZone', timeZone) }),
    },
  }
}

export async function evaluateAddress(
  config: GraphODataConfig,
  itemConvention: string,
  message: Message,
  params: readonly [string, unknown][],
  fields: FieldEvaluator,
): Promise<ResourceAddress> {
  const { drivenByMessage } = config
  const fromMessage = (name: string): unknown => (drivenByMessage ? message[name] : undefined)
  const entity = urlText('entity', (await fields.evaluate('entity', config.entity)) ?? fromMessage('entity'))
  const key = value('key', (await fields.evaluate('key', config.key)) ?? fromMessage('key') ?? '')
  const appendUrl = urlText(
    'appendUrl',
    (await fields.evaluate('appendUrl', config.appendUrl)) ?? fromMessage('appendUrl'),
  )
  if (entity === '' && appendUrl === '') throw new Problem('entityMissing', { field: 'entity' })
  return { entity, key, appendUrl, itemConvention, params: primitives(params) }
}

export async function evaluateOptions(
  config: GraphODataConfig,
  message: Message,
  fields: FieldEvaluator,
  names: readonly (typeof OPTION_FIELDS)[number][] = OPTION_FIELDS,
): Promise<QueryFields> {
  const options: Record<string, unknown> = {}
  for (const field of names) {
    const evaluated = await fields.evaluate(field, config[field])
    if (evaluated !== undefined) options[field] = evaluated
  }
  if (config.drivenByMessage && options['query'] === undefined) options['query'] = message['query'] ?? {}
  return options
}

export async function evaluateRows(
  table: string,
  rows: readonly NamedField[],
  fields: FieldEvaluator,
): Promise<[string, unknown][]> {
  const evaluated: [string, unknown][] = []
  for (const row of rows) {
    if (row.name === '') continue
    const result = await fields.evaluate(`${table} ${row.name}`, row)
    // A row that was left blank is a value that is missing, not one that is not wanted.
    if (result === undefined) throw new Problem('fieldEmpty', { field: `${table} ${row.name}`, value: '' })
    evaluated.push([row.name, result])
  }
  return evaluated
}

/** What can stand in a URL. A list can only be used in a filter; there its own check says so. */
function primitives(params: readonly [string, unknown][]): Map<string, PlaceholderValue> {
  const usable = new Map<string, PlaceholderValue>()
  for (const [name, param] of params) {
    if (param instanceof Date && !Number.isNaN(param.getTime())) usable.set(name, param.toISOString())
    else if (isPrimitive(param)) usable.set(name, param)
  }
  return usable
}

function urlText(field: string, given: unknown): string {
  if (given === undefined || given === null) return ''
  if (typeof given !== 'string') throw new Problem('notText', { field, value: typeof given })
  const text = given.trim()
  if (text === '' && given !== '') throw new Problem('fieldEmpty', { field, value: given })
  return text
}

function value(field: string, given: unknown): PlaceholderValue {
  if (isPrimitive(given)) return given
  throw new Problem('notText', { field, value: typeof given })
}

function isPrimitive(given: unknown): given is PlaceholderValue {
  return (
    typeof given === 'string' ||
    typeof given === 'number' ||
    typeof given === 'boolean' ||
    typeof given === 'bigint'
  )
}
