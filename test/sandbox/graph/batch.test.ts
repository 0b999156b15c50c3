import assert from 'node:assert/strict'
import { allPermissions, errorOf, startGraphUnderTest, type GraphUnderTest } from '../../support/graph-tokens'

interface PartAnswer {
  readonly id: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

const adele = '/users/AdeleV@contoso.onmicrosoft.com'

describe('A batch in the local Graph', () => {
  let test: GraphUnderTest
  let token: string
  before(async () => {
    test = await startGraphUnderTest()
    token = await test.application(...allPermissions)
  })
  afterEach(() => test.graph.control.reset())
  after(() => test.close())

  const post = async (body: unknown, address = `${test.graph.origin}/v1.0/$batch`): Promise<Response> =>
    fetch(address, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const answers = async (...requests: object[]): Promise<Map<string, PartAnswer>> => {
    const response = await post({ requests })
    assert.equal(response.status, 200)
    const { responses } = (await response.json()) as { responses: PartAnswer[] }
    return new Map(responses.map((part) => [part.id, part]))
  }
  const get = (id: string, url: string, more: object = {}): object => ({ id, method: 'GET', url, ...more })
  const header = (part: PartAnswer | undefined, name: string): string | undefined =>
    Object.entries(part?.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1]

  it('answers each part as it would be answered alone, with or without a leading slash', async () => {
    const parts = await answers(get('a', adele), get('b', 'users?$top=2'), get('c', '/users/nobody'))
    const alone = (await (await test.get(adele, token)).json()) as object
    assert.deepEqual(parts.get('a')?.body, alone)
    const page = parts.get('b')?.body as { value: unknown[]; '@odata.nextLink': string }
    assert.equal(page.value.length, 2)
    assert.ok(page['@odata.nextLink'].startsWith(`${test.graph.origin}/v1.0/users?`))
    assert.equal(parts.get('c')?.status, 404)
    const { requests, traffic } = test.graph.control
    assert.deepEqual(requests.map(({ url, part }) => [url, part]).slice(0, 4), [
      ['/v1.0/$batch', undefined],
      [`/v1.0${adele}`, 'a'],
      ['/v1.0/users?$top=2', 'b'],
      ['/v1.0/users/nobody', 'c'],
    ])
    assert.deepEqual([traffic.requests, traffic.batches, traffic.parts], [2, 1, 3])
  })

  it('answers in any order, with header names in any case', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => String(index))
    const response = await post({ requests: ids.map((id) => get(id, adele)) })
    const { responses } = (await response.json()) as { responses: PartAnswer[] }
    const order = responses.map(({ id }) => id)
    assert.notDeepEqual(order, ids)
    assert.deepEqual(
      order.toSorted((a, b) => Number(a) - Number(b)),
      ids,
    )
    const names = new Set(responses.flatMap(({ headers }) => Object.keys(headers)))
    assert.ok(names.has('Content-Type') && names.has('content-type'))
  })

  it('passes redirects, texts and bytes on', async () => {
    const children = await test.get(`${adele}/drive/root/children`, token)
    const { value } = (await children.json()) as { value: { id: string; file?: object }[] }
    const file = value.find((item) => item.file !== undefined)
    const parts = await answers(
      get('redirect', `${adele}/drive/items/${file?.id}/content`),
      get('count', '/users/$count', { headers: { ConsistencyLevel: 'eventual' } }),
      get('photo', `${adele}/photo/$value`),
      get('name', `${adele}/displayName/$value`),
    )
    assert.equal(parts.get('redirect')?.status, 302)
    assert.match(header(parts.get('redirect'), 'location') ?? '', /^http:\/\/127\.0\.0\.1:\d+\/download\//)
    assert.equal(parts.get('redirect')?.body, undefined)
    assert.equal(parts.get('count')?.body, '200')
    assert.equal(parts.get('name')?.body, 'Adele Vance')
    const photo = Buffer.from(String(parts.get('photo')?.body), 'base64')
    assert.equal(photo.subarray(1, 4).toString(), 'PNG')
  })

  it('gives a part nothing of its own headers but the token', async () => {
    const response = await fetch(`${test.graph.origin}/v1.0/$batch`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        consistencylevel: 'eventual',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ requests: [get('1', '/users/$count')] }),
    })
    const { responses } = (await response.json()) as { responses: PartAnswer[] }
    assert.equal(responses[0]?.status, 400)
  })

  it('fails with 424 what depends on a part that failed, and orders what does not', async () => {
    const parts = await answers(
      get('A', '/users/nobody'),
      get('b', adele, { dependsOn: ['a'] }),
      get('c', adele, { dependsOn: ['b'] }),
      get('d', adele),
      get('e', adele, { dependsOn: ['d'] }),
    )
    assert.deepEqual(
      ['A', 'b', 'c', 'd', 'e'].map((id) => parts.get(id)?.status),
      [404, 424, 424, 200, 200],
    )
    // What was not tried counts against nothing.
    assert.equal(test.graph.control.traffic.parts, 3)
  })

  for (const [what, body] of [
    ['no JSON', '{"requests":'],
    ['no requests', {}],
    ['an empty list', { requests: [] }],
    ['twenty-one parts', { requests: Array.from({ length: 21 }, (_, id) => get(String(id), adele)) }],
    ['ids that differ in case only', { requests: [get('a', adele), get('A', adele)] }],
    ['an id that is a number', { requests: [{ id: 1, method: 'GET', url: adele }] }],
    ['a part without a method', { requests: [{ id: '1', url: adele }] }],
    ['an absolute url', { requests: [get('1', 'https://graph.microsoft.com/v1.0/me')] }],
    [
      'a dependency on what comes later',
      { requests: [get('1', adele, { dependsOn: ['2'] }), get('2', adele)] },
    ],
    ['a batch in the batch', { requests: [get('1', '/$batch')] }],
    ['a body without a content type', { requests: [{ id: '1', method: 'PATCH', url: adele, body: {} }] }],
    [
      'a POST without a body',
      {
        requests: [{ id: '1', method: 'POST', url: adele, headers: { 'Content-Type': 'application/json' } }],
      },
    ],
  ] as const) {
    it(`is refused with 400 as a whole for ${what}`, async () => {
      const [status] = await errorOf(await post(body))
      assert.equal(status, 400)
      assert.equal(test.graph.control.traffic.parts, 0)
    })
  }

  it('is refused as a whole without a token, for another method and for too many bytes', async () => {
    const address = `${test.graph.origin}/v1.0/$batch`
    const batch = { requests: [get('1', adele)] }
    const anonymous = await fetch(address, { method: 'POST', body: JSON.stringify(batch) })
    assert.equal(anonymous.status, 401)
    assert.equal((await test.get('/$batch', token)).status, 405)
    const [status] = await errorOf(await post({ ...batch, more: 'x'.repeat(5_000_000) }))
    assert.equal(status, 413)
    // A service without batches has no such address.
    assert.notEqual((await post(batch, `${test.graph.openService}/$batch`)).status, 200)
  })

  it('works on four parts for a mailbox at a time, and on all for the directory', async () => {
    const { control } = test.graph
    control.delay = 40
    const timed = async (url: string): Promise<number> => {
      const start = performance.now()
      await answers(...Array.from({ length: 12 }, (_, id) => get(String(id), url)))
      return performance.now() - start
    }
    const directory = await timed(adele)
    const mailbox = await timed(`${adele}/messages?$top=1`)
    assert.ok(directory >= 39, `${directory} ms`)
    assert.ok(mailbox >= 119, `${mailbox} ms`)
  })

  it('breaks as a whole where the connection breaks at a part, and can lack one', async () => {
    test.graph.control.failNext(adele, 'reset')
    await assert.rejects(post({ requests: [get('1', '/users'), get('2', adele)] }))
    test.graph.control.failNext(adele, 'missing-part')
    const parts = await answers(get('1', '/users'), get('2', adele))
    assert.deepEqual([...parts.keys()], ['1'])
    test.graph.control.failNext(adele, { status: 503, headers: { 'Retry-After': '2' }, body: { error: {} } })
    const failed = await answers(get('1', adele), get('2', adele))
    const statuses = ['1', '2'].map((id) => failed.get(id)?.status)
    assert.deepEqual(statuses, [503, 200])
    assert.equal(header(failed.get('1'), 'retry-after'), '2')
  })
})
