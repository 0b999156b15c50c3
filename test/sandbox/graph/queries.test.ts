import assert from 'node:assert/strict'
import {
  allPermissions,
  collection,
  entity,
  errorOf,
  startGraphUnderTest,
  type CollectionBody,
  type GraphUnderTest,
} from '../../support/graph-tokens'

const eventual = { ConsistencyLevel: 'eventual' }
const mail = '/users/AdeleV@contoso.onmicrosoft.com/messages'

describe('The local Graph answers query options as Graph does', () => {
  let test: GraphUnderTest
  let token: string
  before(async () => {
    test = await startGraphUnderTest()
    token = await test.application(...allPermissions)
  })
  after(() => test.close())

  const list = async (path: string, headers?: Record<string, string>): Promise<CollectionBody> =>
    collection(await test.get(path, token, headers))
  const values = async (path: string, name: string, headers?: Record<string, string>) =>
    (await list(path, headers)).value.map((row) => row[name])
  const refused = async (path: string, headers?: Record<string, string>) =>
    errorOf(await test.get(path, token, headers))
  /** How many users a filter leaves; as an advanced query, so that each operator may be used. */
  const count = async (filter: string): Promise<number> => {
    const path = `/users/$count?$filter=${encodeURIComponent(filter)}`
    const response = await test.get(path, token, eventual)
    assert.equal(response.status, 200, filter)
    return Number(await response.text())
  }

  describe('$filter', () => {
    it('compares by type', async () => {
      assert.equal(await count("displayName eq 'Adele Vance'"), 1)
      assert.equal(await count("DISPLAYNAME eq 'adele vance'"), 1)
      assert.equal(await count("displayName ne 'Adele Vance'"), 199)
      const early = await count('createdDateTime lt 2023-01-01T00:00:00Z')
      assert.equal(early + (await count('createdDateTime ge 2023-01-01')), 200)
      assert.ok(early > 0 && early < 200)
      assert.equal((await count('accountEnabled eq true')) + (await count('accountEnabled eq false')), 200)
      assert.equal((await count('mobilePhone eq null')) + (await count('mobilePhone ne null')), 200)
    })

    it('combines and, or, not and parentheses', async () => {
      const sales = await count("department eq 'Sales'")
      const legal = await count("department eq 'Legal'")
      assert.equal(await count("department eq 'Sales' or department eq 'Legal'"), sales + legal)
      assert.equal(await count("department in ('Sales', 'Legal')"), sales + legal)
      assert.equal(await count("not(department eq 'Sales')"), 200 - sales)
      assert.equal(
        await count("department eq 'Legal' or department eq 'Sales' and displayName eq 'x'"),
        legal,
      )
      assert.equal(await count("(department eq 'Legal' or department eq 'Sales') and displayName eq 'x'"), 0)
    })

    it('knows functions, lambdas, nested properties and collections', async () => {
      assert.equal(await count("startswith(displayName,'adele v')"), 1)
      assert.equal(await count("endswith(mail,'@contoso.onmicrosoft.com')"), 200)
      assert.equal(await count("tolower(givenName) eq 'zoë'"), 1)
      assert.equal(await count("proxyAddresses/any(p:p eq 'SMTP:AdeleV@contoso.onmicrosoft.com')"), 1)
      const licensed = await count('assignedLicenses/any(x:x/skuId eq 05e9a617-0261-4cee-bb44-138d3ef5d965)')
      assert.equal(await count('assignedLicenses/$count eq 0'), 200 - licensed)
      assert.equal(await count('assignedLicenses/any()'), licensed)
      const centre = "onPremisesExtensionAttributes/extensionAttribute1 eq 'CC10'"
      assert.ok((await count(`not(${centre})`)) > 150)
      assert.ok((await count('year(createdDateTime) eq 2025')) > 0)
    })

    it('undoubles quotes and takes letters of any alphabet', async () => {
      const path = "/groups?$select=displayName&$filter=displayName eq 'Project Children''s Range'"
      assert.deepEqual(await values(path, 'displayName'), ["Project Children's Range"])
      assert.equal(await count("surname eq 'Müller-Strauß'"), 1)
      const both = `/groups?$filter=${encodeURIComponent("displayName eq 'Project R&D (Berlin)'")}`
      assert.equal((await list(both)).value.length, 1)
    })

    it('compares enums by their names and dates within mail', async () => {
      const important = await list(`${mail}?$filter=importance eq 'high'&$top=100`)
      assert.ok(important.value.length > 0)
      assert.ok(important.value.every((row) => row['importance'] === 'high'))
      const recent = await list(`${mail}?$filter=receivedDateTime ge 2026-06-25T00:00:00Z&$top=100`)
      assert.ok(recent.value.length > 0)
      const found = await list(`${mail}?$filter=contains(subject,'Invoice')&$top=100`)
      assert.ok(found.value.every((row) => String(row['subject']).includes('Invoice')))
      const from = encodeURIComponent("from/emailAddress/address eq 'AdeleV@contoso.onmicrosoft.com'")
      assert.ok((await list(`${mail}?$filter=${from}`)).value.length > 0)
    })

    it('refuses names, types and operators that are not there', async () => {
      const unknown = "Could not find a property named 'x' on type 'microsoft.graph.user'."
      assert.deepEqual(await refused("/users?$filter=x eq 'y'"), [400, 'BadRequest', unknown])
      const type = await refused("/users?$filter=accountEnabled eq 'true'")
      assert.deepEqual(type, [400, 'BadRequest', 'Invalid filter clause'])
      const all = await refused("/users?$filter=proxyAddresses/all(p:p eq 'x')")
      assert.deepEqual(all, [400, 'BadRequest', 'Filter not supported.'])
      const syntax = await refused('/users?$filter=displayName eq')
      assert.match(syntax[2], /^Invalid filter clause: Syntax error at position 14/)
    })
  })

  describe('Advanced queries of the directory', () => {
    it('are refused without the header and $count', async () => {
      for (const [query, text] of [
        [
          "$filter=endswith(mail,'com')",
          /Operator 'endsWith' is not supported because the 'ConsistencyLevel/,
        ],
        ["$filter=department ne 'IT'", /operator 'NotEqualsMatch'/],
        ["$filter=not(department eq 'IT')", /Operator 'not' is not supported/],
        ["$filter=department eq 'IT'&$orderby=displayName", /^Sorting not supported for current query\.$/],
        ['$orderby=createdDateTime', /^Unsupported sort property 'createdDateTime' for 'User'\.$/],
        ['$search="displayName:ad"', /special request header: 'ConsistencyLevel: eventual'$/],
      ] as const) {
        const [status, code, message] = await refused(`/users?${query}`)
        assert.deepEqual([status, code], [400, 'Request_UnsupportedQuery'], query)
        assert.match(message, text)
      }
    })

    it('are answered with both', async () => {
      const path = "/users?$filter=not(department eq 'IT')&$orderby=displayName desc&$count=true&$top=999"
      const body = await list(path, eventual)
      assert.equal(body['@odata.count'], body.value.length)
      const names = body.value.map((row) => String(row['displayName']).toLowerCase())
      assert.deepEqual(names, [...names].sort().toReversed())
      assert.equal((await refused("/users?$filter=department ne 'IT'", eventual))[0], 400)
    })

    it('need the header on every page', async () => {
      const path = "/users?$filter=department ne 'IT'&$count=true"
      const next = (await list(path, eventual))['@odata.nextLink'] ?? ''
      assert.equal((await test.get(next, token)).status, 400)
      assert.equal((await test.get(next, token, eventual)).status, 200)
    })

    it('count only with the header', async () => {
      assert.deepEqual(await refused('/users/$count'), [
        400,
        'Request_BadRequest',
        '$count is not currently supported.',
      ])
      assert.equal((await list('/users?$count=true'))['@odata.count'], undefined)
      assert.equal((await list('/users?$count=true', eventual))['@odata.count'], 200)
    })

    it('search by the beginnings of words', async () => {
      const found = await values('/users?$search="displayName:Vanc"', 'displayName', eventual)
      assert.deepEqual(found, ['Adele Vance'])
      assert.deepEqual(await values('/users?$search="displayName:ance"', 'displayName', eventual), [])
      const either = '/users?$search="displayName:Vance" OR "displayName:Bowen"'
      assert.equal((await list(either, eventual)).value.length, 2)
    })

    it('are needed to filter the members of a group', async () => {
      const [group] = await values("/groups?$filter=displayName eq 'All Company'", 'id')
      const members = `/groups/${String(group)}/members`
      const filter = "$filter=startswith(displayName,'Adele')&$count=true"
      assert.equal(
        (await refused(`${members}/microsoft.graph.user?${filter}`))[1],
        'Request_UnsupportedQuery',
      )
      const found = await list(`${members}/microsoft.graph.user?${filter}`, eventual)
      assert.equal(found['@odata.count'], found.value.length)
      assert.ok(found.value.length > 0)
    })
  })

  describe('$select, $expand, $orderby, $skip', () => {
    it('shows few properties of a directory object unless asked', async () => {
      const [user] = (await list('/users?$top=1')).value
      assert.ok(user !== undefined && !('department' in user) && !('@odata.type' in user))
      const body = await list('/users?$top=1&$select=id,Department')
      assert.deepEqual(Object.keys(body.value[0] ?? {}), ['id', 'department'])
      assert.match(body['@odata.context'], /\$metadata#users\(id,Department\)$/)
    })

    it('adds id and etag to what is selected of mail', async () => {
      const [message] = (await list(`${mail}?$top=1&$select=subject`)).value
      assert.deepEqual(Object.keys(message ?? {}), ['@odata.etag', 'id', 'subject'])
      assert.match(String(message?.['@odata.etag']), /^W\/".+"$/)
    })

    it('refuses to select and expand what is not there', async () => {
      const text = "Could not find a property named 'x' on type 'microsoft.graph.user'."
      const expected = [400, 'BadRequest', `Parsing OData Select and Expand failed: ${text}`]
      assert.deepEqual(await refused('/users?$select=x'), expected)
      assert.deepEqual(await refused('/users?$expand=x'), expected)
      assert.match((await refused('/users?$expand=manager($select=id'))[2], /unbalanced bracket/)
    })

    it('expands one relationship with options of its own', async () => {
      const [, megan] = (await list('/users?$top=2&$select=id&$expand=manager($select=displayName)')).value
      assert.deepEqual(megan?.['manager'], {
        '@odata.type': '#microsoft.graph.user',
        displayName: 'Adele Vance',
      })
      assert.equal((await refused('/users?$expand=manager,memberOf'))[0], 400)
    })

    it('expands at most twenty directory objects, without a link to more', async () => {
      const [group] = (await list("/groups?$filter=displayName eq 'All Company'&$expand=members")).value
      assert.equal((group?.['members'] as unknown[] | undefined)?.length, 20)
      assert.ok(!Object.keys(group ?? {}).some((name) => name.includes('nextLink')))
    })

    it('skips mail, and refuses to skip users', async () => {
      const [, second] = await values(`${mail}?$top=2`, 'id')
      assert.deepEqual(await values(`${mail}?$top=1&$skip=1`, 'id'), [second])
      const text = "'$skip' is not supported by the service."
      assert.deepEqual(await refused('/users?$skip=1'), [400, 'Request_BadRequest', text])
    })

    it('sorts mail by what it is filtered by, only', async () => {
      const filter = "receivedDateTime ge 2026-06-01T00:00:00Z and importance eq 'normal'"
      const sorted = `${mail}?$filter=${filter}&$orderby=receivedDateTime&$top=100`
      const times = (await values(sorted, 'receivedDateTime')).map(String)
      assert.ok(times.length > 1)
      assert.deepEqual(times, [...times].sort())
      const text = 'The restriction or sort order is too complex for this operation.'
      const other = `${mail}?$filter=importance eq 'normal'&$orderby=receivedDateTime`
      assert.deepEqual(await refused(other), [400, 'InefficientFilter', text])
    })

    it('searches mail by words', async () => {
      const subjects = await values(`${mail}?$search="subject:invoice fabrikam"&$top=50`, 'subject')
      assert.ok(subjects.length > 0)
      assert.ok(subjects.every((subject) => String(subject).includes('Invoice')))
    })

    it('refuses unknown, repeated and malformed options', async () => {
      for (const query of ['$foo=1', '$top=1&$top=2', '$top=x', '$count=maybe', '$orderby=a b c'])
        assert.equal((await refused(`/users?${query}`))[0], 400, query)
      assert.equal((await test.get('/users?foo=1', token)).status, 200)
    })

    it('takes a plus sign and %20 for a blank, and any case in names', async () => {
      const path = "/users?$Filter=displayName+eq+'Adele%20Vance'&$SELECT=id"
      assert.equal((await list(path)).value.length, 1)
      assert.equal(
        (await entity(await test.get('/Users/adelev@contoso.onmicrosoft.com', token)))['surname'],
        'Vance',
      )
    })
  })
})
