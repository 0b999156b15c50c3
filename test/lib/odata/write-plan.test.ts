import assert from 'node:assert/strict'
import { planWrite, type WriteOperation, type WriteRequest } from '../../../nodes/lib/odata/write-plan'
import { problemCodeOf } from '../../support/problem-code'
import { write } from '../../support/write-request'

const SERVICE = 'https://graph.microsoft.com/v1.0'

function plan(operation: WriteOperation, path: string, changes: Partial<WriteRequest> = {}, graph = true) {
  return planWrite(write(operation, path, changes), SERVICE, graph)
}

describe('the request of a write', () => {
  const methods: [WriteOperation, string, string][] = [
    ['create', 'users', 'POST'],
    ['update', 'users/1', 'PATCH'],
    ['replace', 'users/1', 'PUT'],
    ['upsert', 'users/1', 'PATCH'],
    ['call', 'me/sendMail', 'POST'],
  ]
  for (const [operation, path, method] of methods) {
    it(`${operation} is a ${method} of what it is given`, () => {
      const sent = plan(operation, path, { body: { displayName: 'Adele' } })
      assert.equal(sent.method, method)
      assert.equal(sent.url, `${SERVICE}/${path}`)
      assert.equal(sent.body, '{"displayName":"Adele"}')
      assert.deepEqual([...sent.headers], [['content-type', 'application/json']])
    })
  }

  it('of a delete has no body, whatever the message holds', () => {
    const sent = plan('delete', 'users/1', { allowDelete: true, body: { id: '1' } })
    assert.deepEqual(
      { ...sent, headers: [...sent.headers] },
      {
        method: 'DELETE',
        url: `${SERVICE}/users/1`,
        headers: [],
        prefer: [],
      },
    )
  })

  it('of an action without parameters has no body', () => {
    assert.equal('body' in plan('call', 'me/revokeSignInSessions'), false)
  })

  it('asks for the item, or for none, as chosen', () => {
    assert.deepEqual(plan('update', 'users/1', { body: {}, answer: 'representation' }).prefer, [
      'return=representation',
    ])
    assert.deepEqual(plan('create', 'users', { body: {}, answer: 'minimal' }).prefer, ['return=minimal'])
  })

  it("takes the user's own content type", () => {
    const sent = plan('create', 'me/onenote/pages', {
      body: '<html></html>',
      headers: new Map([['content-type', 'text/html']]),
    })
    assert.equal(sent.headers.get('content-type'), 'text/html')
    assert.equal(sent.body, '<html></html>')
  })
})

describe('a delete', () => {
  it('is refused until it is allowed, also as a call', () => {
    assert.equal(
      problemCodeOf(() => plan('delete', 'users/1')),
      'deleteNotAllowed',
    )
    assert.equal(
      problemCodeOf(() => plan('call', 'users/1', { method: 'DELETE' })),
      'deleteNotAllowed',
    )
  })
})

describe('a delete of what is linked', () => {
  const deletion = (path: string, graph = true) => plan('delete', path, { allowDelete: true }, graph)

  it('is refused without /$ref, which would delete the member itself', () => {
    for (const path of ['groups/1/members/2', "groups('1')/owners('2')", 'devices/1/registeredUsers/2']) {
      assert.equal(
        problemCodeOf(() => deletion(path)),
        'linkMeant',
      )
      assert.equal(
        problemCodeOf(() => plan('call', path, { method: 'DELETE', allowDelete: true })),
        'linkMeant',
      )
      assert.equal(deletion(`${path}/$ref`).method, 'DELETE')
    }
  })

  it('is not seen where members are items of their own, nor at other services', () => {
    for (const path of ['teams/1/members/2', 'chats/1/members/2', 'users/1', 'groups/1/threads/2'])
      assert.equal(deletion(path).url, `${SERVICE}/${path}`)
    assert.equal(deletion('groups/1/members/2', false).method, 'DELETE')
  })
})

