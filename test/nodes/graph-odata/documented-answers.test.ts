import assert from 'node:assert/strict'
import { createGraphClient, type GraphClient } from '../../../nodes/lib/graph-client'
import { parseAddress } from '../../../nodes/lib/odata/parse-address'
import { Emitter, type Message } from '../../../nodes/graph-odata/emit'
import { startLocalServer, type LocalServer } from '../../support/local-server'
import { read } from '../../support/read-request'
import { openSettings } from '../../support/settings'
import { documentedPairs, type DocumentedPair } from '../../support/shared-data'

const DOCUMENTED_HOST = 'https://graph.microsoft.com'
const REPORT = 'Report Refresh Date,Report Period\n2017-08-30,7\n'
const DOCUMENTED_SERVICE = `${DOCUMENTED_HOST}/v1.0`

/** Answers every request with the documented pair that stands at the moment. */
class DocumentedService {
  #pair: DocumentedPair | undefined
  asked: string[] = []
  #local: LocalServer | undefined
  #storage: LocalServer | undefined

  get origin(): string {
    return this.#local?.origin ?? ''
  }

  async start(): Promise<void> {
    this.#local = await startLocalServer((request, response) => {
      this.asked.push(request.url ?? '')
      const pair = this.#pair
      // Only one page is documented; what a link leads to is not.
      if (pair === undefined || this.asked.length > 1) {
        response.writeHead(404).end()
        return
      }
      if (pair.status === 302) {
        response.writeHead(302, { location: `${this.#storage?.origin}/report.csv?sig=secret` }).end()
        return
      }
      const body = pair.responseBody === null ? '' : JSON.stringify(pair.responseBody)
      response.writeHead(pair.status, { 'content-type': 'application/json' }).end(body)
    })
    // A report's redirect leads to a pre-authenticated address on a host of its own.
    this.#storage = await startLocalServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/csv' }).end(REPORT)
    })
  }

  show(pair: DocumentedPair): void {
    this.#pair = pair
    this.asked = []
  }

  async close(): Promise<void> {
    await Promise.all([this.#local?.close(), this.#storage?.close()])
  }
}

const service = new DocumentedService()

async function firstMessage(client: GraphClient, url: string): Promise<Message> {
  const { params, ...parts } = parseAddress(url, DOCUMENTED_SERVICE)
  const values = new Map(params.map(({ name, value, template }) => [name, template ?? value]))
  const address = { ...parts, itemConvention: '{entity}/{key}', params: values }
  const message: Message = { _msgid: 'in', payload: 'as it came', topic: 'kept' }
  const emitter = new Emitter({
    node: 'n1',
    operation: 'read',
    output: 'array',
    message,
    clone: (original) => structuredClone(original),
    newId: () => 'id',
  })
  const answers = client.read(read('', { address }), { signal: new AbortController().signal })
  const { value: answer } = await answers.next()
  await answers.return()
  assert.ok(answer !== undefined)
  const [sent] = [...emitter.accept(answer), ...emitter.end()]
  assert.ok(sent !== undefined)
  return sent
}

/** By the documentation's own words: an array in `value` is a collection, a lone `value` is a value. */
function expectedPayload({ status, responseBody: body }: DocumentedPair): unknown {
  if (status === 302) return REPORT
  if (body === null) return 'as it came'
  if (typeof body !== 'object' || Array.isArray(body) || !('value' in body)) return body
  const others = Object.keys(body).filter((name) => name !== 'value' && !name.startsWith('@'))
  return Array.isArray(body.value) || others.length === 0 ? body.value : body
}

/** Another version than the connection's is reached by a whole URL on the service's own host. */
function onLocalHost(url: string): string {
  return url.startsWith(`${DOCUMENTED_SERVICE}/`) ? url : url.replace(DOCUMENTED_HOST, service.origin)
}

describe('the answers of the documentation', () => {
  let client: GraphClient | undefined

  before(async () => {
    await service.start()
    client = createGraphClient({
      settings: openSettings(`${service.origin}/v1.0`),
      tokens: undefined,
      trace: () => {},
    })
  })
  after(async () => {
    client?.close()
    await service.close()
  })

  it('come out in the shape of the message contract', async function () {
    const pairs = documentedPairs()
    if (pairs === undefined) this.skip()
    const reads = pairs.filter(({ method }) => method === 'GET')
    assert.ok(client !== undefined)
    for (const pair of reads) {
      service.show(pair)
      const message = await firstMessage(client, onLocalHost(pair.url))
      assert.deepEqual(message.payload, expectedPayload(pair), pair.name)
      assert.equal(message['topic'], 'kept')
      assert.equal(message.parts, undefined)
      assert.equal(message.graph?.statusCode, pair.status === 302 ? 200 : pair.status, pair.name)
      assert.doesNotMatch(JSON.stringify(message.graph), /secret/u, pair.name)
      assert.equal(message.graph?.node, 'n1')
      assert.equal('nextLink' in (message.graph ?? {}), false, pair.name)
    }
  })
})
