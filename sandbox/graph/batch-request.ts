import { badRequest, GraphError } from './errors'

/** One part of a batch, as far as it can be told to be well formed. */
export interface Part {
  readonly id: string
  /** In upper case. */
  readonly method: string
  /** Relative to the version, without the leading slash that it may have. */
  readonly url: string
  /** By names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
  /** Ids in lower case of earlier parts. */
  readonly dependsOn: readonly string[]
}

const mostParts = 20
const methods = new Set(['GET', 'POST', 'PATCH', 'PUT', 'DELETE'])

/** Reads a batch; 400 for all of it where a part is malformed. */
export function readBatch(body: Buffer): Part[] {
  const requests = record(parse(body))?.['requests']
  if (!Array.isArray(requests) || requests.length === 0) throw badRequest('Invalid batch payload format.')
  if (requests.length > mostParts)
    throw new GraphError(
      400,
      'MaximumValueExceeded',
      `Number of batch request steps exceeds the maximum value of '${mostParts}'.`,
    )
  const known = new Set<string>()
  return requests.map((request: unknown) => {
    const part = readPart(record(request) ?? {}, known)
    if (known.has(part.id.toLowerCase())) throw badRequest(`Request Id: ${part.id} is not unique.`)
    known.add(part.id.toLowerCase())
    return part
  })
}

function readPart(request: Readonly<Record<string, unknown>>, earlier: ReadonlySet<string>): Part {
  const id = request['id']
  if (typeof id !== 'string' || id === '') throw badRequest('Request Id should be a text and not be empty.')
  const { method, url } = request
  const verb = typeof method === 'string' ? method.toUpperCase() : ''
  if (!methods.has(verb)) throw badRequest(`Invalid method in request Id: ${id}.`)
  if (typeof url !== 'string' || url === '' || /^[a-z]+:\/\//i.test(url))
    throw badRequest(`Invalid url in request Id: ${id}. It must be relative.`)
  const relative = url.replace(/^\//, '')
  if (/^\$batch\/?(?:\?|$)/.test(relative)) throw badRequest('Nested batch requests are not supported.')
  const headers = readHeaders(id, request['headers'])
  return {
    id,
    method: verb,
    url: relative,
    headers,
    body: readBody(id, verb, headers.get('content-type'), request['body']),
    dependsOn: readDependencies(id, request['dependsOn'], earlier),
  }
}

function readHeaders(id: string, value: unknown): Map<string, string> {
  const headers = new Map<string, string>()
  for (const [name, text] of Object.entries(value === undefined ? {} : (record(value) ?? { '': 0 }))) {
    if (typeof text !== 'string') throw badRequest(`Invalid headers in request Id: ${id}.`)
    headers.set(name.toLowerCase(), text)
  }
  return headers
}

/** JSON is a value, text a text; all else is bytes in base64 or base64url (OData JSON 4.01, 19.1). */
function readBody(id: string, method: string, contentType: string | undefined, value: unknown): Buffer {
  const writes = method !== 'GET' && method !== 'DELETE'
  if ((value === undefined && writes) || (value !== undefined && contentType === undefined))
    throw badRequest(`Write request id : ${id} does not contain Content-Type header or body.`)
  if (value === undefined) return Buffer.alloc(0)
  if (/\bjson\b/i.test(contentType ?? '')) return Buffer.from(JSON.stringify(value))
  if (typeof value !== 'string') throw badRequest(`Invalid body in request Id: ${id}.`)
  // Node's decoder takes both alphabets.
  return Buffer.from(value, /^text\//i.test(contentType ?? '') ? 'utf8' : 'base64')
}

function readDependencies(id: string, value: unknown, earlier: ReadonlySet<string>): string[] {
  if (value === undefined || value === null) return []
  const ids = Array.isArray(value) ? value.map((other) => String(other).toLowerCase()) : ['']
  const unknown = ids.find((other) => !earlier.has(other))
  if (unknown !== undefined)
    throw badRequest(`Invalid dependsOn in request Id: ${id}. It must name earlier requests.`)
  return ids
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw badRequest('Invalid batch payload format.')
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
