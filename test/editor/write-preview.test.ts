import assert from 'node:assert/strict'
import { previewRequest } from '../../nodes/graph-odata/editor/request-preview'
import { textOfPieces } from '../../nodes/graph-odata/editor/unknowns'

const connection = { serviceUrl: 'https://graph.microsoft.com/v1.0', itemConvention: '{entity}/{key}' }

async function shown(properties: Record<string, unknown>): Promise<string> {
  const preview = await previewRequest(properties, connection)
  if (preview.kind !== 'request') return preview.kind === 'problem' ? preview.problem.code : preview.kind
  const headers = preview.headers.map(([name, value]) => `${name}: ${value}`)
  return [
    `${preview.method} ${textOfPieces(preview.url).slice(connection.serviceUrl.length)}`,
    ...headers,
  ].join('\n')
}

describe('the preview of a write', () => {
  const table: [string, Record<string, unknown>, string][] = [
    ['a creation', { operation: 'create', entity: 'users' }, 'POST /users\nContent-Type: application/json'],
    [
      'a change for a version that the message knows',
      {
        operation: 'update',
        entity: 'users',
        key: 'payload.id',
        keyType: 'msg',
        ifMatch: 'etag',
        ifMatchType: 'msg',
        answer: 'representation',
      },
      'PATCH /users/{msg.payload.id}\nContent-Type: application/json\nIf-Match: {msg.etag}\nPrefer: return=representation',
    ],
    [
      'an upsert that the service does by itself',
      { operation: 'upsert', appendUrl: "applications(uniqueName='a')" },
      "PATCH /applications(uniqueName='a')\nContent-Type: application/json\nPrefer: create-if-missing",
    ],
    [
      'an action without parameters',
      { operation: 'call', appendUrl: 'me/revokeSignInSessions', body: '' },
      'POST /me/revokeSignInSessions',
    ],
    [
      'a function, with its query',
      { operation: 'call', method: 'GET', appendUrl: 'me/reminderView()', select: 'id' },
      'GET /me/reminderView()?$select=id',
    ],
    ['a delete', { operation: 'delete', entity: 'users', key: '1', allowDelete: true }, 'DELETE /users/1'],
    ['a delete that is not allowed', { operation: 'delete', entity: 'users', key: '1' }, 'deleteNotAllowed'],
    ['a change of everything', { operation: 'update', entity: 'users' }, 'keyMissing'],
    ['a creation of nothing', { operation: 'create', entity: 'users', body: '' }, 'bodyMissing'],
    ['whatever the message says', { operation: 'message', entity: 'users' }, '{msg.operation} /users'],
    [
      'a change, whatever a read had asked for before',
      { operation: 'replace', entity: 'users', key: '1', select: 'id', filter: "a eq 'b'" },
      'PUT /users/1\nContent-Type: application/json',
    ],
  ]
  for (const [what, properties, expected] of table) {
    it(`shows ${what}`, async () => assert.equal(await shown(properties), expected))
  }
})
