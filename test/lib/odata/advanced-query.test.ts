import assert from 'node:assert/strict'
import { advancedQuery } from '../../../nodes/lib/odata/advanced-query'

const SERVICE = 'https://graph.microsoft.com/v1.0'

type Needs = 'nothing' | 'header' | 'header and count'

function needsOf(query: string, always = false): Needs {
  const { eventual, count } = advancedQuery(`${SERVICE}/${query}`, SERVICE, always)
  return eventual ? (count ? 'header and count' : 'header') : 'nothing'
}

describe('a query on directory objects', () => {
  const table: [query: string, needs: Needs][] = [
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
    ['groups/1/members/microsoft.graph.user?$select=id', 'header and count'],
    ['groups/1/members/microsoft.graph.user?$top=5', 'header and count'],
    ['groups/1/members?$select=id&$top=5', 'nothing'],
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
      assert.equal(needsOf(query), needs)
    })
  }

  const always: [query: string, needs: Needs][] = [
    ['users?$filter=startswith(jobTitle,%27A%27)', 'header and count'],
    ['users', 'header and count'],
    ['users?$search=%22displayName:a%22', 'header'],
    ['users/$count', 'header'],
    ['users/1', 'nothing'],
    ['me/messages', 'nothing'],
  ]
  for (const [query, needs] of always) {
    it(`${query} needs ${needs} where it is to be an advanced one in any case`, () => {
      assert.equal(needsOf(query, true), needs)
    })
  }
})
