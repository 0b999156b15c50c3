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

  it('lets page tokens expire', async () => {
    const { control } = test.graph
    const items = '/sites/contoso.sharepoint.com:/sites/Operations:/lists/Inventory/items'
    const links = [await page('/users'), await page(items)].map((body) => body['@odata.nextLink'] ?? '')
    control.pageTokenLife = 0
    await new Promise((resolve) => setTimeout(resolve, 5))
    const codes = await Promise.all(
      links.map(async (link) => (await errorOf(await test.get(link, token))).slice(0, 2)),
    )
    assert.deepEqual(codes, [
      [400, 'Directory_ExpiredPageToken'],
      [410, 'Gone'],
    ])
  })

  it('loses the token that a retried page gives, not that of the page asked for once more', async () => {
    const { control } = test.graph
    control.failRetriedPages = true
    const { '@odata.nextLink': second = '' } = await page('/users')
    control.failNext(second.slice(test.graph.origin.length), { status: 503 })
    assert.equal((await test.get(second, token)).status, 503)
    const retried = await page(second)
    const lost = await errorOf(await test.get(retried['@odata.nextLink'] ?? '', token))
    assert.deepEqual(lost.slice(0, 2), [400, 'DirectoryPageTokenNotFoundException'])
    const again = await page(second)
    assert.equal((await page(again['@odata.nextLink'] ?? '')).value.length, 100)
  })

  it('links to what a test wants: a loop, another host, a URL that is too long', async () => {
    const { control } = test.graph
    control.rewriteLink = (link, number) => (number === 2 ? `${test.graph.origin}/v1.0/users?$top=300` : link)
    const second = await page((await page('/users?$top=300'))['@odata.nextLink'] ?? '')
    assert.equal(second['@odata.nextLink'], `${test.graph.origin}/v1.0/users?$top=300`)
    control.rewriteLink = (link) => link.replace(test.graph.origin, 'https://graph.example')
    assert.match((await page('/users'))['@odata.nextLink'] ?? '', /^https:\/\/graph\.example\/v1\.0/)
    control.rewriteLink = (link) => `${link}&filler=${'x'.repeat(9000)}`
    const response = await test.get((await page('/users'))['@odata.nextLink'] ?? '', token)
    assert.equal(response.status, 414)
    control.maximumUrlLength = 20_000
    assert.equal((await page((await page('/users'))['@odata.nextLink'] ?? '')).value.length, 100)
  })

  it('writes its annotations behind the rows where a test wants it', async () => {
    test.graph.control.annotationsLast = true
    const names = Object.keys(await page('/users'))
    assert.deepEqual(names, ['@odata.context', 'value', '@odata.nextLink'])
  })

  it('keeps all digits of integers beyond 2^53', async () => {
    const drive = '/users/AdeleV@contoso.onmicrosoft.com/drive'
    const [file] = (await page(`${drive}/root/children?$filter=file ne null`)).value
    const change = { size: 9_007_199_254_740_993n }
    test.graph.control.change(`${drive}/items`, String(file?.['id']), change)
    const text = await (await test.get(`${drive}/items/${String(file?.['id'])}`, token)).text()
    assert.match(text, /"size":9007199254740993[,}]/)
    const found = await page(`${drive}/items?$filter=size gt 9000000000000000`)
    assert.equal(found.value.length, 1)
  })

  describe('an expanded collection', () => {
    const lists = '/sites/contoso.sharepoint.com:/sites/Operations:/lists'

    it('has a link to the rest of it, with its own options', async () => {
      for (const path of [`${lists}/Inventory`, lists]) {
        const response = await test.get(`${path}?$expand=items($select=id,webUrl)`, token)
        const body = (await response.json()) as Record<string, unknown>
        const [, second] = (body['value'] ?? []) as Record<string, unknown>[]
        const { items, ...links } = second ?? body
        assert.equal((items as object[]).length, 200)
        const { rows, sizes } = await all(String(links['items@odata.nextLink']))
        assert.deepEqual(sizes, [200, 50])
        assert.deepEqual(Object.keys(rows[0] ?? {}), ['@odata.etag', 'id', 'webUrl'])
        assert.deepEqual([rows[0]?.['id'], rows[249]?.['id']], ['201', '450'])
      }
    })

    it('pages the children of a folder, however the folder is addressed', async () => {
      test.graph.control.pageSize = 1
      const root = '/users/AdeleV@contoso.onmicrosoft.com/drive/root'
      for (const [path, count] of [
        [root, 3],
        [`${root}:/Documents`, 4],
        [`${root}:/Documents:`, 4],
      ]) {
        const response = await test.get(`${path}?$expand=children`, token)
        const body = (await response.json()) as Record<string, unknown>
        const { rows } = await all(String(body['children@odata.nextLink']))
        assert.equal(rows.length + (body['children'] as object[]).length, count)
      }
    })

    it('of the directory holds twenty and has no link', async () => {
      const [group] = (await page('/groups?$expand=members&$top=1')).value
      const { members, ...others } = group ?? {}
      assert.equal((members as object[]).length, 20)
      assert.ok(!('members@odata.nextLink' in others))
    })
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
      // The order is worked out for the first page; the others find it.
      const sort = '/users?$orderby=displayName desc&$select=displayName&$top=999'
      const first = await collection(await large.get(sort))
      const between = performance.now()
      const second = await collection(await large.get(first['@odata.nextLink'] ?? ''))
      assert.ok(performance.now() - between < 500)
      const [last, next] = [first.value.at(-1), second.value[0]].map((row) => String(row?.['displayName']))
      assert.ok(String(last).toLowerCase() >= String(next).toLowerCase())
    } finally {
      await large.close()
    }
  })
})
