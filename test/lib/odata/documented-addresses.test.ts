import assert from 'node:assert/strict'
import { parseAddress } from '../../../nodes/lib/odata/parse-address'
import { composeUrl } from '../../../nodes/lib/odata/resource-url'
import { encodeUrlText } from '../../../nodes/lib/odata/url-text'
import { documentedPairs } from '../../support/shared-data'

const SERVICE = 'https://graph.microsoft.com/v1.0'

function takenApartAndPutTogether(url: string): string {
  const { params, ...parts } = parseAddress(url, SERVICE)
  return composeUrl(
    SERVICE,
    {
      ...parts,
      itemConvention: '{entity}/{key}',
      params: new Map(params.map(({ name, value, template }) => [name, template ?? value])),
    },
    [],
  )
}

describe('the addresses of the documentation', () => {
  it('taken apart into entity, key, append URL and params give back exactly themselves', function () {
    const pairs = documentedPairs()
    if (pairs === undefined) this.skip()
    const different: string[] = []
    let severalIds = 0
    for (const { url } of pairs) {
      const { params, key } = parseAddress(url, SERVICE)
      if (key !== '' && params.length > 0) severalIds += 1
      let again: string
      try {
        again = takenApartAndPutTogether(url)
      } catch (error) {
        again = String(error)
      }
      if (again !== encodeUrlText(url)) different.push(`${url}\n  ${again}`)
    }
    assert.ok(severalIds > 40, String(severalIds))
    assert.deepEqual(different, [])
  })
})

describe('an address that somebody pasted', () => {
  const table: [pasted: string, parts: ReturnType<typeof parseAddress>][] = [
    ['users', { entity: 'users', key: '', appendUrl: '', params: [] }],
    ['GET /me/messages', { entity: 'messages', key: '', appendUrl: 'me/{entity}', params: [] }],
    [
      'https://graph.microsoft.com/v1.0/me/messages/AAMkAD=?$select=id',
      { entity: 'messages', key: 'AAMkAD=', appendUrl: 'me/{entity}?$select=id', params: [] },
    ],
    [
      'GET https://graph.microsoft.com/v1.0/users/adele@contoso.com/manager',
      { entity: 'users', key: 'adele@contoso.com', appendUrl: 'manager', params: [] },
    ],
    [
      'teams/02bd9fd6-8f93-4758/channels/19:56@thread.skype/messages/1612289765949',
      {
        entity: 'teams',
        key: '02bd9fd6-8f93-4758',
        appendUrl: 'channels/19:56@thread.skype/messages/{messageId}',
        params: [{ name: 'messageId', value: '1612289765949' }],
      },
    ],
    [
      'https://graph.microsoft.com/beta/users',
      {
        entity: '',
        key: '',
        appendUrl: 'https://graph.microsoft.com/beta/users',
        params: [],
      },
    ],
  ]
  const filled = (name: string, template: string) => ({ name, value: '', template })
  table.push(
    [
      'GET /users/{id | userPrincipalName}/messages',
      {
        entity: 'users/{id}/messages',
        key: '',
        appendUrl: '',
        params: [filled('id', '{id | userPrincipalName}')],
      },
    ],
    [
      'teams/{id}/channels/{id}/messages/{message-id}',
      {
        entity: 'teams/{teamId}/channels/{channelId}/messages/{messageId}',
        key: '',
        appendUrl: '',
        params: [filled('teamId', '{id}'), filled('channelId', '{id}'), filled('messageId', '{message-id}')],
      },
    ],
    [
      '/drives/b!1234/root:/{item-path}:/content',
      {
        entity: 'drives/{driveId}/root:/{itemPath:path}:/content',
        key: '',
        appendUrl: '',
        params: [filled('itemPath', '{item-path}'), { name: 'driveId', value: 'b!1234' }],
      },
    ],
  )
  for (const [pasted, parts] of table) {
    it(`${pasted} is taken apart`, () => assert.deepEqual(parseAddress(pasted, SERVICE), parts))
  }
})
