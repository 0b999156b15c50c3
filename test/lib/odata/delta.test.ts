import assert from 'node:assert/strict'
import { resyncOf } from '../../../nodes/lib/odata/delta'
import { deltaUrl } from '../../../nodes/lib/odata/delta-url'
import { ServiceError } from '../../../nodes/lib/odata/service-error'

const S = 'https://graph.microsoft.com/v1.0'

describe('the first URL of a round of changes', () => {
  const table: [url: string, start: 'all' | 'now', expected: string][] = [
    ['users', 'all', 'users/delta'],
    ['users?$select=id', 'all', 'users/delta?$select=id'],
    ['users', 'now', 'users/delta?$deltatoken=latest'],
    ['users?$select=id', 'now', 'users/delta?$select=id&$deltatoken=latest'],
    ['users/delta', 'now', 'users/delta?$deltatoken=latest'],
    ['users/microsoft.graph.delta()', 'all', 'users/microsoft.graph.delta()'],
    ['users/microsoft.graph.delta()', 'now', 'users/microsoft.graph.delta()?$deltatoken=latest'],
    ['contacts', 'now', 'contacts/delta?$deltatoken=latest'],
    ['directory/administrativeUnits', 'now', 'directory/administrativeUnits/delta?$deltatoken=latest'],
    ['users?$deltatoken=x', 'now', 'users/delta?$deltatoken=x'],
    ['me/contacts', 'now', 'me/contacts/delta'],
    ['me/mailFolders/inbox/messages', 'now', 'me/mailFolders/inbox/messages/delta'],
    ['me/calendarView?startDateTime=2030-01-01', 'now', 'me/calendarView/delta?startDateTime=2030-01-01'],
    ['sites', 'now', 'sites/delta?token=latest'],
    ['sites/1/lists/2/items', 'now', 'sites/1/lists/2/items/delta?token=latest'],
    [
      'sites/1/lists/2/items?$expand=fields',
      'now',
      'sites/1/lists/2/items/delta?$expand=fields&token=latest',
    ],
    ['me/drive/root:/a/b:', 'now', 'me/drive/root:/a/b:/delta?token=latest'],
    ['me/drive/root', 'now', 'me/drive/root/delta?token=latest'],
    ['drives/b!x/root', 'now', 'drives/b!x/root/delta?token=latest'],
    ['drives/b!x/items/1', 'now', 'drives/b!x/items/1/delta?token=latest'],
    ["me/drive/root/delta(token='x')", 'now', "me/drive/root/delta(token='x')"],
    ['me/mailFolders/inbox/messages', 'all', 'me/mailFolders/inbox/messages/delta'],
    ['me/drive/root/delta?token=abc', 'now', 'me/drive/root/delta?token=abc'],
  ]
  for (const [url, start, expected] of table) {
    it(`${url} from ${start} on is ${expected}`, () =>
      assert.equal(deltaUrl(`${S}/${url}`, start, S), `${S}/${expected}`))
  }
})

describe('an error that a stored link is answered with', () => {
  const error = (statusCode: number, code: string, location?: string): ServiceError =>
    new ServiceError({ statusCode, code, message: '', requestId: undefined, retryAfter: undefined, location })

  const table: [error: unknown, expected: unknown][] = [
    [error(410, 'HTTP_410'), { resync: 'apply', location: undefined }],
    [error(410, 'resyncChangesUploadDifferences', `${S}/x`), { resync: 'upload', location: `${S}/x` }],
    [error(410, 'resyncChangesApplyDifferences'), { resync: 'apply', location: undefined }],
    [error(400, 'syncStateNotFound'), { resync: 'apply', location: undefined }],
    [error(404, 'ResyncRequired'), { resync: 'apply', location: undefined }],
    [error(404, 'itemNotFound'), undefined],
    [error(500, 'resyncRequired'), undefined],
    [new Error('x'), undefined],
  ]
  for (const [given, expected] of table) {
    it(`${String(given)} means ${expected === undefined ? 'nothing of that kind' : 'starting over'}`, () =>
      assert.deepEqual(resyncOf(given), expected))
  }
})
