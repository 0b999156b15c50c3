import assert from 'node:assert/strict'
import { entity, errorOf, startGraphUnderTest, type GraphUnderTest } from '../../support/graph-tokens'

type Json = Record<string, unknown>

describe('The local Graph creates, changes and deletes', () => {
  let test: GraphUnderTest
  before(async () => (test = await startGraphUnderTest()))
  after(() => test.close())
  afterEach(() => test.graph.control.reset())

  const user = (name: string): Json => ({
    accountEnabled: true,
    displayName: name,
    mailNickname: name,
    userPrincipalName: `${name}@contoso.com`,
    passwordProfile: { forceChangePasswordNextSignIn: true, password: 'xWwvJ]6NMw+bWH-d' },
  })
  const post = async (path: string, body: unknown): Promise<Json> => {
    const response = await test.send('POST', path, body)
    const text = await response.text()
    assert.equal(response.status, 201, text)
    return JSON.parse(text) as Json
  }
  const read = async (path: string): Promise<Json> => entity(await test.send('GET', path))
  const refused = async (...request: Parameters<GraphUnderTest['send']>): Promise<[number, string, string]> =>
    errorOf(await test.send(...request))

  it('a user: 201 with an address, and never the password', async () => {
    const response = await test.send('POST', '/users', user('Nestor'))
    const body = (await response.json()) as Json
    assert.equal(response.status, 201)
    assert.equal(response.headers.get('location'), `${test.graph.origin}/v1.0/users('${String(body['id'])}')`)
    assert.equal(body['@odata.context'], `${test.graph.origin}/v1.0/$metadata#users/$entity`)
    assert.equal('passwordProfile' in body, false)
    assert.equal((await read('/users/nestor@contoso.com'))['id'], body['id'])
    const selected = await read('/users/nestor@contoso.com?$select=passwordProfile')
    assert.equal(selected['passwordProfile'], null)
  })

  it('nothing that the model does not allow', async () => {
    const { passwordProfile: _, ...noPassword } = user('A')
    const cases: [unknown, number, string, RegExp][] = [
      [noPassword, 400, 'Request_BadRequest', /required for property 'passwordProfile' of resource 'User'/],
      [{ ...user('A'), nonsense: 1 }, 400, 'Request_BadRequest', /Invalid property 'nonsense'/],
      [{ ...user('A'), accountEnabled: 'yes' }, 400, 'Request_BadRequest', /'accountEnabled'/],
      [{ ...user('A'), id: 'mine' }, 400, 'Request_BadRequest', /read-only/],
      [{ ...user('A'), businessPhones: '1' }, 400, 'Request_BadRequest', /'businessPhones'/],
      [{ ...user('A'), businessPhones: null }, 400, 'Request_BadRequest', /'businessPhones'/],
      [
        { ...user('A'), userPrincipalName: 'a@elsewhere.example' },
        400,
        'Request_BadRequest',
        /verified domain/,
      ],
      [[], 400, 'Request_BadRequest', /JSON object/],
      ['{"displayName":', 400, 'BadRequest', /Unable to read JSON/],
      ['', 400, 'Request_BadRequest', /Empty Payload/],
    ]
    for (const [body, ...expected] of cases) {
      const [status, code, message] = await refused('POST', '/users', body)
      assert.deepEqual([status, code], expected.slice(0, 2), message)
      assert.match(message, expected[2])
    }
    const text = { 'content-type': 'text/plain' }
    assert.equal((await refused('POST', '/users', '{}', text))[0], 400)
    assert.equal((await refused('POST', '/users', { displayName: 'x'.repeat(5_000_000) }))[0], 413)
    assert.equal((await refused('POST', '/me/directReports', {}))[0], 405)
  })

  it('no second user of a name, which the directory calls a bad request', async () => {
    await post('/users', user('Nestor'))
    const response = await test.send('POST', '/users', user('Nestor'))
    const { error } = (await response.json()) as { error: { code: string; details: unknown[] } }
    assert.equal(response.status, 400)
    assert.equal(error.code, 'Request_BadRequest')
    assert.deepEqual(error.details, [
      {
        code: 'ObjectConflict',
        target: 'userPrincipalName',
        message: 'Another object with the same value for property userPrincipalName already exists.',
      },
    ])
  })

  it('what a client prefers to see of it', async () => {
    const minimal = await test.send('POST', '/users', user('Min'), { prefer: 'return=minimal' })
    assert.equal(minimal.status, 204)
    assert.match(minimal.headers.get('location') ?? '', /users\('/)
    assert.equal(minimal.headers.get('preference-applied'), 'return=minimal')
    const change = { jobTitle: 'Buyer' }
    assert.equal((await test.send('PATCH', '/users/min@contoso.com', change)).status, 204)
    const shown = await test.send('PATCH', '/users/min@contoso.com', change, {
      prefer: 'return=representation',
    })
    assert.equal(((await shown.json()) as Json)['jobTitle'], 'Buyer')
    const folder = await post('/me/mailFolders', { displayName: 'Plans' })
    const path = `/me/mailFolders/${String(folder['id'])}`
    const renamed = await test.send('PATCH', path, { displayName: 'Old plans' })
    assert.equal(((await renamed.json()) as Json)['displayName'], 'Old plans')
    assert.equal(
      (await test.send('PATCH', path, { displayName: 'x' }, { prefer: 'return=minimal' })).status,
      204,
    )
  })

  it('deletes a user so that it can be restored, or is gone for good', async () => {
    const { id } = await post('/users', user('Nestor'))
    assert.equal((await test.send('DELETE', `/users/${String(id)}`)).status, 204)
    assert.equal((await refused('GET', `/users/${String(id)}`))[0], 404)
    const deleted = await read(`/directory/deletedItems/${String(id)}`)
    assert.equal(deleted['displayName'], 'Nestor')
    assert.equal((await test.send('POST', `/directory/deletedItems/${String(id)}/restore`)).status, 200)
    assert.equal((await read('/users/nestor@contoso.com'))['id'], id)
    await test.send('DELETE', `/users/${String(id)}`)
    assert.equal((await test.send('DELETE', `/directory/deletedItems/${String(id)}`)).status, 204)
    assert.equal((await refused('GET', `/directory/deletedItems/${String(id)}`))[0], 404)
  })

  it('a group with its members and owners, up to twenty, or nothing of it', async () => {
    const group = {
      displayName: 'Operations group',
      mailEnabled: false,
      mailNickname: 'operations2019',
      securityEnabled: true,
    }
    const { value } = (await read('/users?$top=25&$select=id')) as { value: Json[] }
    const links = value.map(({ id }) => `https://graph.microsoft.com/v1.0/users/${String(id)}`)
    const many = { ...group, 'members@odata.bind': links.slice(0, 21) }
    assert.match((await refused('POST', '/groups', many))[2], /exceeds the limit of 20/)
    const missing = { ...group, 'members@odata.bind': [`${links[0]}0`] }
    assert.equal((await refused('POST', '/groups', missing))[0], 404)
    assert.equal(
      ((await read("/groups?$filter=displayName eq 'Operations group'")) as { value: Json[] }).value.length,
      0,
    )
    const made = await post('/groups', {
      ...group,
      'owners@odata.bind': [links[3]],
      'members@odata.bind': links.slice(0, 20),
    })
    const members = (await read(`/groups/${String(made['id'])}/members`)) as { value: Json[] }
    assert.equal(members.value.length, 20)
    const add = { 'members@odata.bind': links.slice(20, 22) }
    assert.equal((await test.send('PATCH', `/groups/${String(made['id'])}`, add)).status, 204)
    assert.equal((await refused('PATCH', `/groups/${String(made['id'])}`, add))[0], 400)
  })

  it('a message with its attachments in one request', async () => {
    const made = await post('/me/messages', {
      subject: 'Plans',
      body: { contentType: 'HTML', content: '<p>Soon</p>' },
      toRecipients: [{ emailAddress: { address: 'MeganB@contoso.onmicrosoft.com' } }],
      attachments: [
        {
          '@odata.type': '#microsoft.graph.fileAttachment',
          name: 'menu.txt',
          contentBytes: 'bWFjIGFuZCBjaGVlc2U=',
        },
      ],
    })
    assert.deepEqual([made['isDraft'], made['hasAttachments'], made['bodyPreview']], [true, true, 'Soon'])
    assert.equal((made['body'] as Json)['contentType'], 'html')
    const path = `/me/messages/${String(made['id'])}`
    const files = (await read(`${path}/attachments`)) as { value: Json[] }
    assert.equal(files.value[0]?.['size'], 14)
    const content = await test.send('GET', `${path}/attachments/${String(files.value[0]?.['id'])}/$value`)
    assert.equal(await content.text(), 'mac and cheese')
    assert.equal((await refused('PATCH', path, { nonsense: 1 }))[1], 'RequestBodyRead')
  })

  it('changes the entity tag with each change, and refuses one that came too late', async () => {
    const message = await post('/me/messages', { subject: 'One' })
    const path = `/me/messages/${String(message['id'])}`
    const first = String(message['@odata.etag'])
    const second = await test.send('PATCH', path, { subject: 'Two' }, { 'if-match': first })
    assert.equal(second.status, 200)
    assert.notEqual(second.headers.get('etag'), first)
    assert.deepEqual(
      (await refused('PATCH', path, { subject: 'Three' }, { 'if-match': first })).slice(0, 2),
      [412, 'ErrorIrresolvableConflict'],
    )
    assert.equal(
      (await refused('PATCH', path, { subject: 'x' }, { 'if-match': 'no quotes' }))[1],
      'malformedEntityTag',
    )
    assert.equal((await refused('DELETE', path, undefined, { 'if-match': first }))[0], 412)
    assert.equal((await test.send('DELETE', path, undefined, { 'if-match': '*' })).status, 204)
  })

  it('a task of Planner only for whoever has read it', async () => {
    const { value: plans } = (await read('/planner/plans')) as { value: Json[] }
    const task = await post('/planner/tasks', { planId: plans[0]?.['id'], title: 'Paint' })
    const path = `/planner/tasks/${String(task['id'])}`
    assert.deepEqual(await refused('PATCH', path, { percentComplete: 50 }), [
      400,
      '',
      'The If-Match header must be specified for this kind of request.',
    ])
    const match = { 'if-match': String(task['@odata.etag']) }
    assert.equal((await test.send('PATCH', path, { percentComplete: 50 }, match)).status, 204)
    assert.equal((await refused('PATCH', path, { percentComplete: 60 }, match))[0], 412)
    assert.equal((await refused('DELETE', path))[0], 400)
    const fresh = { 'if-match': String((await read(path))['@odata.etag']), prefer: 'return=representation' }
    const done = (await (await test.send('PATCH', path, { percentComplete: 100 }, fresh)).json()) as Json
    assert.equal(typeof done['completedDateTime'], 'string')
  })

  it('an event once for each transaction, in UTC, and in the calendars of its guests', async () => {
    const event = {
      subject: 'Lunch',
      start: { dateTime: '2026-07-15T12:00:00', timeZone: 'Pacific Standard Time' },
      end: { dateTime: '2026-07-15T14:00:00', timeZone: 'Pacific Standard Time' },
      attendees: [{ emailAddress: { address: 'MeganB@contoso.onmicrosoft.com' }, type: 'required' }],
      transactionId: '7E163156-7762-4BEB-A1C6-729EA81755A7',
    }
    const first = await post('/me/events', event)
    assert.deepEqual(first['start'], { dateTime: '2026-07-15T19:00:00.0000000', timeZone: 'UTC' })
    assert.equal((await post('/me/events', event))['id'], first['id'])
    assert.equal((await refused('POST', '/me/events', { subject: 'When?' }))[0], 400)
    const early = { ...event, transactionId: null, end: { dateTime: '2026-07-14T12:00:00', timeZone: 'UTC' } }
    assert.equal(
      (await refused('POST', '/me/events', early))[1],
      'ErrorCalendarEndDateIsEarlierThanStartDate',
    )
    const view = '/calendarView?startDateTime=2026-07-15T00:00:00Z&endDateTime=2026-07-16T00:00:00Z'
    const { value } = (await read(`/me${view}`)) as { value: Json[] }
    assert.equal(value.filter(({ subject }) => subject === 'Lunch').length, 1)
  })

  it('folders, contacts, extensions and tasks, and says which names are taken', async () => {
    await post('/me/mailFolders', { displayName: 'Plans' })
    assert.deepEqual((await refused('POST', '/me/mailFolders', { displayName: 'plans' })).slice(0, 2), [
      409,
      'ErrorFolderExists',
    ])
    assert.equal((await refused('DELETE', '/me/mailFolders/inbox'))[1], 'ErrorDeleteDistinguishedFolder')
    const contact = await post('/me/contacts', { givenName: 'Pavel', surname: 'Bansky' })
    assert.equal(contact['displayName'], 'Pavel Bansky')
    const extension = {
      '@odata.type': 'microsoft.graph.openTypeExtension',
      extensionName: 'com.contoso.shoes',
      size: 43,
      colours: ['red'],
    }
    const path = `/me/contacts/${String(contact['id'])}/extensions`
    await post(path, extension)
    const made = await read(`${path}/com.contoso.shoes`)
    assert.deepEqual([made['size'], made['colours']], [43, ['red']])
    assert.equal((await refused('POST', path, extension))[0], 409)
    const list = await post('/me/todo/lists', { displayName: 'Groceries' })
    const tasks = `/me/todo/lists/${String(list['id'])}/tasks`
    const task = await post(tasks, {
      title: 'Buy',
      checklistItems: [{ displayName: 'Milk' }],
      linkedResources: [{ webUrl: 'https://shop.example', applicationName: 'Shop' }],
    })
    const { value } = (await read(`${tasks}/${String(task['id'])}/checklistItems`)) as { value: Json[] }
    assert.deepEqual(
      value.map(({ displayName }) => displayName),
      ['Milk'],
    )
    const done = await test.send('PATCH', `${tasks}/${String(task['id'])}`, { status: 'completed' })
    assert.equal(typeof ((await done.json()) as Json)['completedDateTime'], 'object')
  })

  it('items of a SharePoint list by the names of its columns', async () => {
    const { value: sites } = (await read('/sites?search=*')) as { value: Json[] }
    const site = sites.find(({ displayName }) => displayName === 'Operations')
    const items = `/sites/${String(site?.['id'])}/lists/Inventory/items`
    const made = await post(items, { fields: { Title: 'Boots', Quantity: 4, Category: 'Shoes' } })
    const path = `${items}/${String(made['id'])}`
    const fields = await read(`${path}/fields`)
    assert.deepEqual([fields['Title'], fields['Quantity'], fields['id']], ['Boots', 4, made['id']])
    const changed = await test.send('PATCH', `${path}/fields`, { Quantity: 5 })
    const after = (await changed.json()) as Json
    assert.deepEqual([changed.status, after['Quantity'], after['Title']], [200, 5, 'Boots'])
    assert.notEqual(after['@odata.etag'], fields['@odata.etag'])
    assert.equal(
      (await refused('PATCH', `${path}/fields`, { Nonsense: 1 }))[2],
      "Field 'Nonsense' is not recognized",
    )
    assert.equal((await refused('PATCH', `${path}/fields`, { Quantity: 'many' }))[0], 400)
    assert.equal((await refused('PATCH', `${path}/fields`, { Category: 'Hats' }))[0], 400)
    const stale = { 'if-match': String(fields['@odata.etag']) }
    assert.equal((await refused('PATCH', `${path}/fields`, { Quantity: 6 }, stale))[0], 412)
    assert.equal((await test.send('DELETE', path)).status, 204)
    const list = {
      displayName: 'Books',
      columns: [
        { name: 'Author', text: {} },
        { name: 'PageCount', number: {} },
      ],
      list: { template: 'genericList' },
    }
    const lists = `/sites/${String(site?.['id'])}/lists`
    await post(lists, list)
    await post(`${lists}/Books/items`, { fields: { Title: 'Emma', Author: 'Austen', PageCount: 474 } })
    assert.equal((await refused('POST', lists, list))[1], 'nameAlreadyExists')
  })

  it('folders of a drive, renames and moves', async () => {
    const made = await post('/me/drive/root/children', { name: 'New', folder: {} })
    assert.equal(
      (await refused('POST', '/me/drive/root/children', { name: 'new', folder: {} }))[1],
      'nameAlreadyExists',
    )
    const again = { name: 'New', folder: {}, '@microsoft.graph.conflictBehavior': 'rename' }
    assert.equal((await post('/me/drive/root/children', again))['name'], 'New 1')
    assert.equal((await refused('POST', '/me/drive/root/children', { name: 'a|b', folder: {} }))[0], 400)
    const moved = await test.send('PATCH', '/me/drive/root:/Welcome.txt', {
      name: 'Hello.txt',
      parentReference: { id: made['id'] },
    })
    assert.equal(moved.status, 200)
    assert.equal((await read('/me/drive/root:/New/Hello.txt'))['name'], 'Hello.txt')
    assert.equal(((await read('/me/drive/root:/New'))['folder'] as Json)['childCount'], 1)
    assert.equal(
      (await refused('PATCH', '/me/drive/root:/New', { parentReference: { id: made['id'] } }))[0],
      400,
    )
    assert.equal((await test.send('DELETE', '/me/drive/root:/New')).status, 204)
    assert.equal((await refused('GET', '/me/drive/root:/New/Hello.txt'))[0], 404)
  })

  it('rows of plain OData, whose keys a client may choose, and replaces them', async () => {
    const shop = test.graph.openService
    const send = (method: string, path: string, body?: unknown): Promise<Response> =>
      test.send(method, `${shop}/${path}`, body)
    const made = await send('POST', 'Products', {
      ID: 900,
      Name: 'Scarf',
      Price: 9.5,
      Availability: 'OnOrder',
    })
    assert.deepEqual([made.status, made.headers.get('location')], [201, `${shop}/Products(900)`])
    assert.equal((await send('POST', 'Products', { ID: 900, Name: 'Twin' })).status, 409)
    assert.equal((await send('PATCH', 'Products(900)', { Price: 'much' })).status, 400)
    assert.equal((await send('PATCH', 'Products(900)', { Price: 10 })).status, 204)
    assert.equal((await send('PUT', 'Products(900)', { Name: 'Shawl' })).status, 204)
    const row = (await (await send('GET', 'Products(900)')).json()) as Json
    assert.deepEqual([row['Name'], row['Price'], row['Availability']], ['Shawl', null, null])
    assert.equal((await send('DELETE', 'Products(900)')).status, 204)
    assert.equal((await send('GET', 'Products(900)')).status, 404)
    assert.equal((await test.send('PUT', '/me', { displayName: 'x' })).status, 405)
  })

  it('the paths below a folder that has another name', async () => {
    assert.equal((await test.send('PATCH', '/me/drive/root:/Documents', { name: 'Papers' })).status, 200)
    const file = await read('/me/drive/root:/Papers/Meeting%20notes.md')
    assert.match(String((file['parentReference'] as Json)['path']), /\/root:\/Papers$/)
  })

  it('nothing that is locked, and nothing after a reset', async () => {
    const message = await post('/me/messages', { subject: 'Locked' })
    const path = `/me/messages/${String(message['id'])}`
    test.graph.control.lock(String(message['id']))
    assert.deepEqual((await refused('PATCH', path, { subject: 'x' })).slice(0, 2), [423, 'resourceLocked'])
    test.graph.control.unlock(String(message['id']))
    assert.equal((await test.send('PATCH', path, { subject: 'x' })).status, 200)
    test.graph.control.reset()
    assert.equal((await refused('GET', path))[0], 404)
  })

  it('only for those who may write', async () => {
    const headers = { authorization: `Bearer ${await test.user('User.Read', 'Mail.Read', 'Group.Read.All')}` }
    assert.equal((await refused('POST', '/groups', {}, headers))[1], 'Authorization_RequestDenied')
    assert.equal((await refused('POST', '/me/messages', {}, headers))[1], 'ErrorAccessDenied')
    const ids = { groupIds: [] }
    assert.equal((await test.send('POST', '/me/checkMemberGroups', ids, headers)).status, 200)
  })
})
