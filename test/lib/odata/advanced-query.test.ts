import assert from 'node:assert/strict'
import { advancedQuery } from '../../../nodes/lib/odata/advanced-query'

const SERVICE = 'https://graph.microsoft.com/v1.0'

describe('a query on directory objects', () => {
  const table: [query: string, needs: 'nothing' | 'header' | 'header and count'][] = [
    ['users', 'nothing'],
    ['users?$filter=displayName eq %27A%27', 'nothing'],
    ['users?$orderby=displayName', 'nothing'],
    ['users?$select=id&$top=5', 'nothing'],
    ['users?$filter=displayName eq %27do not reply%27', 'nothing'],
    ['users?$filter=displayName ne %27A%27', 'header and count'],
    ['users?$filter=not(startswith(displayName,%27A%27))', 'header and count'],
    ['users?$filter=endsWith(mail,%27a%27)', 'header and count'],
    ['groups?$filter=members/$count eq 0', 'header and count'],
    ['users?$filter=accountEnabled eq true&$orderby=displayName', 'header and count'],
    ['users?$orderby=createdDateTime desc', 'header and count'],
    ['users?$count=true', 'header'],
    ['users/$count', 'header'],
    ['users?%24search=%22displayName:a%22', 'header'],
    ['groups/1/members/microsoft.graph.user', 'nothing'],
    ['groups/1/members/microsoft.graph.user?$filter=accountEnabled eq true', 'header and count'],
    ['groups/1/members?$orderby=displayName', 'header and count'],
    ['groups/1/transitiveMembers/microsoft.graph.user/$count', 'header'],
    ['me/memberOf?$search=%22displayName:a%22', 'header'],
    ['directory/administrativeUnits?$filter=displayName ne null', 'header and count'],
    ['me/messages?$filter=subject ne null&$orderby=subject', 'nothing'],
    ['me/messages?$search=%22a%22&$count=true', 'nothing'],
    ['users/1/messages/$count', 'nothing'],
    ['users/1?$select=id', 'nothing'],
    ['sites/1/lists/2/items?$filter=fields/a ne 1', 'nothing'],
  ]
  for (const [query, needs] of table) {
    it(`${query} needs ${needs}`, () => {
      const { eventual, count } = advancedQuery(`${SERVICE}/${query}`, SERVICE)
      const found = eventual ? (count ? 'header and count' : 'header') : 'nothing'
      assert.equal(found, needs)
    })
  }
})
