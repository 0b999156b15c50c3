import assert from 'node:assert/strict'
import { SaxesParser } from 'saxes'
import {
  allPermissions,
  collection,
  entity,
  errorOf,
  startGraphUnderTest,
  type ErrorBody,
  type GraphUnderTest,
} from '../../support/graph-tokens'

const adele = '/users/AdeleV@contoso.onmicrosoft.com'

describe('The services behind the local Graph', () => {
  let test: GraphUnderTest
  let token: string
  before(async () => {
    test = await startGraphUnderTest()
    token = await test.application(...allPermissions)
  })
  afterEach(() => test.graph.control.reset())
  after(() => test.close())

  const get = (path: string, headers?: Record<string, string>): Promise<Response> =>
    test.get(path, token, headers)
  const list = async (path: string, headers?: Record<string, string>) => collection(await get(path, headers))
  const first = async (path: string): Promise<Record<string, unknown>> => (await list(path)).value[0] ?? {}

  describe('metadata', () => {
    it('is well-formed XML with an ETag', async () => {
      const response = await fetch(`${test.graph.origin}/v1.0/$metadata`)
      assert.equal(response.headers.get('content-type'), 'application/xml')
      const sets: string[] = []
      const parser = new SaxesParser()
      parser.on('opentag', ({ name, attributes }) => {
        if (name === 'EntitySet') sets.push(String(attributes['Name']))
      })
      parser.write(await response.text()).close()
      assert.ok(sets.includes('users') && sets.includes('sites'))
      const etag = response.headers.get('etag') ?? ''
      const again = await fetch(`${test.graph.origin}/v1.0/$metadata`, { headers: { 'If-None-Match': etag } })
      assert.equal(again.status, 304)
    })

    it('is announced by a service document', async () => {
      const { value } = await list('/')
      assert.ok(value.some(({ name, kind }) => name === 'users' && kind === 'EntitySet'))
      assert.ok(value.some(({ name, kind }) => name === 'me' && kind === 'Singleton'))
    })
  })

  describe('headers', () => {
    it('identify the request and its answer', async () => {
      const response = await get(adele, { 'client-request-id': 'c1' })
      assert.match(response.headers.get('request-id') ?? '', /^[\da-f-]{36}$/)
      assert.equal(response.headers.get('client-request-id'), 'c1')
      assert.ok(response.headers.has('date') && response.headers.has('x-ms-ags-diagnostic'))
      assert.equal(response.headers.get('odata-version'), '4.0')
      assert.match(response.headers.get('content-type') ?? '', /^application\/json;odata.metadata=minimal;/)
    })

    it('identify an error in its body, too', async () => {
      const response = await get('/users/x', { 'client-request-id': 'c2' })
      const { error } = (await response.json()) as ErrorBody
      assert.equal(error.innerError['client-request-id'], 'c2')
      assert.equal(error.innerError['request-id'], response.headers.get('request-id'))
      assert.match(error.innerError['date'] ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/)
    })

    it('compress where that is accepted', async () => {
      assert.equal((await get('/users')).headers.get('content-encoding'), 'gzip')
      const plain = await get('/users', { 'Accept-Encoding': 'identity' })
      assert.equal(plain.headers.get('content-encoding'), null)
    })

    it('leave control information out for odata.metadata=none', async () => {
      const body = await entity(await get(adele, { Accept: 'application/json;odata.metadata=none' }))
      assert.ok(!Object.keys(body).some((name) => name.startsWith('@')))
    })
  })

  describe('Outlook', () => {
    it('has folders, by id and by well-known name', async () => {
      const { value } = await list(`${adele}/mailFolders`)
      assert.ok(value.length >= 6 && !value.some((row) => row['displayName'] === 'Invoices'))
      const inbox = await entity(await get(`${adele}/mailFolders/inbox`))
      assert.ok(!('wellKnownName' in inbox))
      const messages = await list(`${adele}/mailFolders/${String(inbox['id'])}/messages?$count=true&$top=1`)
      assert.equal(messages['@odata.count'], inbox['totalItemCount'])
      const children = await list(`${adele}/mailFolders/inbox/childFolders`)
      assert.deepEqual(
        children.value.map((row) => row['displayName']),
        ['Invoices', 'Projects'],
      )
      const invoices = String(children.value[0]?.['id'])
      assert.ok((await list(`${adele}/mailFolders/${invoices}/messages`)).value.length > 0)
    })

    it('has attachments with their bytes, and identifiers that end in an equals sign', async () => {
      const message = await first(`${adele}/messages?$filter=hasAttachments eq true`)
      const path = `${adele}/messages/${String(message['id'])}/attachments`
      assert.match(String(message['id']), /=$/)
      const attachment = await first(path)
      assert.equal(attachment['@odata.type'], '#microsoft.graph.fileAttachment')
      const raw = await get(`${path}/${String(attachment['id'])}/$value`)
      const bytes = Buffer.from(await raw.arrayBuffer())
      assert.equal(bytes.toString('base64'), attachment['contentBytes'])
      const encoded = encodeURIComponent(String(message['id']))
      assert.equal((await get(`${adele}/messages('${encoded}')`)).status, 200)
      const { value } = await list(
        `${adele}/messages?$filter=hasAttachments eq true&$expand=attachments&$top=1`,
      )
      assert.equal((value[0]?.['attachments'] as unknown[] | undefined)?.length, 1)
    })

    it('gives bodies as text and times in a zone where a request prefers that', async () => {
      const body = async (headers?: Record<string, string>) =>
        (await list(`${adele}/messages?$top=1&$select=body`, headers)).value[0]?.['body'] as Record<
          string,
          string
        >
      assert.equal((await body())['contentType'], 'html')
      const plain = await body({ Prefer: 'outlook.body-content-type="text"' })
      assert.equal(plain['contentType'], 'text')
      assert.doesNotMatch(plain['content'] ?? '', /</)
      const start = async (headers?: Record<string, string>) =>
        (await list(`${adele}/events?$top=1`, headers)).value[0]?.['start'] as Record<string, string>
      const utc = await start()
      const zone = 'Tokyo Standard Time'
      const tokyo = await start({ Prefer: `outlook.timezone="${zone}"` })
      assert.equal(tokyo['timeZone'], zone)
      const hours = (time: string | undefined): number => Date.parse(`${time?.slice(0, 19)}Z`) / 3_600_000
      assert.equal(hours(tokyo['dateTime']) - hours(utc['dateTime']), 9)
    })

    it('gives immutable identifiers that lead to the same item', async () => {
      const plain = await first(`${adele}/messages?$top=1`)
      const headers = { Prefer: 'IdType="ImmutableId"' }
      const response = await get(`${adele}/messages?$top=1`, headers)
      assert.equal(response.headers.get('preference-applied'), 'IdType="ImmutableId"')
      const id = String((await collection(response)).value[0]?.['id'])
      assert.notEqual(id, plain['id'])
      const same = await entity(await get(`${adele}/messages/${id}`, headers))
      assert.equal(same['subject'], plain['subject'])
      assert.equal(same['id'], id)
    })

    it('shows the events of a window given by plain parameters', async () => {
      const window = 'startDateTime=2026-06-01T00:00:00Z&endDateTime=2026-06-15T00:00:00Z'
      for (const path of ['calendarView', 'calendar/calendarView']) {
        const { value } = await list(`${adele}/${path}?${window}&$top=100`)
        assert.ok(value.length > 2, path)
        for (const { start } of value)
          assert.match((start as { dateTime: string }).dateTime, /^2026-06-(0|1[0-4])/)
      }
      assert.deepEqual((await errorOf(await get(`${adele}/calendarView`))).slice(0, 2), [
        400,
        'ErrorInvalidParameter',
      ])
    })

    it('has calendars, contacts and photos', async () => {
      assert.equal((await list(`${adele}/calendars`)).value.length, 2)
      assert.ok((await list(`${adele}/contacts`)).value.length > 0)
      const photo = await get(`${adele}/photo/$value`)
      assert.equal(photo.headers.get('content-type'), 'image/png')
      assert.equal(
        Buffer.from(await photo.arrayBuffer())
          .subarray(1, 4)
          .toString(),
        'PNG',
      )
      assert.equal((await get('/users/AlexW@contoso.onmicrosoft.com/photo/$value')).status, 404)
    })
  })

  describe('OneDrive', () => {
    it('addresses items by path, each segment encoded by itself', async () => {
      const item = await entity(await get(`${adele}/drive/root:/Documents/Ryan's%20Files/estimate%25s.txt`))
      assert.equal(item['name'], 'estimate%s.txt')
      const drive = (item['parentReference'] as { driveId: string }).driveId
      const folder = await list(`/drives/${drive}/root:/Documents/Ryan's%20Files:/children`)
      assert.deepEqual(
        folder.value.map((row) => row['name']),
        ['estimate%s.txt', 'Break#Out.txt'],
      )
      const byId = await entity(await get(`/drives/${drive}/items/${String(item['id'])}`))
      assert.equal(byId['id'], item['id'])
      const parent = (item['parentReference'] as { id: string }).id
      const below = await entity(await get(`${adele}/drive/items/${parent}:/Break%23Out.txt:`))
      assert.equal(below['name'], 'Break#Out.txt')
      assert.equal((await get(`${adele}/drive/root:/none.txt`)).status, 404)
    })

    it('sends a reader of content to another origin that takes no token', async () => {
      const response = await get(`${adele}/drive/root:/Documents/Meeting%20notes.md:/content`)
      assert.equal(response.status, 302)
      const location = response.headers.get('location') ?? ''
      assert.notEqual(new URL(location).origin, test.graph.origin)
      const file = await fetch(location)
      assert.equal(file.headers.get('content-type'), 'text/markdown')
      assert.match(await file.text(), /Köln/)
      assert.equal((await fetch(location, { headers: { authorization: `Bearer ${token}` } })).status, 401)
      assert.equal((await fetch(`${location}x`)).status, 401)
      const seen = test.graph.control.requests.filter(({ origin }) => origin === 'download')
      assert.deepEqual(
        seen.map(({ authorized }) => authorized),
        [false, true, false],
      )
    })

    it('shows a download URL under $select only where it is named', async () => {
      const path = `${adele}/drive/root:/Welcome.txt`
      const without = await entity(await get(`${path}?$select=name`))
      assert.deepEqual(Object.keys(without).sort(), ['@odata.context', '@odata.etag', 'name'])
      const named = await entity(await get(`${path}?$select=name,@microsoft.graph.downloadUrl`))
      assert.equal(typeof named['@microsoft.graph.downloadUrl'], 'string')
    })

    it('serves ranges of a file', async () => {
      const item = await entity(await get(`${adele}/drive/root:/Reports/sensor-log.csv`))
      const url = String(item['@microsoft.graph.downloadUrl'])
      const part = await fetch(url, { headers: { Range: 'bytes=0-9' } })
      assert.equal(part.status, 206)
      assert.equal(part.headers.get('content-range'), `bytes 0-9/${String(item['size'])}`)
      assert.equal((await part.arrayBuffer()).byteLength, 10)
      const end = await fetch(url, { headers: { Range: 'bytes=-5' } })
      assert.equal((await end.arrayBuffer()).byteLength, 5)
      assert.equal((await fetch(url, { headers: { Range: 'bytes=99999999-' } })).status, 416)
    })
  })

  describe('SharePoint', () => {
    it('has sites by id, by path and at the root', async () => {
      const sites = (await list('/sites')).value
      const site = sites.find((row) => row['displayName'] === 'Operations')
      assert.match(String(site?.['id']), /^contoso\.sharepoint\.com,[\da-f-]{36},[\da-f-]{36}$/)
      assert.deepEqual((await entity(await get(`/sites/${String(site?.['id'])}`)))['name'], 'Operations')
      const byPath = await entity(await get('/sites/contoso.sharepoint.com:/sites/Operations'))
      assert.equal(byPath['id'], site?.['id'])
      assert.equal((await entity(await get('/sites/root')))['displayName'], 'Contoso')
      const lists = await list('/sites/contoso.sharepoint.com:/sites/Operations:/lists')
      assert.deepEqual(
        lists.value.map((row) => row['name']),
        ['Projects', 'Inventory'],
      )
    })

    it('finds sites by part of their name', async () => {
      const found = await list('/sites?search=sales')
      assert.deepEqual(
        found.value.map((row) => row['displayName']),
        ['Sales & Märkte'],
      )
      assert.equal((await list('/sites?search=*')).value.length, 3)
    })

    it('has list items whose fields are there where they are asked for', async () => {
      const items = '/sites/contoso.sharepoint.com:/sites/Operations:/lists/Inventory/items'
      const [plain] = (await list(items)).value
      assert.ok(plain !== undefined && !('fields' in plain))
      assert.equal((await list(items)).value.length, 200)
      for (const query of [
        '$expand=fields($select=Title,Quantity)',
        'expand=fields(select=Title,Quantity)',
      ]) {
        const [item] = (await list(`${items}?${query}`)).value
        const fields = item?.['fields'] as Record<string, unknown>
        assert.equal(typeof fields['Quantity'], 'number')
        assert.ok(!('Price' in fields))
      }
      const all = (await first(`${items}?$expand=fields`))['fields'] as Record<string, unknown>
      assert.equal(all['SKU'], 'CT-1001')
      const filtered = await list(`${items}?$expand=fields&$filter=fields/Category eq 'Shoes'&$top=500`)
      assert.ok(filtered.value.length > 0)
      for (const { fields } of filtered.value)
        assert.equal((fields as { Category: string }).Category, 'Shoes')
      const few = await list(`${items}?$filter=fields/Quantity lt 10&$orderby=fields/Title`)
      assert.ok(few.value.length > 0)
    })

    it('has typed columns', async () => {
      const { value } = await list('/sites/contoso.sharepoint.com:/sites/Operations:/lists/Projects/columns')
      const status = value.find((row) => row['name'] === 'Status')
      assert.deepEqual((status?.['choice'] as { choices: string[] } | undefined)?.choices, [
        'Planned',
        'Active',
        'On hold',
        'Done',
      ])
      assert.ok(value.some((row) => row['name'] === 'Due_x0020_Date' && row['displayName'] === 'Due Date'))
    })
  })

  describe('the service without sign-in', () => {
    const open = async (path: string) => entity(await fetch(`${test.graph.openService}/${path}`))

    it('is plain OData: $top limits the whole, its links lead to the rest', async () => {
      let link: string | undefined = 'Products?$top=45&$count=true'
      const sizes: number[] = []
      for (let body; link !== undefined; link = body['@odata.nextLink'] as string | undefined) {
        body = await open(link.replace(`${test.graph.openService}/`, ''))
        sizes.push((body['value'] as unknown[]).length)
      }
      assert.deepEqual(sizes, [20, 20, 5])
    })

    it('has numbers for keys, skips, filters by enum and expands', async () => {
      assert.equal((await open('Products(3)'))['ID'], 3)
      const skipped = (await open('Products?$skip=2&$top=1'))['value'] as Record<string, unknown>[]
      assert.equal(skipped[0]?.['ID'], 3)
      const filter = "Availability eq Contoso.Shop.Availability'InStock' and Price gt 50"
      const found = (await open(`Products?$filter=${filter}&$expand=Category`))['value'] as Record<
        string,
        unknown
      >[]
      assert.ok(found.length > 0 && found.every((row) => row['Availability'] === 'InStock'))
      assert.equal(typeof (found[0]?.['Category'] as { Name: string } | undefined)?.Name, 'string')
      assert.equal((await fetch(`${test.graph.openService}/Products(999)`)).status, 404)
    })
  })

  describe('what a test can make of it', () => {
    it('sees the requests, without their tokens', async () => {
      await get(`${adele}?$select=id`, { 'x-note': 'seen' })
      const [request] = test.graph.control.requests
      assert.equal(request?.method, 'GET')
      assert.equal(request?.url, `/v1.0${adele}?$select=id`)
      assert.equal(request?.headers['x-note'], 'seen')
      assert.ok(request?.authorized)
      assert.equal(request?.headers.authorization, undefined)
    })

    it('answers the next requests with a fault', async () => {
      const { control } = test.graph
      control.failNext('/users', {
        status: 429,
        headers: { 'Retry-After': '2' },
        body: { error: { code: 'x' } },
      })
      control.failNext(/groups/, { status: 502, body: '<html>Bad gateway</html>' }, 2)
      const limited = await get('/users')
      assert.deepEqual([limited.status, limited.headers.get('retry-after')], [429, '2'])
      assert.equal((await get('/users')).status, 200)
      assert.equal((await get('/groups')).headers.get('content-type'), 'text/html')
      assert.equal((await get('/groups')).status, 502)
      assert.equal((await get('/groups')).status, 200)
    })

    it('resets, cuts and stalls', async () => {
      const { control } = test.graph
      control.failNext('/users', 'reset')
      await assert.rejects(get('/users'))
      control.failNext('/users', 'cut')
      await assert.rejects(async () => (await get('/users')).text())
      control.failNext('/users', 'stall')
      const headers = { authorization: `Bearer ${token}` }
      const signal = AbortSignal.timeout(200)
      await assert.rejects(fetch(`${test.graph.origin}/v1.0/users`, { headers, signal }))
      assert.equal((await get('/users')).status, 200)
    })
  })

  it('are the same on every start', async () => {
    const other = await startGraphUnderTest()
    try {
      for (const path of ['/users?$top=999', `${adele}/messages?$top=20`, '/sites', '/groups']) {
        const one = await (await get(path)).text()
        const two = await (await other.get(path)).text()
        assert.equal(two.replaceAll(other.graph.origin, test.graph.origin), one)
      }
    } finally {
      await other.close()
    }
  })

  it('tell of the tenant itself', async () => {
    const { value } = await collection(await test.get('/organization', token))
    assert.deepEqual(
      value.map(({ displayName }) => displayName),
      ['Contoso'],
    )
  })
})
