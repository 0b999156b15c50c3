import { randomUUID } from 'node:crypto'
import { failure, json, type Answer } from './answer'
import { readBatch, type Part } from './batch-request'
import { tooLarge, type Call } from './call'
import type { GraphControl, SeenRequest } from './control'
import { GraphError } from './errors'
import { perform } from './perform'
import type { Service } from './service'

/** Outlook works on so many parts of a batch at a time for each mailbox; the others wait. */
const partsPerMailbox = 4

/** `POST /{version}/$batch`: all parts at once but for what waits for another, and the answer with the last. */
export async function answerBatch(call: Call, service: Service, control: GraphControl): Promise<Answer> {
  if (call.method !== 'POST')
    throw new GraphError(405, 'Request_BadRequest', 'Specified HTTP method is not allowed for $batch.', {
      Allow: 'POST',
    })
  const caller = await service.authenticate(call.header('authorization'))
  const parts = readBatch(await call.body())
  const mailboxes = new Map<string, Turnstile>()
  const done = new Map<string, Promise<Answer>>()

  const run = async (part: Part): Promise<Answer> => {
    const asked = partCall(part, call, control)
    const before = await Promise.all(part.dependsOn.flatMap((id) => done.get(id) ?? []))
    if (before.some((answer) => answer.status >= 400)) return failure(dependency(), asked)
    const mailbox = service.useOf(asked, caller)?.mailbox
    const answer = (): Promise<Answer> =>
      perform(seen(part, call, service), asked, control, () => service.answer(asked))
    if (mailbox === undefined) return answer()
    const turnstile = mailboxes.get(mailbox) ?? new Turnstile(partsPerMailbox)
    mailboxes.set(mailbox, turnstile)
    return turnstile.pass(answer)
  }
  for (const part of parts) done.set(part.id.toLowerCase(), run(part))
  const [answers] = await Promise.all([
    Promise.all(parts.map(async (part) => ({ part, answer: await done.get(part.id.toLowerCase()) }))),
    // What a batch takes by itself passes while its parts are worked on.
    call.latency(),
  ])
  const present = answers.flatMap(({ part, answer }) =>
    answer === undefined || answer.damage === 'missing-part' ? [] : [{ part, answer }],
  )
  const damage = present.find(({ answer }) => answer.damage !== undefined)?.answer.damage
  const responses = control.shuffled(present).map(({ part, answer }) => response(part.id, answer, control))
  const body = `{"responses":[${responses.join(',')}]}`
  return { ...json(undefined), body, ...(damage !== undefined && { damage }) }
}

function dependency(): GraphError {
  return new GraphError(424, 'FailedDependency', 'A request that this request depends on has failed.')
}

/** A part is asked on behalf of whoever sent the batch; nothing else of the batch's headers is its own. */
function partCall({ id, method, url, headers, body }: Part, batch: Call, control: GraphControl): Call {
  const question = url.indexOf('?')
  const path = question === -1 ? url : url.slice(0, question)
  const requestId = randomUUID()
  return {
    method,
    rest: path.replace(/\/$/, ''),
    query: question === -1 ? '' : url.slice(question + 1),
    requestId,
    clientRequestId: headers.get('client-request-id') ?? batch.clientRequestId,
    part: id,
    header: (name) => {
      const value = headers.get(name)
      if (name === 'authorization') return value ?? batch.header(name)
      // Nothing in a batch can go on behind its answer.
      return name === 'prefer' ? value?.replace(/\brespond-async\b\s*,?\s*/i, '') : value
    },
    body: async (limit = Infinity) => {
      if (body.length > limit) throw tooLarge(limit)
      return body
    },
    latency: control.latency(),
  }
}

function seen({ id, method, url, headers }: Part, batch: Call, { base }: Service): SeenRequest {
  return {
    method,
    url: `${new URL(base).pathname}/${url}`,
    headers: Object.fromEntries([...headers].filter(([name]) => name !== 'authorization')),
    authorized: (headers.get('authorization') ?? batch.header('authorization')) !== undefined,
    origin: 'graph',
    part: id,
  }
}

/** Header names come in whatever case the service behind has them; a client must not rely on it. */
function response(id: string, { status, headers, body }: Answer, control: GraphControl): string {
  const lower = control.shuffled([true, false])[0] === true
  const named = Object.entries({ 'Cache-Control': 'no-cache', ...headers }).map(
    ([name, value]) => [lower ? name.toLowerCase() : name, value] as const,
  )
  const head = JSON.stringify({ id, status, headers: Object.fromEntries(named) })
  const content = responseBody(headers['Content-Type'] ?? '', body)
  return content === undefined ? head : `${head.slice(0, -1)},"body":${content}}`
}

/** JSON goes in as it is, with all the digits of its numbers. */
function responseBody(contentType: string, body: Answer['body']): string | undefined {
  // What is too large for the memory is too large for a part.
  if (typeof body !== 'string' && !Buffer.isBuffer(body)) return undefined
  if (body.length === 0) return undefined
  if (/json/.test(contentType)) return body.toString()
  const isText = /^text\/|xml/.test(contentType)
  return JSON.stringify(isText ? body.toString() : Buffer.from(body).toString('base64'))
}

/** Lets so many through at a time; the others wait in their order. */
class Turnstile {
  #inside = 0
  readonly #waiting: (() => void)[] = []

  constructor(readonly limit: number) {}

  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#inside >= this.limit) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#inside++
    try {
      return await work()
    } finally {
      // Whoever waits takes over the place.
      const next = this.#waiting.shift()
      if (next === undefined) this.#inside--
      else next()
    }
  }
}
