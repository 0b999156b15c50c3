import assert from 'node:assert/strict'
import { demoAccounts } from '../../../sandbox/contoso/tenant'
import {
  allPermissions,
  collection,
  entity,
  errorOf,
  startGraphUnderTest,
  type GraphUnderTest,
} from '../../support/graph-tokens'

const [adele] = demoAccounts.map(({ id }) => id) as [string]

describe('The local Graph calls functions with typed parameters', () => {
  let test: GraphUnderTest
  let token: string
  before(async () => {
    test = await startGraphUnderTest()
    token = await test.application(...allPermissions, 'Reports.Read.All')
  })
  after(() => test.close())

  const get = (path: string) => test.get(path, token)
  const names = async (path: string) => (await collection(await get(path))).value.map((row) => row['name'])

  it('of type text: quoted, by names in any case', async () => {
    const user = `/users/${adele}`
    for (const call of [
      "reminderView(StartDateTime='2026-06-01T00:00:00',EndDateTime='2026-06-08T00:00:00')",
      "microsoft.graph.reminderView(startDateTime='2026-06-01',endDateTime='2026-06-08')",
    ]) {
      const { value } = await collection(await get(`${user}/${call}`))
      assert.ok(value.length > 0)
      for (const { reminderFireTime } of value)
        assert.match((reminderFireTime as { dateTime: string }).dateTime, /^2026-06-0[1-7]T/)
    }
    assert.equal((await get(`${user}/reminderView(StartDateTime='2026-06-01')`)).status, 400)
    const unquoted = await get(`${user}/reminderView(StartDateTime=2026-06-01,EndDateTime=2026-06-08)`)
    assert.equal(unquoted.status, 400)
  })

  it('finds files below a folder by part of their name', async () => {
    const root = `/users/${adele}/drive/root`
    assert.deepEqual(await names(`${root}/search(q='BREAK')`), ['Break#Out.txt'])
    assert.deepEqual(await names(`/users/${adele}/drive/search(q='break%23out')`), ['Break#Out.txt'])
    assert.deepEqual(await names(`${root}:/Documents:/search(q='''x')`), [])
    assert.ok((await names(`${root}/search(q='')?$top=3`)).length === 3)
    assert.equal((await get(`${root}/search(q=x)`)).status, 400)
    assert.equal((await get(`${root}/search`)).status, 400)
  })

  it('goes on behind a function that can be composed', async () => {
    const byPath = "/sites/root/getByPath(path='%2Fsites%2FOperations')"
    assert.equal((await entity(await get(byPath)))['displayName'], 'Operations')
    assert.deepEqual(await names(`${byPath}/lists`), ['Projects', 'Inventory'])
    const host = "/sites/contoso.sharepoint.com/getByPath(path='%2Fsites%2FSales')"
    assert.equal((await entity(await get(host)))['displayName'], 'Sales & Märkte')
  })

  it('sends a reader of a report to a CSV on another origin, chosen by the parameter', async () => {
    const report = '/reports/getOffice365ActiveUserDetail'
    for (const [call, day] of [
      ["(period='D7')", '2026-06-30'],
      ['(date=2026-06-05)', '2026-06-05'],
      ["(date='2026-06-05')", '2026-06-05'],
    ]) {
      const response = await get(`${report}${call}`)
      assert.equal(response.status, 302)
      const location = response.headers.get('location') ?? ''
      assert.notEqual(new URL(location).origin, test.graph.origin)
      const csv = await (await fetch(location)).text()
      assert.match(csv, new RegExp(`^Report Refresh Date,.+\r\n${day},AdeleV@`))
    }
    assert.equal((await get(`${report}(period=D7)`)).status, 400)
    assert.equal((await get(`${report}(period='D8')`)).status, 400)
    assert.equal((await get(`${report}(date=June)`)).status, 400)
    assert.equal((await test.get(`${report}(period='D7')`, await test.application())).status, 403)
  })

  it('takes the member of an enum as a plain quoted name', async () => {
    const bearer = await test.user('EntitlementManagement.Read.All')
    const assignments = '/identityGovernance/entitlementManagement/assignments/filterByCurrentUser'
    const mine = await collection(await test.get(`${assignments}(on='target')`, bearer))
    assert.equal(mine.value.length, 1)
    assert.equal((await collection(await test.get(`${assignments}(on='createdBy')`, bearer))).value.length, 0)
    assert.equal((await test.get(`${assignments}(on='nobody')`, bearer)).status, 400)
    assert.equal((await test.get(`${assignments}(on=target)`, bearer)).status, 400)
  })

  it('asks for the advanced-query parameters where a cast has further options', async () => {
    const [group] = (await collection(await get('/groups'))).value
    const cast = `/groups/${String(group?.['id'])}/members/microsoft.graph.user`
    assert.equal((await get(cast)).status, 200)
    for (const query of ['$select=id', '$top=5', "$filter=startswith(displayName,'A')"])
      assert.deepEqual((await errorOf(await get(`${cast}?${query}`))).slice(0, 2), [
        400,
        'Request_UnsupportedQuery',
      ])
    const advanced = await test.get(`${cast}?$select=id&$count=true`, token, { ConsistencyLevel: 'eventual' })
    assert.equal((await collection(advanced))['@odata.count'], 200)
  })
})
