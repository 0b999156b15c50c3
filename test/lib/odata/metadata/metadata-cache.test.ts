import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createGraphClient, type GraphClient } from '../../../../nodes/lib/graph-client'
import { MetadataCache } from '../../../../nodes/lib/odata/metadata/metadata-cache'
import { startLocalServer, type LocalServer } from '../../../support/local-server'
import { openSettings } from '../../../support/settings'

const SCHEMA = `<edmx:Edmx Version="4.0"><edmx:DataServices><Schema Namespace="N">
  <EntityType Name="A"/><EntityContainer Name="C"><EntitySet Name="As" EntityType="N.A"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>`

describe('what is known of services', () => {
  let server: LocalServer
  let answer: (request: IncomingMessage, response: ServerResponse) => void
  let seen: string[]
  const clients: GraphClient[] = []

  before(async () => {
    server = await startLocalServer((request, response) => {
      seen.push(`${request.url} ${request.headers['if-none-match'] ?? ''}`.trim())
      answer(request, response)
    })
  })
  beforeEach(() => {
    seen = []
  })
  afterEach(() => {
    for (const client of clients.splice(0)) client.close()
  })
  after(async () => server.close())

  function source(connection: string, path = 'odata') {
    const serviceUrl = `${server.origin}/${path}`
    const client = createGraphClient({
      settings: openSettings(serviceUrl),
      tokens: undefined,
      trace: () => undefined,
    })
    clients.push(client)
    return { connection, serviceUrl, client }
  }

  const schema =
    (etag?: string) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      if (etag !== undefined && request.headers['if-none-match'] === etag) response.writeHead(304).end()
      else {
        response.writeHead(200, {
          'content-type': 'application/xml',
          ...(etag === undefined ? {} : { etag }),
        })
        response.end(SCHEMA)
      }
    }

  it('is asked for once, however many ask at a time', async () => {
    answer = schema()
    const cache = new MetadataCache()
    const asked = source('a')
    const found = await Promise.all([cache.get(asked), cache.get(asked), cache.get(asked)])
    assert.deepEqual(seen, ['/odata/$metadata'])
    assert.deepEqual(found[2]?.resources, [{ name: 'As', kind: 'set', type: 'N.A' }])
    await cache.get(asked)
    assert.equal(seen.length, 1)
  })

  it('is asked for again on request, and not sent again where its ETag has not changed', async () => {
    answer = schema('W/"1"')
    const cache = new MetadataCache()
    const asked = source('a')
    const first = await cache.get(asked)
    const second = await cache.get(asked, true)
    assert.deepEqual(seen, ['/odata/$metadata', '/odata/$metadata W/"1"'])
    assert.equal(second.model, first.model)
    assert.ok(second.askedAt >= first.askedAt)
    answer = schema('W/"2"')
    const third = await cache.get(asked, true)
    assert.notEqual(third.model, first.model)
    assert.equal(third.etag, 'W/"2"')
  })

  it('comes from the service document where the metadata cannot be read', async () => {
    answer = (request, response) => {
      if (request.url === '/odata/$metadata') {
        response.writeHead(200, { 'content-type': 'application/xml' }).end('<!DOCTYPE a><a/>')
        return
      }
      const value = [
        { name: 'People', url: 'people' },
        { name: 'Me', kind: 'Singleton', url: 'Me' },
        { name: 'Other', kind: 'ServiceDocument', url: 'other' },
      ]
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ value }))
    }
    const found = await new MetadataCache().get(source('a'))
    assert.equal(found.source, 'serviceDocument')
    assert.equal(found.problem?.code, 'metadataInvalid')
    assert.deepEqual(found.resources, [
      { name: 'people', kind: 'set' },
      { name: 'Me', kind: 'singleton' },
    ])
  })

  it('is nothing, with the reason, where the service tells neither, and then is asked for again', async () => {
    answer = (_, response) => {
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { code: 'NotHere', message: 'Not here' } }))
    }
    const cache = new MetadataCache()
    const asked = source('a')
    const found = await cache.get(asked)
    assert.deepEqual([found.source, found.problem?.code], ['none', 'NotHere'])
    answer = schema()
    assert.equal((await cache.get(asked)).source, 'metadata')
  })

  it('is kept when the service fails later', async () => {
    answer = schema()
    const cache = new MetadataCache()
    const asked = source('a')
    await cache.get(asked)
    answer = (_, response) => response.writeHead(500).end()
    const found = await cache.get(asked, true)
    assert.deepEqual([found.source, found.problem?.code], ['metadata', 'HTTP_500'])
  })

  it('is forgotten with its connection, and at last where there is too much of it', async () => {
    answer = schema()
    const cache = new MetadataCache(2)
    for (const path of ['one', 'two']) await cache.get(source('a', path))
    await cache.get(source('b'))
    assert.equal(cache.size, 2)
    cache.keep((connection) => connection === 'b')
    assert.equal(cache.size, 1)
    await cache.get(source('b'))
    assert.deepEqual(seen, ['/one/$metadata', '/two/$metadata', '/odata/$metadata'])
  })
})
