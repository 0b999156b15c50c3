import assert from 'node:assert/strict'
import { createGraphClient, type GraphClient } from '../../../nodes/lib/graph-client'
import type { TokenSource } from '../../../nodes/lib/oauth2/token-source'
import { followWork } from '../../../nodes/lib/odata/long-running'
import { WriteConflict, type WriteOptions, type Written } from '../../../nodes/lib/odata/write'
import type { WriteOperation, WriteRequest } from '../../../nodes/lib/odata/write-plan'
import { Problem } from '../../../nodes/lib/problem'
import { ScriptedService, type Reply } from '../../support/scripted-service'
import { openSettings } from '../../support/settings'
import { write } from '../../support/write-request'

const TOKENS: TokenSource = {
  get: async () => ({ value: 'the-token', expiresAt: Infinity }),
  reject: () => {},
}

/** The request arrives, its answer never does. */
const lost: Reply = (response) => response.socket?.resetAndDestroy()
const soon = { 'retry-after': '0' }
const item = (name: string, etag: string) => ({ '@odata.etag': etag, id: '1', displayName: name })

describe('a write', () => {
  const service = new ScriptedService()
  const elsewhere = new ScriptedService()
  let client: GraphClient

  before(async () => {
    await Promise.all([service.start(), elsewhere.start()])
    client = createGraphClient({
      settings: openSettings(`${service.origin}/v1.0`, { maxRetries: 2 }),
      tokens: TOKENS,
      trace: () => {},
    })
  })
  after(async () => {
    client.close()
    await Promise.all([service.close(), elsewhere.close()])
  })

  async function run(
    operation: WriteOperation,
    path: string,
    changes: Partial<WriteRequest> = {},
    options: Partial<WriteOptions> = {},
  ): Promise<Written> {
    return client.write(
      write(operation, path, { allowDelete: true, body: { displayName: 'Adele' }, ...changes }),
      {
        signal: new AbortController().signal,
        offerCurrent: true,
        stripAnnotations: false,
        ...options,
      },
    )
  }

  async function refusal(...given: Parameters<typeof run>): Promise<Problem> {
    const error: unknown = await run(...given).then(
      (written) => written,
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof Problem, JSON.stringify(error))
    return error
  }

  const valueOf = ({ answer }: Written): unknown => (answer.kind === 'single' ? answer.value : answer.kind)
  const versionsSent = (): unknown[] => service.seen.map(({ headers }) => headers['if-match'])

  it('tells what came back, its version and its place', async () => {
    service.answers([201, item('Adele', 'W/"1"'), { location: '/v1.0/users/1' }])
    const written = await run('create', 'users')
    assert.deepEqual(valueOf(written), item('Adele', 'W/"1"'))
    assert.equal(written.etag, 'W/"1"')
    assert.equal(written.location, `${service.origin}/v1.0/users/1`)
    assert.equal(written.answer.statusCode, 201)
    const [sent] = service.seen
    assert.equal(sent?.body, '{"displayName":"Adele"}')
    assert.equal(sent.headers['authorization'], 'Bearer the-token')
  })

  it('knows the version of an answer without a body', async () => {
    service.answers([204, undefined, { etag: 'W/"2"' }])
    const written = await run('update', 'users/1')
    assert.equal(written.answer.kind, 'empty')
    assert.equal(written.etag, 'W/"2"')
  })

  it('never shows an address on another host', async () => {
    service.answers([202, undefined, { location: 'https://monitor.example/op?sig=secret' }])
    assert.equal((await run('call', 'me/drive/items/1/copy')).location, undefined)
  })

  it('can take the annotations out of the answer', async () => {
    service.answers([200, item('Adele', 'W/"1"')])
    const written = await run('update', 'users/1', {}, { stripAnnotations: true })
    assert.deepEqual(valueOf(written), { id: '1', displayName: 'Adele' })
  })

  describe('that is an upsert', () => {
    it('updates what is there', async () => {
      service.answers([200, item('Old', 'W/"1"')], [204])
      await run('upsert', 'me/contacts/1?$select=id')
      assert.deepEqual(service.asked, ['GET /v1.0/me/contacts/1', 'PATCH /v1.0/me/contacts/1?$select=id'])
    })

    it('creates what is not there', async () => {
      service.answers([404, { error: { code: 'x' } }], [201, item('Adele', 'W/"1"')])
      const written = await run('upsert', 'me/contacts/1')
      assert.deepEqual(service.asked, ['GET /v1.0/me/contacts/1', 'POST /v1.0/me/contacts'])
      assert.equal(written.answer.statusCode, 201)
    })

    it('is one write: the next one of the same item sees what it has made', async () => {
      service.answers(
        [404, { error: { code: 'x' } }],
        [201, item('Adele', 'W/"1"')],
        [200, item('Adele', 'W/"1"')],
        [204],
        [204],
      )
      await Promise.all([
        run('upsert', 'me/contacts/1'),
        run('upsert', "me/contacts('1')"),
        run('update', 'me/contacts/1'),
      ])
      assert.deepEqual(
        service.asked.map((line) => line.replace('/v1.0/me/', '')),
        ['GET contacts/1', 'POST contacts', "GET contacts('1')", "PATCH contacts('1')", 'PATCH contacts/1'],
      )
    })

    it('updates what somebody else creates in between', async () => {
      service.answers([404, {}], [409, {}], [200, item('Theirs', 'W/"1"')], [204])
      await run('upsert', 'me/contacts/1')
      assert.deepEqual(
        service.seen.map(({ method }) => method),
        ['GET', 'POST', 'GET', 'PATCH'],
      )
    })

    it('is a conflict where what clashes is another item', async () => {
      service.answers([404, {}], [409, { error: { code: 'nameTaken', message: 'm' } }], [404, {}], [404, {}])
      assert.equal((await refusal('upsert', 'me/contacts/1')).code, 'nameTaken')
    })

    it('is one request where the service creates what is missing', async () => {
      service.answers([201, item('App', 'W/"1"')])
      await run('upsert', "applications(uniqueName='a')", { answer: 'representation' })
      assert.deepEqual(service.asked, ["PATCH /v1.0/applications(uniqueName='a')"])
      assert.equal(service.seen[0]?.headers['prefer'], 'return=representation, create-if-missing')
    })

    it('is sent once more there where another one has created the same meanwhile', async () => {
      service.answers([409, { error: { code: 'clash', message: 'm' } }], [204])
      const written = await run('upsert', "applications(uniqueName='a')")
      assert.equal(written.answer.statusCode, 204)
      assert.equal(service.seen[1]?.headers['prefer'], 'create-if-missing')
      service.answers([409, { error: { code: 'clash' } }], [409, { error: { code: 'clash' } }], [404, {}])
      assert.equal((await refusal('upsert', "applications(uniqueName='a')")).code, 'clash')
    })
  })

  describe('of Planner without a version', () => {
    it('asks for the version first', async () => {
      service.answers([200, item('Task', 'W/"7"')], [204])
      await run('update', 'planner/tasks/1')
      assert.deepEqual(service.asked, ['GET /v1.0/planner/tasks/1', 'PATCH /v1.0/planner/tasks/1'])
      assert.deepEqual(versionsSent(), [undefined, 'W/"7"'])
    })

    it('tries once more where the item changes in between', async () => {
      service.answers([200, item('Task', 'W/"7"')], [409, {}], [200, item('Task', 'W/"8"')], [204])
      await run('update', 'planner/tasks/1')
      assert.equal(versionsSent()[3], 'W/"8"')
      service.answers([200, item('Task', 'W/"7"')], [412, {}], [200, item('Task', 'W/"8"')], [204])
      await run('delete', 'planner/tasks/1')
      assert.deepEqual(versionsSent(), [undefined, 'W/"7"', undefined, 'W/"8"'])
    })
  })

  describe('that clashes with another', () => {
    it('is an error that holds the item as it is now', async () => {
      service.answers([412, { error: { code: 'changed', message: 'm' } }], [200, item('Theirs', 'W/"2"')])
      const error = await refusal('update', 'users/1', { ifMatch: 'W/"1"' })
      assert.ok(error instanceof WriteConflict)
      assert.equal(error.code, 'changed')
      assert.equal(error.outcomeUnknown, false)
      assert.deepEqual(error.current, item('Theirs', 'W/"2"'))
      assert.equal(error.currentEtag, 'W/"2"')
      assert.equal(versionsSent()[1], undefined)
    })

    it('stays the error that it is where the item cannot be read', async () => {
      service.answers([409, { error: { code: 'clash' } }], [403, {}])
      const error = await refusal('update', 'users/1')
      assert.ok(error instanceof WriteConflict)
      assert.equal(error.code, 'clash')
      assert.equal(error.current, undefined)
    })

    it('is not asked about where no item is concerned', async () => {
      service.answers([409, { error: { code: 'clash' } }])
      await refusal('create', 'users')
      assert.equal(service.seen.length, 1)
    })
  })

  describe('whose answer was lost', () => {
    it('is repeated where that does no harm', async () => {
      service.answers(lost, [204])
      await run('update', 'users/1')
      assert.deepEqual(service.asked, ['PATCH /v1.0/users/1', 'PATCH /v1.0/users/1'])
    })

    it('is not repeated where it could be done twice, and says that nobody knows', async () => {
      service.answers(lost)
      const error = await refusal('create', 'users')
      assert.equal(error.outcomeUnknown, true)
      assert.equal(service.seen.length, 1)
    })

    it('has succeeded where the item holds what was sent', async () => {
      service.answers(lost, [412, {}], [200, item('Adele', 'W/"2"')])
      const written = await run('update', 'users/1', { ifMatch: 'W/"1"' })
      assert.equal(written.answer.statusCode, 204)
    })

    it('is unknown where the item holds something else', async () => {
      service.answers(lost, [412, {}], [200, item('Theirs', 'W/"2"')])
      const error = await refusal('update', 'users/1', { ifMatch: 'W/"1"' })
      assert.equal(error.outcomeUnknown, true)
      assert.ok(error instanceof WriteConflict)
      assert.deepEqual(error.current, item('Theirs', 'W/"2"'))
    })

    it('is done where a delete finds nothing any more', async () => {
      service.answers(lost, [404, {}])
      assert.equal((await run('delete', 'users/1')).answer.kind, 'empty')
      service.answers(lost, [404, {}])
      assert.equal((await run('delete', 'users/1', { ifMatch: 'W/"1"' })).answer.kind, 'empty')
    })

    it('is done where the version of a delete is missing together with its item', async () => {
      service.answers(lost, [412, {}], [404, {}])
      assert.equal((await run('delete', 'users/1', { ifMatch: 'W/"1"' })).answer.kind, 'empty')
      service.answers(lost, [412, {}], [200, item('Adele', 'W/"2"')])
      assert.equal((await refusal('delete', 'users/1', { ifMatch: 'W/"1"' })).outcomeUnknown, true)
      service.answers([412, {}], [404, {}])
      assert.equal((await refusal('delete', 'users/1', { ifMatch: 'W/"1"' })).outcomeUnknown, false)
    })
  })

  describe('whose item came back in part', () => {
    const cut: Reply = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '50' })
      response.write('{"id"')
      setTimeout(() => response.destroy(), 10)
    }

    it('reads the item that was asked for', async () => {
      service.answers(cut, [200, item('Adele', 'W/"2"')])
      const written = await run('update', 'users/1', { answer: 'representation' })
      assert.deepEqual(valueOf(written), item('Adele', 'W/"2"'))
      assert.equal(written.answerLost, false)
    })

    it('says so where it cannot be known which one it is', async () => {
      service.answers(cut)
      const written = await run('create', 'users')
      assert.equal(written.answer.kind, 'empty')
      assert.equal(written.answerLost, true)
    })
  })

  describe('that takes longer than its answer', () => {
    const follow = (seen: (number | undefined)[] = []): Partial<WriteOptions> => ({
      follow: (percent) => seen.push(percent),
    })

    it('is followed to its end, at an address without a version', async () => {
      const team = { status: 'succeeded', targetResourceLocation: "/teams('1')" }
      service.answers(
        [202, undefined, { location: "/teams('1')/operations('2')", ...soon }],
        [200, { status: 'inProgress' }, soon],
        [200, team],
      )
      const seen: (number | undefined)[] = []
      const written = await run('create', 'teams', {}, follow(seen))
      assert.deepEqual(service.asked.slice(1), [
        "GET /v1.0/teams('1')/operations('2')",
        "GET /v1.0/teams('1')/operations('2')",
      ])
      assert.deepEqual(valueOf(written), team)
      assert.deepEqual(seen, [undefined])
      assert.equal(written.location, `${service.origin}/v1.0/teams('1')`)
    })

    it('is watched on another host without the token, and never names it', async () => {
      service.answers([202, undefined, { location: `${elsewhere.origin}/op?sig=secret`, ...soon }])
      elsewhere.answers(
        [202, { status: 'inProgress', percentageComplete: 40 }, soon],
        [202, { status: 'completed', resourceId: '9' }],
      )
      const seen: (number | undefined)[] = []
      const written = await run('call', 'me/drive/items/1/copy', {}, follow(seen))
      assert.deepEqual(seen, [40])
      for (const { headers } of elsewhere.seen) {
        assert.equal(headers['authorization'], undefined)
        assert.equal(headers['client-request-id'], undefined)
      }
      assert.deepEqual(valueOf(written), { status: 'completed', resourceId: '9' })
      assert.doesNotMatch(JSON.stringify(written), /secret/u)
      assert.equal(written.answer.url, `${service.origin}/v1.0/me/drive/items/1/copy`)
    })

    it('comes back to the service with the token', async () => {
      service.answers(
        [202, undefined, { location: `${elsewhere.origin}/op`, ...soon }],
        [401, {}],
        [200, item('Copy', 'W/"1"')],
      )
      elsewhere.answers([303, undefined, { location: `${service.origin}/v1.0/me/drive/items/9` }])
      const written = await run('call', 'me/drive/items/1/copy', {}, follow())
      assert.deepEqual(valueOf(written), item('Copy', 'W/"1"'))
      assert.equal(service.seen[2]?.headers['authorization'], 'Bearer the-token')
    })

    it('takes Operation-Location before Location', async () => {
      service.answers(
        [202, undefined, { 'operation-location': '/v1.0/print/operations/1', location: '/v1.0/x', ...soon }],
        [200, { status: 'succeeded' }],
      )
      await run('call', 'print/printers/create', {}, follow())
      assert.equal(service.asked[1], 'GET /v1.0/print/operations/1')
    })

    it('fails where a status of 200 says that it has failed', async () => {
      const failed = {
        status: 'failed',
        error: { code: 'workbookBroken', message: 'The workbook is broken.' },
      }
      service.answers([202, undefined, { location: '/v1.0/op/1', ...soon }], [200, failed])
      assert.equal((await refusal('call', 'workbook/createSession', {}, follow())).code, 'workbookBroken')
      for (const options of [follow(), {}]) {
        service.answers([200, failed])
        const error = await refusal('call', 'workbook/createSession', {}, options)
        assert.equal(error.code, 'workbookBroken')
      }
    })

    it('is not meant by the status of what was created', async () => {
      service.answers([201, { id: '1', status: 'notStarted' }, { location: '/v1.0/me/todo/lists/1/tasks/1' }])
      const written = await run('create', 'me/todo/lists/1/tasks', {}, follow())
      assert.deepEqual([written.answer.statusCode, service.seen.length], [201, 1])
    })

    it('has an unknown end where its monitor is gone', async () => {
      service.answers(
        [202, undefined, { location: '/v1.0/op/1', ...soon }],
        [404, { error: { code: 'gone' } }],
      )
      const error = await refusal('call', 'x', {}, follow())
      assert.equal(error.code, 'gone')
      assert.equal(error.outcomeUnknown, true)
    })

    it('is not followed where nobody asks for it', async () => {
      service.answers([202, undefined, { location: '/v1.0/op/1' }])
      const written = await run('call', 'x')
      assert.equal(service.seen.length, 1)
      assert.equal(written.location, `${service.origin}/v1.0/op/1`)
    })

    it('is not watched over plain http where the service is asked over https', async () => {
      const begun = { status: 202, headers: new Map(), body: Buffer.alloc(0), url: '' }
      for (const monitor of ['http://monitor.example/op', 'https://graph.example@monitor.example/op']) {
        const attempt = followWork(async () => assert.fail('asked'), begun, monitor, {
          serviceUrl: 'https://graph.example/v1.0',
          common: { signal: new AbortController().signal, timeout: 1, maxResponseSize: 1 },
        })
        await assert.rejects(attempt, { code: 'redirectInsecure' })
      }
    })

    it('is not asked for without a pause by a service that says "at once" each time', async () => {
      const running: Reply = [200, { status: 'running' }, soon]
      service.answers([202, undefined, { location: '/v1.0/op/1', ...soon }], running, running, [
        200,
        { status: 'succeeded' },
      ])
      const began = performance.now()
      await run('call', 'x', {}, follow())
      assert.equal(service.seen.length, 4)
      assert.ok(performance.now() - began >= 290)
    })

    it('can be stopped while it waits', async () => {
      service.answers([202, undefined, { location: '/v1.0/op/1', 'retry-after': '100' }])
      const stop = new AbortController()
      setTimeout(() => stop.abort(new Error('stopped')), 50)
      await assert.rejects(run('call', 'x', {}, { ...follow(), signal: stop.signal }))
    })
  })
})
