import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { entity, errorOf, startGraphUnderTest, type GraphUnderTest } from '../../support/graph-tokens'

type Json = Record<string, unknown>

describe('The local Graph', () => {
  let test: GraphUnderTest
  before(async () => (test = await startGraphUnderTest()))
  after(() => test.close())
  afterEach(() => test.graph.control.reset())

  const status = async (...request: Parameters<GraphUnderTest['send']>): Promise<number> =>
    (await test.send(...request)).status
  const call = async (path: string, body?: unknown, expected = 200): Promise<Json> => {
    const response = await test.send('POST', path, body)
    const text = await response.text()
    assert.equal(response.status, expected, text)
    return text === '' ? {} : (JSON.parse(text) as Json)
  }
  const read = async (path: string): Promise<Json> => entity(await test.send('GET', path))
  const rows = async (path: string): Promise<Json[]> => (await read(path))['value'] as Json[]
  const refused = async (...request: Parameters<GraphUnderTest['send']>): Promise<[number, string, string]> =>
    errorOf(await test.send(...request))
  const userId = async (name: string): Promise<string> =>
    String((await read(`/users/${name}@contoso.onmicrosoft.com`))['id'])
  const link = (id: string): Json => ({
    '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}`,
  })

  describe('writes references', () => {
    it('of a collection, once', async () => {
      const group = await call(
        '/groups',
        { displayName: 'R', mailEnabled: false, mailNickname: 'r', securityEnabled: true },
        201,
      )
      const members = `/groups/${String(group['id'])}/members`
      const id = await userId('AlexW')
      assert.equal(await status('POST', `${members}/$ref`, link(id)), 204)
      assert.match((await refused('POST', `${members}/$ref`, link(id)))[2], /already exist/)
      assert.equal(await status('POST', `${members}/$ref`, link('none')), 404)
      assert.equal(await status('POST', `${members}/$ref`, {}), 400)
      assert.deepEqual(
        (await rows(members)).map((row) => row['id']),
        [id],
      )
      assert.deepEqual(
        (await rows(`/users/${id}/memberOf`)).filter((row) => row['id'] === group['id']).length,
        1,
      )
      assert.equal(await status('DELETE', `${members}/${id}/$ref`), 204)
      assert.equal(await status('DELETE', `${members}/${id}/$ref`), 404)
      assert.equal(await status('POST', `/groups/${String(group['id'])}/owners/$ref`, link(id)), 204)
    })

    it('to one object, in place of the one before', async () => {
      const [alex, diego] = [await userId('AlexW'), await userId('DiegoS')]
      assert.equal(await status('PUT', `/users/${alex}/manager/$ref`, link(diego)), 204)
      assert.equal((await read(`/users/${alex}/manager`))['id'], diego)
      assert.equal(String((await read(`/users/${alex}/manager/$ref`))['@odata.id']).endsWith(diego), true)
      assert.ok((await rows(`/users/${diego}/directReports`)).some(({ id }) => id === alex))
      assert.equal(await status('DELETE', `/users/${alex}/manager/$ref`), 204)
      assert.equal(await status('GET', `/users/${alex}/manager`), 404)
    })
  })

  describe('creates or changes by an alternate key', () => {
    const path = "/applications(uniqueName='app-65278')"
    const missing = { prefer: 'create-if-missing' }

    it('only for those who want it so', async () => {
      assert.equal(await status('PATCH', path, { displayName: 'One' }), 404)
      const made = await test.send('PATCH', path, { displayName: 'One' }, missing)
      const body = (await made.json()) as Json
      assert.deepEqual([made.status, body['uniqueName'], body['displayName']], [201, 'app-65278', 'One'])
      assert.equal(await status('PATCH', path, { displayName: 'Two' }, missing), 204)
      assert.equal((await read(`/applications/${String(body['id'])}`))['displayName'], 'Two')
      assert.equal(await status('PATCH', "/applications(uniqueName='new')", { nonsense: 1 }, missing), 400)
      const conflict = await refused('POST', '/applications', { displayName: 'x', uniqueName: 'app-65278' })
      assert.deepEqual(conflict.slice(0, 2), [409, 'Request_MultipleObjectsWithSameKeyValue'])
    })
  })

  describe('calls actions', () => {
    const message = {
      subject: 'Meet for lunch?',
      body: { contentType: 'Text', content: 'The new cafeteria is open.' },
      toRecipients: [{ emailAddress: { address: 'AlexW@contoso.onmicrosoft.com' } }],
    }

    it('that send mail, to where it can be read', async () => {
      assert.equal(await status('POST', '/me/sendMail', { message, saveToSentItems: true }), 202)
      assert.equal((await rows('/me/mailFolders/sentitems/messages?$top=1'))[0]?.['subject'], message.subject)
      const headers = { authorization: `Bearer ${await test.application('Mail.Read')}` }
      const inbox = await test.send(
        'GET',
        '/users/AlexW@contoso.onmicrosoft.com/messages?$top=1',
        undefined,
        headers,
      )
      assert.equal(((await inbox.json()) as { value: Json[] }).value[0]?.['subject'], message.subject)
      const qualified = { message: { ...message, subject: 'Silent' }, saveToSentItems: false }
      assert.equal(await status('POST', '/me/microsoft.graph.sendMail', qualified), 202)
      assert.notEqual((await rows('/me/mailFolders/sentitems/messages?$top=1'))[0]?.['subject'], 'Silent')
    })

    it('with nothing but what their parameters allow', async () => {
      assert.match((await refused('POST', '/me/sendMail', { messages: message }))[2], /not a valid parameter/)
      assert.match((await refused('POST', '/me/sendMail', {}))[2], /'Message'/)
      assert.equal(await status('POST', '/me/sendMail', { message: { nonsense: 1 } }), 400)
      assert.equal(await status('POST', '/me/sendMail', { message, saveToSentItems: 'yes' }), 400)
      assert.equal(
        (await refused('POST', '/me/sendMail', { message: { subject: 'x' } }))[1],
        'ErrorInvalidRecipients',
      )
    })

    it('that file and answer mail', async () => {
      const [first] = await rows('/me/mailFolders/inbox/messages?$top=1')
      const path = `/me/messages/${String(first?.['id'])}`
      const copy = await call(`${path}/copy`, { destinationId: 'archive' }, 201)
      assert.notEqual(copy['id'], first?.['id'])
      const moved = await call(`${path}/move`, { destinationId: 'deleteditems' }, 201)
      assert.equal(await status('GET', path), 404)
      const draft = await call(`/me/messages/${String(moved['id'])}/createReply`, undefined, 201)
      assert.deepEqual([draft['isDraft'], String(draft['subject']).slice(0, 3)], [true, 'RE:'])
      assert.equal(await status('POST', `/me/messages/${String(draft['id'])}/send`), 202)
      assert.equal(
        await status('POST', `/me/messages/${String(moved['id'])}/reply`, { comment: 'Fine' }),
        202,
      )
      assert.equal(
        await status('POST', `/me/messages/${String(moved['id'])}/move`, { destinationId: 'nowhere' }),
        404,
      )
    })

    it('of the directory', async () => {
      const adele = '/users/AdeleV@contoso.onmicrosoft.com'
      const skuId = 'c7df2760-2c81-4ef7-b578-5b5392b571df'
      const licensed = { addLicenses: [{ disabledPlans: [], skuId }], removeLicenses: [] }
      await call(`${adele}/assignLicense`, licensed)
      const licenses = (await read(`${adele}?$select=assignedLicenses`))['assignedLicenses'] as Json[]
      assert.ok(licenses.some((one) => one['skuId'] === skuId))
      assert.equal(await status('POST', `${adele}/assignLicense`, { addLicenses: [] }), 400)
      const groups = await rows(`${adele}/memberOf`)
      const groupIds = [String(groups[0]?.['id']), '80a963dd-84af-4eb8-b2a6-781e444d4fb0']
      const { value } = await call(`${adele}/checkMemberGroups`, { groupIds })
      assert.deepEqual(value, [groupIds[0]])
      const id = await userId('AdeleV')
      const found = await call('/directoryObjects/getByIds', { ids: [id, groupIds[0]], types: ['user'] })
      assert.deepEqual(
        (found['value'] as Json[]).map((row) => row['id']),
        [id],
      )
      assert.equal(await status('POST', `/groups/${groupIds[0]}/renew`), 204)
      const names = { entityType: 'Group', displayName: 'x', mailNickname: 'free' }
      assert.equal(await status('POST', '/directoryObjects/validateProperties', names), 204)
      const taken = { ...names, mailNickname: groups[0]?.['mailNickname'] }
      assert.equal(await status('POST', '/directoryObjects/validateProperties', taken), 422)
    })

    it('of invitations, for those who are invited', async () => {
      const time = (hour: number): Json => ({ dateTime: `2026-07-15T${hour}:00:00`, timeZone: 'UTC' })
      const attendees = [{ emailAddress: { address: 'AdeleV@contoso.onmicrosoft.com' }, type: 'required' }]
      const made = await test.send(
        'POST',
        '/users/AlexW@contoso.onmicrosoft.com/events',
        {},
        {
          authorization: `Bearer ${await test.application('Calendars.ReadWrite')}`,
        },
      )
      assert.equal(made.status, 400)
      const event = { subject: 'Invited', start: time(10), end: time(11), attendees }
      await test.send('POST', '/users/AlexW@contoso.onmicrosoft.com/events', event, {
        authorization: `Bearer ${await test.application('Calendars.ReadWrite')}`,
      })
      const events = await rows("/me/events?$filter=subject eq 'Invited'")
      const path = `/me/events/${String(events[0]?.['id'])}`
      assert.equal(await status('POST', `${path}/accept`, { comment: 'Yes', sendResponse: true }), 202)
      assert.equal(((await read(path))['responseStatus'] as Json)['response'], 'accepted')
      const own = await call('/me/events', { subject: 'Own', start: time(12), end: time(13) }, 201)
      assert.equal(
        (await refused('POST', `/me/events/${String(own['id'])}/accept`))[1],
        'ErrorInvalidRequest',
      )
    })
  })

  describe('works on after its answer', () => {
    it('on a copy, which a monitor on another origin tells of', async () => {
      test.graph.control.operations.duration = 60
      const item = await read('/me/drive/root:/Documents')
      const copying = await test.send('POST', `/me/drive/items/${String(item['id'])}/copy`, { name: 'Copy' })
      assert.equal(copying.status, 202)
      const monitor = copying.headers.get('location') ?? ''
      assert.notEqual(new URL(monitor).origin, test.graph.origin)
      const poll = async (): Promise<Json> => (await (await fetch(monitor)).json()) as Json
      assert.notEqual((await poll())['status'], 'completed')
      await wait(70)
      const done = await poll()
      assert.deepEqual([done['status'], done['percentageComplete']], ['completed', 100])
      assert.equal((await read(`/me/drive/items/${String(done['resourceId'])}`))['name'], 'Copy')
      assert.equal(
        (await rows('/me/drive/root:/Copy:/children')).length,
        (item['folder'] as Json)['childCount'],
      )
      test.graph.control.operations.fail = true
      test.graph.control.operations.duration = 0
      const again = await test.send('POST', `/me/drive/items/${String(item['id'])}/copy`, { name: 'Other' })
      const failed = (await (await fetch(again.headers.get('location') ?? '')).json()) as Json
      assert.equal(failed['status'], 'failed')
    })

    it('on a team, whose address is relative and has no version', async () => {
      const body = {
        'template@odata.bind': "https://graph.microsoft.com/v1.0/teamsTemplates('standard')",
        displayName: 'New team',
      }
      const response = await test.send('POST', '/teams', body)
      assert.equal(response.status, 202)
      const location = response.headers.get('location') ?? ''
      assert.match(location, /^\/teams\('[^']+'\)\/operations\('[^']+'\)$/)
      const operation = await read(location)
      assert.equal(operation['status'], 'succeeded')
      assert.equal((await read(String(operation['targetResourceLocation'])))['displayName'], 'New team')
    })

    it('on a printer and on a workbook, each in its own way', async () => {
      const printer = {
        displayName: 'Test Printer',
        manufacturer: 'M',
        model: 'X',
        physicalDeviceId: null,
        hasPhysicalDevice: false,
        certificateSigningRequest: { content: '{content}', transportKey: '{key}' },
        connectorId: null,
      }
      const created = await test.send('POST', '/print/printers/create', printer)
      assert.deepEqual([created.status, created.headers.get('retry-after')], [202, '1'])
      assert.equal((await read(created.headers.get('operation-location') ?? ''))['status'], 'succeeded')
      test.graph.control.operations.fail = true
      await test.send('PUT', '/me/drive/root:/Book.xlsx:/content', 'x', { 'content-type': 'text/plain' })
      const path = '/me/drive/root:/Book.xlsx:/workbook/createSession'
      const session = await test.send('POST', path, { persistChanges: true }, { prefer: 'respond-async' })
      assert.equal(session.status, 202)
      const operation = await read(session.headers.get('location') ?? '')
      assert.equal(operation['status'], 'failed')
      assert.equal(typeof operation['error'], 'object')
      await call(path, { persistChanges: true }, 201)
    })
  })
})
