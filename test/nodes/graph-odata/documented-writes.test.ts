import assert from 'node:assert/strict'
import type { GraphFacts } from '../../../nodes/graph-odata/message'
import { encodeUrlText } from '../../../nodes/lib/odata/url-text'
import { startNodeRed, type FlowNode, type NodeRedProcess } from '../../support/node-red-process'
import { deployNode, type FlowMessage, type NodeUnderTest } from '../../support/node-under-test'
import { ScriptedService } from '../../support/scripted-service'
import { documentedPairs, type DocumentedPair } from '../../support/shared-data'

const DOCUMENTED_HOST = 'https://graph.microsoft.com'
const OPERATIONS: Readonly<Record<string, string>> = {
  POST: 'create',
  PATCH: 'update',
  PUT: 'replace',
  DELETE: 'delete',
}

const headerOf = (headers: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.entries(headers).find(([given]) => given.toLowerCase() === name)?.[1]

const operationOf = ({ method, tags }: DocumentedPair): string | undefined =>
  method === 'POST' && tags.includes('action') ? 'call' : OPERATIONS[method]

/** What the node needs that no message can say. */
function settingOf({ requestBody, requestHeaders, method }: DocumentedPair): Record<string, unknown> {
  return {
    ...(requestBody === null && method !== 'DELETE' ? { body: '' } : {}),
    ...(headerOf(requestHeaders, 'prefer') === 'return=representation' ? { answer: 'representation' } : {}),
  }
}

/** By the documentation's own words: an array in `value` is a collection, a lone `value` is a value. */
function expectedPayload({ status, responseBody: body }: DocumentedPair, before: unknown): unknown {
  // Some show a body behind 204, which can have none (RFC 9110, 15.3.5).
  if (body === null || status === 204) return before
  if (typeof body !== 'object' || Array.isArray(body) || !('value' in body)) return body
  const others = Object.keys(body).filter((name) => name !== 'value' && !name.startsWith('@'))
  return Array.isArray(body.value) || others.length === 0 ? body.value : body
}

describe('the writes of the documentation', () => {
  const service = new ScriptedService()
  let nodeRed: NodeRedProcess

  before(async function () {
    if (documentedPairs() === undefined) this.skip()
    await service.start()
    nodeRed = await startNodeRed()
  })
  after(async () => {
    await nodeRed?.dispose()
    await service.close()
  })

  const here = (text: string): string => text.replace(DOCUMENTED_HOST, service.origin)

  async function deploy(properties: Record<string, unknown>): Promise<NodeUnderTest> {
    const connection: FlowNode = {
      id: 'connection',
      type: 'graph-connection',
      cloud: 'custom',
      serviceUrl: `${service.origin}/v1.0`,
      grantType: 'none',
      batch: 'off',
    }
    const all = { operation: 'message', allowDelete: true, ...properties }
    return deployNode(nodeRed, undefined, all, { connection })
  }

  function answer({ status, responseBody, responseHeaders }: DocumentedPair): void {
    const location = headerOf(responseHeaders, 'location')
    service.answers([
      status,
      responseBody ?? undefined,
      location === undefined ? {} : { location: encodeUrlText(here(location)) },
    ])
  }

  function checkSent(pair: DocumentedPair): void {
    assert.equal(service.seen.length, 1)
    const [sent] = service.seen
    assert.equal(sent?.method, pair.method)
    assert.equal(sent.url, encodeUrlText(pair.url.slice(DOCUMENTED_HOST.length)))
    for (const name of ['content-type', 'prefer']) {
      const documented = headerOf(pair.requestHeaders, name)
      if (documented !== undefined && pair.requestBody !== null) assert.equal(sent.headers[name], documented)
    }
    // Nothing that could change what is done is made up.
    for (const name of ['if-match', 'prefer', 'x-http-method-override'])
      assert.equal(sent.headers[name], headerOf(pair.requestHeaders, name))
    const { requestBody: body } = pair
    assert.equal(sent.body, body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body))
  }

  function checkMessage(pair: DocumentedPair, message: FlowMessage | undefined): void {
    const facts = message?.['graph'] as GraphFacts
    assert.equal(facts.statusCode, pair.status)
    assert.deepEqual(message?.['payload'], expectedPayload(pair, pair.requestBody))
    const location = headerOf(pair.responseHeaders, 'location')
    if (location === undefined) return
    const whole = location.startsWith('/') ? `${service.origin}/v1.0${location}` : here(location)
    assert.equal(facts.location, encodeUrlText(whole))
  }

  it('are sent with their method, address, headers and body, and come back as documented', async function () {
    this.timeout(60_000)
    const writes = (documentedPairs() ?? []).filter(({ method }) => method !== 'GET')
    assert.ok(writes.length > 200)
    const wrong: string[] = []
    const groups = new Map<string, DocumentedPair[]>()
    for (const pair of writes) {
      const setting = JSON.stringify(settingOf(pair))
      groups.set(setting, [...(groups.get(setting) ?? []), pair])
    }
    for (const [setting, pairs] of groups) {
      const node = await deploy(JSON.parse(setting) as Record<string, unknown>)
      let arrived = 0
      for (const pair of pairs) {
        answer(pair)
        const appendUrl = here(pair.url.replaceAll('{', '%7B').replaceAll('}', '%7D'))
        const before = nodeRed.messages(node.caught).length
        node.send({ operation: operationOf(pair), appendUrl, payload: pair.requestBody })
        try {
          const sent = await Promise.race([
            nodeRed.received(node.out, arrived + 1).then((messages) => messages[arrived]),
            nodeRed.received(node.caught, before + 1).then((messages) => {
              throw new Error(JSON.stringify(messages[before]?.['error']))
            }),
          ])
          arrived += 1
          checkSent(pair)
          checkMessage(pair, sent)
        } catch (error) {
          wrong.push(`${pair.name} ${pair.method} ${pair.url}: ${String(error)}`)
        }
      }
    }
    assert.deepEqual(wrong, [])
  })
})
