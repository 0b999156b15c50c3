import assert from 'node:assert/strict'
import { apps, demoAccounts } from '../../../sandbox/contoso/tenant'
import {
  allPermissions,
  collection,
  entity,
  errorOf,
  startGraphUnderTest,
  type GraphUnderTest,
} from '../../support/graph-tokens'

const [adele, megan] = demoAccounts
const adeleId = adele?.id ?? ''

describe('The local Graph addresses resources as Graph does', () => {
  let test: GraphUnderTest
  let token: string
  before(async () => {
    test = await startGraphUnderTest()
    token = await test.application(...allPermissions)
  })
  after(() => test.close())

  const get = (path: string, headers?: Record<string, string>): Promise<Response> =>
    test.get(path, token, headers)

  it('takes a key as a segment, in parentheses, and the userPrincipalName', async () => {
    for (const path of [
      `/users/${adeleId}`,
      `/users/${adeleId.toUpperCase()}`,
      `/users('${adeleId}')`,
      '/users/adelev@contoso.onmicrosoft.com',
      "/users('AdeleV%40contoso.onmicrosoft.com')",
      "/users(userPrincipalName='AdeleV@contoso.onmicrosoft.com')",
      `/directoryObjects/${adeleId}`,
    ])
      assert.equal((await entity(await get(path)))['displayName'], 'Adele Vance', path)
  })

  it('finds a user by a name with letters beyond ASCII, percent-encoded', async () => {
    const user = await entity(await get(`/users/${encodeURIComponent('ZoëM@contoso.onmicrosoft.com')}`))
    assert.equal(user['surname'], 'Müller-Strauß')
  })

  it('takes an alternate key by its name', async () => {
    const path = `/applications(appId='${apps.web.clientId}')`
    assert.equal((await entity(await get(path)))['displayName'], apps.web.displayName)
    assert.equal((await get("/applications(displayName='x')")).status, 400)
    assert.equal((await get("/applications(appId='x')")).status, 404)
  })

  it('undoubles quotes and decodes each segment by itself', async () => {
    assert.deepEqual(await errorOf(await get("/users('O''Neil%2Fx')")), [
      404,
      'Request_ResourceNotFound',
      "Resource 'O'Neil/x' does not exist or one of its queried reference-property objects are not present.",
    ])
  })

  it('refuses a name that begins with a dollar as a segment, not in parentheses', async () => {
    assert.equal((await get('/users/$x@contoso.onmicrosoft.com')).status, 400)
    assert.equal((await get("/users('$x@contoso.onmicrosoft.com')")).status, 404)
  })

  it('names an unknown segment in its error', async () => {
    const expected = [400, 'BadRequest', "Resource not found for the segment 'mef'."]
    assert.deepEqual(await errorOf(await get('/mef')), expected)
    assert.deepEqual(await errorOf(await get(`/users/${adeleId}/mef`)), expected)
  })

  it('reads single properties, raw and wrapped', async () => {
    const wrapped = await entity(await get(`/users/${adeleId}/displayName`))
    assert.deepEqual(wrapped, {
      '@odata.context': `${test.graph.origin}/v1.0/$metadata#users('${adeleId}')/displayName`,
      value: 'Adele Vance',
    })
    const raw = await get(`/users/${adeleId}/displayName/$value`)
    assert.match(raw.headers.get('content-type') ?? '', /^text\/plain/)
    assert.equal(await raw.text(), 'Adele Vance')
    const path = `/users/${adeleId}/onPremisesExtensionAttributes/extensionAttribute1/$value`
    assert.match(await (await get(path)).text(), /^CC\d\d$/)
  })

  it('follows navigation properties to any depth', async () => {
    const manager = await entity(await get(`/users/${megan?.id}/manager`))
    assert.equal(manager['@odata.type'], '#microsoft.graph.user')
    assert.equal(manager['displayName'], 'Adele Vance')
    const reports = await collection(
      await get(`/users/${megan?.id}/manager/directReports?$select=displayName`),
    )
    assert.equal(reports.value.length, 8)
    assert.equal(reports.value[0]?.['displayName'], 'Megan Bowen')
    assert.equal((await get(`/users/${adeleId}/manager`)).status, 404)
  })

  it('counts with $count, links with $ref', async () => {
    const count = await get('/users/$count', { ConsistencyLevel: 'eventual' })
    assert.equal(await count.text(), '200')
    assert.match(count.headers.get('content-type') ?? '', /^text\/plain/)
    const groups = await collection(await get('/groups'))
    const references = await collection(await get(`/groups/${String(groups.value[0]?.['id'])}/members/$ref`))
    assert.deepEqual(references.value[0], {
      '@odata.id': `${test.graph.origin}/v1.0/directoryObjects/${adeleId}`,
    })
  })

  it('casts members to a type', async () => {
    const groups = await collection(await get("/groups?$filter=displayName eq 'sec-All Departments'"))
    const members = `/groups/${String(groups.value[0]?.['id'])}/members`
    assert.equal((await collection(await get(`${members}/microsoft.graph.group`))).value.length, 9)
    const users = await collection(await get(`${members}/microsoft.graph.user`))
    assert.deepEqual(users.value, [])
    assert.match(users['@odata.context'], /\$metadata#users$/)
    assert.ok((await collection(await get(members.replace('members', 'transitiveMembers')))).value.length > 9)
    assert.equal((await get(`${members}/microsoft.graph.message`)).status, 400)
  })

  it('words what is not there as each workload does', async () => {
    const user = `/users/${adeleId}`
    const codes = async (path: string): Promise<unknown> => (await errorOf(await get(path))).slice(0, 2)
    assert.deepEqual(await codes('/groups/x'), [404, 'Request_ResourceNotFound'])
    assert.deepEqual(await codes(`${user}/messages/AAMkx=`), [404, 'ErrorItemNotFound'])
    assert.deepEqual(await codes(`${user}/drive/items/x`), [404, 'itemNotFound'])
    assert.deepEqual(await codes('/sites/x'), [404, 'itemNotFound'])
  })

  it('says 405 to what nobody does', async () => {
    for (const method of ['PATCH', 'PUT', 'DELETE'])
      assert.deepEqual((await errorOf(await test.send(method, '/users'))).slice(0, 2), [
        405,
        'Request_BadRequest',
      ])
    assert.equal((await test.send('POST', '/users/$count')).status, 405)
    assert.equal((await test.send('OPTIONS', '/users')).status, 405)
  })

  it('serves beta as it does v1.0, and no other version', async () => {
    const beta = await entity(await get(`${test.graph.origin}/beta/users/${adeleId}`))
    assert.equal(beta['@odata.context'], `${test.graph.origin}/beta/$metadata#users/$entity`)
    assert.equal((await get(`${test.graph.origin}/v3/users`)).status, 400)
  })
})
