import assert from 'node:assert/strict'
import {
  allPermissions,
  collection,
  errorOf,
  startGraphUnderTest,
  type GraphUnderTest,
} from '../../support/graph-tokens'

describe('The local Graph pages as Graph does', () => {
  let test: GraphUnderTest
  let token: string
  before(async () => {
    test = await startGraphUnderTest(1200)
    token = await test.application(...allPermissions)
  })
  afterEach(() => test.graph.control.reset())
  after(() => test.close())

  const page = async (path: string, headers?: Record<string, string>) =>
    collection(await test.get(path, token, headers))

  const all = async (path: string, headers?: Record<string, string>) => {
    const rows: Record<string, unknown>[] = []
    const sizes: number[] = []
    for (let link: string | undefined = path; link !== undefined;) {
      const body = await page(link, headers)
      rows.push(...body.value)
      sizes.push(body.value.length)
      link = body['@odata.nextLink']
    }
    return { rows, sizes }
  }

  it('gives a hundred users, up to 999 with $top, and the rest by its links', async () => {
    assert.equal((await page('/users')).value.length, 100)
    const { rows, sizes } = await all('/users?$top=999&$select=id')
    assert.deepEqual(sizes, [999, 201])
    assert.equal(new Set(rows.map((row) => row['id'])).size, 1200)
  })

  it('refuses a $top above the maximum', async () => {
    const message = "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive."
    const response = await test.get('/users?$top=1000', token)
    assert.deepEqual(await errorOf(response), [400, 'Request_BadRequest', message])
  })

  it('keeps the other options in its links, which are absolute', async () => {
    const { '@odata.nextLink': link = '' } = await page(
      "/users?$select=id&$filter=department eq 'Sales'&$top=5",
    )
    assert.ok(link.startsWith(`${test.graph.origin}/v1.0/users?`))
    assert.match(link, /\$select=id&\$filter=department.+&\$top=5&\$skiptoken=/)
    const { rows } = await all("/users?$select=department&$filter=department eq 'Sales'&$top=5")
    assert.ok(rows.length > 50 && rows.every((row) => row['department'] === 'Sales'))
  })

  it('has no link to a page that would be empty', async () => {
    assert.deepEqual((await all('/users?$top=600')).sizes, [600, 600])
  })

  it('counts on the first page only', async () => {
    const headers = { ConsistencyLevel: 'eventual' }
    const first = await page('/users?$count=true&$top=999', headers)
    assert.equal(first['@odata.count'], 1200)
    const second = await page(first['@odata.nextLink'] ?? '', headers)
    assert.equal(second['@odata.count'], undefined)
  })

  it('pages mail by ten and by $skip, with an encoded dollar', async () => {
    const mail = '/users/AdeleV@contoso.onmicrosoft.com/messages'
    const first = await page(`${mail}?$select=subject`)
    assert.equal(first.value.length, 10)
    assert.equal(first['@odata.nextLink'], `${test.graph.origin}/v1.0${mail}?%24select=subject&%24skip=10`)
    const counted = await page(`${mail}?$count=true&$top=1`)
    const { rows } = await all(`${mail}?$top=50`)
    assert.equal(rows.length, counted['@odata.count'])
    assert.equal(new Set(rows.map((row) => row['id'])).size, rows.length)
  })

  it('obeys odata.maxpagesize for Outlook and says so', async () => {
    const path = '/users/AdeleV@contoso.onmicrosoft.com/messages'
    const response = await test.get(path, token, { Prefer: 'odata.maxpagesize=3' })
    assert.equal(response.headers.get('preference-applied'), 'odata.maxpagesize=3')
    assert.equal((await collection(response)).value.length, 3)
  })

  it('refuses a page token that is not its own', async () => {
    assert.equal((await test.get('/users?$skiptoken=x', token)).status, 400)
  })

  it('can be told a page size, and to leave a page in the middle empty', async () => {
    test.graph.control.pageSize = 500
    test.graph.control.emptyPage = 1
    const { rows, sizes } = await all('/users?$select=id')
    assert.deepEqual(sizes, [500, 0, 500, 200])
    assert.equal(new Set(rows.map((row) => row['id'])).size, 1200)
  })

  it('is fast for large pages of many users', async function () {
    this.timeout(20_000)
    const large = await startGraphUnderTest(100_000)
    try {
      await large.get('/users?$top=999')
      const started = performance.now()
      const body = await collection(await large.get('/users?$top=999'))
      assert.equal(body.value.length, 999)
      // A few milliseconds on an idle machine; the limit only catches work that grows with the directory.
      assert.ok(performance.now() - started < 500)
    } finally {
      await large.close()
    }
  })
})
