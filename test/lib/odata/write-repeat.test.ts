import assert from 'node:assert/strict'
import type { Repeat } from '../../../nodes/lib/http/http'
import type { CallMethod } from '../../../nodes/lib/odata/write-plan'
import { repeatOfWrite } from '../../../nodes/lib/odata/write-repeat'

const SERVICE = 'https://graph.microsoft.com/v1.0'

describe('what repeating a write may do', () => {
  const table: [CallMethod, string, Repeat, body?: unknown, ifMatch?: string][] = [
    ['POST', 'users', 'once', { displayName: 'Adele' }],
    ['POST', 'me/sendMail', 'once'],
    ['POST', 'groups/1/members/$ref', 'once'],
    ['POST', 'directoryObjects/getByIds', 'safe', { ids: [] }],
    ['POST', 'directoryObjects/microsoft.graph.getByIds', 'safe'],
    ['POST', 'users/1/getMemberGroups', 'safe'],
    ['POST', 'search/query', 'safe', { requests: [] }],
    ['POST', 'me/calendar/getSchedule', 'safe'],
    ['POST', 'me/events', 'once', { subject: 's' }],
    ['POST', 'me/events', 'idempotent', { subject: 's', transactionId: '7E163156' }],
    ['POST', 'me/calendars/1/events', 'idempotent', { transactionId: '7E163156' }],
    ['POST', 'me/events', 'once', { transactionId: '' }],
    ['POST', 'me/contacts', 'once', { transactionId: '7E163156' }],
    ['PATCH', 'users/1', 'idempotent', { displayName: 'Adele' }],
    ['PATCH', 'users/1', 'conditional', { displayName: 'Adele' }, 'W/"1"'],
    ['PATCH', 'users/1', 'idempotent', { displayName: 'Adele' }, '*'],
    ['PATCH', 'groups/1', 'once', { 'members@odata.bind': ['users/1'] }],
    ['PATCH', 'groups/1', 'idempotent', { 'manager@odata.bind': 'users/1' }],
    ['PATCH', 'groups/1', 'once', { 'members@delta': [] }],
    ['PATCH', 'me/onenote/pages/1/content', 'once', [{ action: 'append' }]],
    ['PUT', 'me/drive/root:/a.txt:/content', 'idempotent'],
    ['PUT', 'me/drive/root:/a.txt:/content?@microsoft.graph.conflictBehavior=rename', 'once'],
    ['PUT', 'me/drive/root:/a.txt:/content?%40microsoft.graph.conflictBehavior=rename', 'once'],
    ['PUT', 'users/1/manager/$ref', 'idempotent'],
    ['DELETE', 'users/1', 'idempotent'],
    ['DELETE', 'planner/tasks/1', 'conditional', undefined, 'W/"1"'],
    ['GET', "reports/getX(period='D7')", 'safe'],
  ]
  for (const [method, path, expected, body, ifMatch] of table) {
    const shown = body === undefined ? '' : ` ${JSON.stringify(body)}`
    it(`${method} ${path}${shown}${ifMatch === undefined ? '' : ` if ${ifMatch}`}: ${expected}`, () => {
      const repeat = repeatOfWrite({
        method,
        url: `${SERVICE}/${path}`,
        headers: new Map(ifMatch === undefined ? [] : [['if-match', ifMatch]]),
        prefer: [],
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      assert.equal(repeat, expected)
    })
  }
})
