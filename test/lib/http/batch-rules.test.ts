import assert from 'node:assert/strict'
import { batchFate, isCollection, type BatchMode } from '../../../nodes/lib/http/batch-rules'
import type { HttpRequest } from '../../../nodes/lib/http/http'
import { plainSegments, workloadOf } from '../../../nodes/lib/http/workload'

const root = 'https://graph.microsoft.com/v1.0'

function fate(path: string, changes: Partial<HttpRequest> = {}, mode: BatchMode = 'auto'): string {
  const request: HttpRequest = {
    method: 'GET',
    url: path.startsWith('https:') ? path : `${root}/${path}`,
    headers: new Map(),
    signal: new AbortController().signal,
    timeout: 1000,
    maxResponseSize: 1e6,
    ...changes,
  }
  const within = request.url.startsWith(`${root}/`)
  return batchFate(request, plainSegments(request.url.slice(root.length)), within, mode)
}

const json = new Map([['content-type', 'application/json']])
const write = { method: 'PATCH', body: '{}', headers: json } as const

describe('into a batch goes', () => {
  const may: [what: string, path: string, changes: Partial<HttpRequest>, mode?: BatchMode][] = [
    ['a read of one item', 'users/adele', {}],
    ['a read of one item in parentheses', "users('adele')", {}],
    ['a read of an item below another', 'me/messages/AAMk', {}],
    ['a read of a single navigation property', 'users/adele/manager', {}],
    ['a property list of one item', 'users/adele?$select=id,displayName', {}],
    ['an update that can be repeated', 'users/adele', { ...write, repeat: 'idempotent' }],
    ['an update with If-Match', 'planner/tasks/1', { ...write, repeat: 'conditional' }],
    ['a delete', 'users/adele', { method: 'DELETE', repeat: 'idempotent' }],
    ['an action that only reads', 'directoryObjects/getByIds', { ...write, method: 'POST', repeat: 'safe' }],
    ['a create where that is wanted', 'users', { ...write, method: 'POST' }, 'on'],
  ]
  for (const [what, path, changes, mode] of may) {
    it(what, () => assert.equal(fate(path, changes, mode), 'may'))
  }

  it('what is too long for an address, whatever it is', () => {
    const long = `users?$filter=id in (${'x'.repeat(8000)})`
    assert.deepEqual(
      [fate(long), fate(long, {}, 'off'), fate(`https://graph.microsoft.com/beta/${long}`)],
      ['must', 'must', 'must'],
    )
    assert.equal(fate(long, { into: async () => undefined }), 'never')
  })

  const never: [what: string, path: string, changes?: Partial<HttpRequest>, mode?: BatchMode][] = [
    ['another version', 'https://graph.microsoft.com/beta/users/1'],
    ['another origin', 'https://other.example/v1.0/users/1'],
    ['what goes without the token', 'users/1', { anonymous: true }],
    ['what is told to travel alone', 'users/1', { solo: true }],
    ['a body that goes to a file', 'users/1', { into: async () => undefined }],
    ['bytes', 'me/photo/$value'],
    ['content', 'me/drive/items/1/content'],
    ['a count', 'users/$count'],
    ['a report', "reports/getX(period='D7')"],
    ['a workbook', 'me/drive/items/1/workbook/worksheets/1'],
    ['a workbook session', 'me/drive/items/1', { headers: new Map([['workbook-session-id', '1']]) }],
    ['work done later', 'users/1', { headers: new Map([['prefer', 'respond-async']]) }],
    ['a part of a file', 'users/1', { headers: new Map([['range', 'bytes=0-1']]) }],
    ['what is not JSON', 'users/1', { headers: new Map([['accept', 'image/png']]) }],
    [
      'a body that is not JSON',
      'users/1',
      { ...write, repeat: 'safe', headers: new Map([['content-type', 'text/html']]) },
    ],
    [
      'a body of more than a megabyte',
      'users/1',
      { ...write, repeat: 'safe', body: `"${'x'.repeat(1_000_000)}"` },
    ],
    [
      'a body that only says that it is JSON, and would be a part of its own',
      'users/1',
      { ...write, repeat: 'safe', body: '{}},{"id":"x","method":"DELETE","url":"/users/2","headers":{}' },
    ],
    ['bytes that say that they are JSON', 'users/1', { ...write, repeat: 'safe', body: Buffer.from('{}') }],
    ['a subscription', 'subscriptions', { ...write, method: 'POST' }, 'on'],
    ['a search', 'search/query', { ...write, method: 'POST', repeat: 'safe' }],
    ['a create, unless that is wanted', 'users', { ...write, method: 'POST' }],
    ['anything where batching is off', 'users/1', {}, 'off'],
    ['a collection', 'users'],
    ['a collection below an item', 'users/1/messages'],
    ['a page', 'users?$skiptoken=x'],
    ['a delta round', 'users/delta'],
    ['a delta round with a token', "me/drive/root/delta(token='x')"],
    ['a filtered collection', "users?%24filter=startswith(x,'y')"],
  ]
  for (const [what, path, changes, mode] of never) {
    it(`never ${what}`, () => assert.equal(fate(path, changes, mode), 'never'))
  }
})

describe('a path is one for many rows', () => {
  const table: [path: string, many: boolean][] = [
    ['me', false],
    ['me/messages', true],
    ['me/messages/1', false],
    ['me/mailFolders/inbox/messages', true],
    ['me/drive/root/children', true],
    ['me/drive/root:/a/b.txt', false],
    ['users/1/calendar/events', true],
    ['groups/1/members', true],
    ['sites/host,1,2/lists/3/items/4', false],
    ["applications(appId='1')", false],
    ["applications(appId='1')/owners", true],
  ]
  for (const [path, many] of table) {
    it(`${path}: ${many ? 'yes' : 'no'}`, () => assert.equal(isCollection(plainSegments(path), path), many))
  }
})

describe('a request counts towards', () => {
  const table: [path: string, name: string, mailbox?: string][] = [
    ['me', 'directory'],
    ['users/adele', 'directory'],
    ['me/messages/1', 'outlook', 'me'],
    ['users/Adele@contoso.com/events', 'outlook', 'adele@contoso.com'],
    ["users('adele%40contoso.com')/mailFolders/inbox", 'outlook', 'adele@contoso.com'],
    ['users/adele/sendMail', 'outlook', 'adele'],
    ['groups/1/conversations', 'outlook', '1'],
    ['groups/1/members', 'directory'],
    ['me/drive/root:/a.txt:/content', 'files'],
    ['drives/1/items/2', 'files'],
    ['sites/root/lists', 'files'],
    ['me/drive/items/1/workbook/tables', 'excel'],
    ['teams/1/channels', 'teams'],
    ['me/chats', 'teams'],
    ['users/1/onenote/pages', 'onenote'],
    ['planner/tasks/1', 'planner'],
    ["reports/getX(period='D7')", 'reports'],
    ['auditLogs/signIns', 'audit'],
    ['subscriptions', 'subscriptions'],
    ['somethingNew/1', 'directory'],
  ]
  for (const [path, name, mailbox] of table) {
    it(`${name}${mailbox === undefined ? '' : ` of ${mailbox}`}: ${path}`, () => {
      assert.deepEqual(workloadOf(plainSegments(path)), mailbox === undefined ? { name } : { name, mailbox })
    })
  }
})