describe('a change of a whole collection', () => {
  const refused: [WriteOperation, string][] = [
    ['delete', 'users'],
    ['update', 'users'],
    ['replace', 'me/messages'],
    ['upsert', 'groups/1/members'],
    ['delete', 'groups/1/members/$ref'],
    ['delete', "users('a')/messages"],
    ['delete', 'users/a/mailFolders/inbox/messages?$filter=isRead'],
    ['update', 'groups/1/members/microsoft.graph.user'],
    ['delete', 'me/drive/root/children'],
    ['call', 'users'],
    ['delete', 'users/$each'],
    ['update', 'users/$filter(@f)/$each?@f=x eq 1'],
    ['delete', 'user%73'],
  ]
  for (const [operation, path] of refused) {
    it(`is refused: ${operation} ${path}`, () => {
      const attempt = () => plan(operation, path, { body: {}, allowDelete: true, method: 'DELETE' })
      assert.equal(problemCodeOf(attempt), 'keyMissing')
    })
  }

  const allowed: [WriteOperation, string][] = [
    ['update', 'users/adele.vance@contoso.com'],
    ['update', "users('adele')"],
    ['update', 'me/mailboxSettings'],
    ['update', 'domains/contoso.com'],
    ['update', 'policies/authorizationPolicy'],
    ['update', 'me/mailFolders/sentitems'],
    ['update', 'sites/root/lists/Projects'],
    ['update', 'me/drive/root:/Reports'],
    ['delete', 'groups/1/members/2/$ref'],
    ['delete', 'groups/1/members/$ref?$id=https://graph.microsoft.com/v1.0/directoryObjects/2'],
    ['delete', 'users/1/manager/$ref'],
    ['replace', 'users/1/manager/$ref'],
    ['update', "applications(uniqueName='app')"],
    ['update', 'sites/root/lists/Projects/items/7/fields'],
    ['replace', 'me/photo/$value'],
    ['update', 'deviceManagement/reports'],
  ]
  for (const [operation, path] of allowed) {
    it(`is not seen in ${operation} ${path}`, () => {
      assert.ok(plan(operation, path, { body: {}, allowDelete: true }).url.startsWith(SERVICE))
    })
  }
})

describe('the body of a write', () => {
  const bodyOf = (body: unknown, path = 'users', changes: Partial<WriteRequest> = {}): string => {
    const sent = plan('create', path, { body, ...changes }).body
    assert.equal(typeof sent, 'string')
    return String(sent)
  }

  it('leaves out what a read has added, at every depth, and keeps what says what to write', () => {
    const read = {
      '@odata.context': 'c',
      '@odata.etag': 'W/"1"',
      '@odata.id': 'users/1',
      '@odata.type': '#microsoft.graph.event',
      '@microsoft.graph.conflictBehavior': 'rename',
      '@microsoft.graph.downloadUrl': 'https://storage.example/sig',
      'calendar@odata.navigationLink': 'l',
      'attendees@odata.count': 1,
      'template@odata.bind': 'b',
      'labels@odata.type': '#Collection(String)',
      attendees: [{ '@odata.etag': 'x', '@odata.type': 't', name: 'n' }],
      'mail@contoso': 'kept',
    }
    assert.deepEqual(JSON.parse(bodyOf(read)), {
      '@odata.type': '#microsoft.graph.event',
      '@microsoft.graph.conflictBehavior': 'rename',
      'template@odata.bind': 'b',
      'labels@odata.type': '#Collection(String)',
      attendees: [{ '@odata.type': 't', name: 'n' }],
      'mail@contoso': 'kept',
    })
    assert.deepEqual(JSON.parse(bodyOf(read, 'users', { keepAnnotations: true })), read)
  })

  it('keeps an @odata.id that names what is meant', () => {
    assert.deepEqual(JSON.parse(bodyOf({ owner: { '@odata.id': 'users/1' } })), {
      owner: { '@odata.id': 'users/1' },
    })
  })

  it('writes dates and integers of any size as JSON does', () => {
    assert.equal(
      bodyOf({ at: new Date(0), size: 9007199254740993n, text: '\u{e000}1' }),
      '{"at":"1970-01-01T00:00:00.000Z","size":9007199254740993,"text":"\u{e000}1"}',
    )
  })

  it('is sent as it is where it is text or bytes', () => {
    const types: [unknown, string][] = [
      ['{"a":1}', 'application/json'],
      [' [1]', 'application/json'],
      ['{not json', 'text/plain'],
      ['Q29udGVudA==', 'text/plain'],
      [Buffer.from([1, 2]), 'application/octet-stream'],
    ]
    for (const [body, type] of types) {
      const sent = plan('create', 'users', { body })
      assert.deepEqual(sent.body, body)
      assert.equal(sent.headers.get('content-type'), type, String(body))
    }
  })

  it('that JSON cannot hold is refused', () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    for (const keepAnnotations of [true, false]) {
      assert.equal(
        problemCodeOf(() => plan('create', 'users', { body: circle, keepAnnotations })),
        'bodyNotSendable',
      )
    }
    assert.equal(
      problemCodeOf(() => plan('create', 'users', { body: () => {} })),
      'bodyNotSendable',
    )
  })

  const links: [unknown, string][] = [
    [{ '@odata.id': 'https://x/y', id: '1', '@odata.type': 't' }, 'https://x/y'],
    [{ id: 'a b', displayName: 'Adele' }, `${SERVICE}/directoryObjects/a%20b`],
    ['42', `${SERVICE}/directoryObjects/42`],
    ['users/42', `${SERVICE}/users/42`],
    [`${SERVICE}/users/42`, `${SERVICE}/users/42`],
  ]
  for (const [body, address] of links) {
    it(`of a link is the address of ${JSON.stringify(body)}`, () => {
      assert.deepEqual(JSON.parse(bodyOf(body, 'groups/1/members/$ref')), { '@odata.id': address })
    })
  }
})

describe('the version that a change is for', () => {
  const body = { '@odata.etag': 'W/"payload"', subject: 's' }
  const seen = { url: `${SERVICE}/me/events('1')?$select=id`, etag: 'W/"seen"' }
  const version = (operation: WriteOperation, path: string, changes: Partial<WriteRequest>) =>
    plan(operation, path, { allowDelete: true, ...changes }).headers.get('if-match')

  it('is the one entered, before all others', () => {
    assert.equal(version('update', 'me/events/1', { ifMatch: '*', seen, body }), '*')
  })
  it('is that of the item read before, where it is this one', () => {
    assert.equal(version('update', 'me/events/1', { seen, body }), 'W/"seen"')
    assert.equal(version('update', 'me/events/2', { seen, body }), 'W/"payload"')
  })
  it('is unknown behind a write of this item that told none', () => {
    assert.equal(version('update', 'me/events/1', { seen: { ...seen, etag: undefined }, body }), undefined)
  })
  it("is the payload's own for update, replace and delete, and not sent by create and call", () => {
    assert.equal(version('replace', 'me/events/1', { body }), 'W/"payload"')
    assert.equal(version('delete', 'me/events/1', { body }), 'W/"payload"')
    assert.equal(version('create', 'me/events', { body }), undefined)
    assert.equal(version('call', 'me/events/1/accept', { body }), undefined)
  })
  it('of a link is not that of what it leads to', () => {
    assert.equal(version('replace', 'users/1/manager/$ref', { body: { ...body, id: '2' } }), undefined)
  })
  it('is asked for first in Planner, which takes no change without one', () => {
    for (const ifMatch of ['', '*'])
      assert.equal(plan('update', 'planner/tasks/1', { body: {}, ifMatch }).versionFirst, true)
    const known = plan('update', 'planner/tasks/1', { body })
    assert.equal(known.versionFirst, undefined)
    assert.equal(known.headers.get('if-match'), 'W/"payload"')
    assert.equal(plan('create', 'planner/tasks', { body: {} }).versionFirst, undefined)
  })
  it('cannot hold what a header cannot', () => {
    assert.equal(
      problemCodeOf(() => plan('update', 'users/1', { body: {}, ifMatch: 'a\nb' })),
      'headerInvalid',
    )
  })
})

describe('an upsert', () => {
  it('is left to the service where it creates what is missing', () => {
    const sent = plan('upsert', "applications(uniqueName='app-1')", { body: { displayName: 'App' } })
    assert.deepEqual(sent.prefer, ['create-if-missing'])
    assert.equal(sent.ifMissing, undefined)
  })

  const creations: [path: string, url: string, body: object][] = [
    ['me/contacts/1', 'me/contacts', { a: 1 }],
    ["users('adele')", 'users', { a: 1 }],
    ["me/contacts('it''s (1)/2')", 'me/contacts', { a: 1 }],
    ["devices(deviceId='d%2F1')", 'devices', { deviceId: 'd/1', a: 1 }],
  ]
  for (const [path, url, body] of creations) {
    it(`of ${path} is a creation in ${url} where there is no such item`, () => {
      const { ifMissing } = plan('upsert', path, { body: { a: 1 } })
      assert.equal(ifMissing?.method, 'POST')
      assert.equal(ifMissing.url, `${SERVICE}/${url}`)
      assert.deepEqual(JSON.parse(String(ifMissing.body)), body)
      assert.equal(ifMissing.headers.has('if-match'), false)
    })
  }

  it('knows nothing of Graph where the service is another one', () => {
    assert.deepEqual(plan('upsert', "applications(uniqueName='a')", { body: {} }, false).prefer, [])
  })
})
