import assert from 'node:assert/strict'
import { request } from 'node:http'
import { FaultPlan, faultNames, type FaultName, type FaultOptions } from '../../../sandbox/graph/faults'
import { allPermissions, startGraphUnderTest, type GraphUnderTest } from '../../support/graph-tokens'

const adele = '/users/AdeleV@contoso.onmicrosoft.com'

describe('The faults of the local Graph', () => {
  let test: GraphUnderTest
  let token: string
  before(async () => {
    test = await startGraphUnderTest()
  })
  beforeEach(async () => {
    token = await test.application(...allPermissions)
  })
  afterEach(() => test.graph.control.reset())
  after(() => test.close())

  /** What a client gets to see: a status and how its body ends. */
  const seen = async (path = '/users', patience = 10_000): Promise<string> => {
    try {
      const response = await fetch(`${test.graph.origin}/v1.0${path}`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(patience),
      })
      try {
        const text = await response.text()
        return `${response.status} ${text.startsWith('<') ? 'html' : text.startsWith('{') ? 'json' : 'text'}`
      } catch (error) {
        return `${response.status} ${(error as Error).name === 'TimeoutError' ? 'stalled' : 'broken'}`
      }
    } catch (error) {
      return (error as Error).name === 'TimeoutError' ? 'nothing' : 'reset'
    }
  }

  const expected: Readonly<Partial<Record<FaultName, string>>> = {
    '429': '429 json',
    '429-no-retry-after': '429 json',
    '401': '401 json',
    '503': '503 json',
    '503-no-retry-after': '503 json',
    '500': '500 json',
    '504': '504 json',
    'html-200': '200 html',
    'html-502': '502 html',
    reset: 'reset',
    'reset-body': '200 broken',
    stall: 'nothing',
    'stall-body': '200 stalled',
    cut: '200 broken',
    'cut-chunked': '200 broken',
    'bad-gzip': '200 broken',
  }
  for (const [name, outcome] of Object.entries(expected)) {
    it(`${name}: a client sees ${outcome}`, async () => {
      test.graph.control.failNext('/users', name as FaultName, 1, 'after')
      assert.equal(await seen('/users', name.startsWith('stall') ? 300 : undefined), outcome)
    })
  }

  it('break a body of known length and one in chunks', async () => {
    const sizes = async (fault: FaultName): Promise<[string | undefined, boolean]> => {
      test.graph.control.failNext('/users', fault)
      return new Promise((resolve) => {
        const headers = { authorization: `Bearer ${token}` }
        request(`${test.graph.origin}/v1.0/users`, { headers, agent: false }, (response) => {
          response
            .resume()
            .once('error', () => resolve([response.headers['content-length'], response.complete]))
        }).end()
      })
    }
    const [length, complete] = await sizes('cut')
    assert.ok(Number(length) > 1000 && !complete)
    assert.deepEqual(await sizes('cut-chunked'), [undefined, false])
  })

  it('break a compressed body of any length', async () => {
    const seenOf = async (top: number): Promise<string> => {
      test.graph.control.failNext('/users', 'bad-gzip')
      return seen(`/users?$top=${top}`)
    }
    const outcomes: string[] = []
    for (const top of [1, 2, 3, 4, 5, 6]) outcomes.push(await seenOf(top))
    assert.deepEqual([...new Set(outcomes)], ['200 broken'])
  })

  it('take an access token for good', async () => {
    const { control } = test.graph
    control.failNext('/users', '401')
    assert.equal(await seen(), '401 json')
    assert.equal(await seen(), '401 json')
    token = await test.application('User.Read.All', 'Group.Read.All')
    assert.equal(await seen(), '200 json')
  })

  it('come before or after a request has had its effect, and it is known which', async () => {
    const { control } = test.graph
    control.failNext('/users', '504', 1, 'before')
    control.failNext('/users/nobody', 'reset', 1, 'after')
    control.failNext('/users', '429', 1, 'after')
    assert.deepEqual(
      [await seen(), await seen('/users/nobody'), await seen()],
      ['504 json', 'reset', '429 json'],
    )
    assert.deepEqual(
      control.traffic.faults.map(({ fault, phase, lost }) => [fault, phase, lost]),
      [
        ['504', 'before', undefined],
        ['reset', 'after', 404],
        // What is throttled is never carried out.
        ['429', 'before', undefined],
      ],
    )
  })

  it('leave a write undone that they come before, and done that they come after', async () => {
    const { control, origin } = test.graph
    const writer = await test.application('User.ReadWrite.All')
    const send = async (method: string, path: string, body: object): Promise<Response> =>
      fetch(`${origin}/v1.0${path}`, {
        method,
        headers: { authorization: `Bearer ${writer}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const id = '87d349ed-44d7-43e1-9a83-000000000001'
    const change = { jobTitle: 'Planner' }
    const single = async (): Promise<unknown> => send('PATCH', `/users/${id}`, change)
    const headers = { 'Content-Type': 'application/json' }
    const requests = [{ id: '1', method: 'PATCH', url: `/users/${id}`, headers, body: change }]
    const batch = async (): Promise<unknown> => send('POST', '/$batch', { requests })
    const match = `/users/${id}`
    for (const [ask, fault] of [
      [single, 'reset'],
      [single, '504'],
      [single, 'html-200'],
      [batch, 'reset'],
      [batch, '503-no-retry-after'],
      [batch, 'missing-part'],
    ] as const) {
      for (const phase of ['before', 'after'] as const) {
        control.reset()
        control.failNext(match, fault, 1, phase)
        await ask().catch(() => undefined)
        assert.equal(control.applied.get(id), phase === 'before' ? undefined : 1, `${fault} ${phase}`)
        const [record] = control.traffic.faults
        assert.deepEqual([record?.method, record?.lost], ['PATCH', phase === 'before' ? undefined : 204])
      }
    }
  })

  it('come by chance, the same for the same seed', () => {
    const drawn = (options: Partial<FaultOptions>, part?: string): string[] => {
      const plan = new FaultPlan({ rate: 0.1, ...options })
      const asked = { method: 'GET', url: '/', headers: {}, authorized: true, origin: 'graph' } as const
      return Array.from({ length: 5000 }, () => plan.next({ ...asked, ...(part !== undefined && { part }) }))
        .filter((fault) => fault !== undefined)
        .map(({ fault, phase }) => `${typeof fault === 'string' ? fault : fault.status} ${phase}`)
    }
    const some = drawn({})
    assert.ok(some.length > 430 && some.length < 570, String(some.length))
    assert.deepEqual(drawn({}), some)
    assert.notDeepEqual(drawn({ seed: 2 }), some)
    const names = (faults: string[]): Set<string> => new Set(faults.map((fault) => fault.split(' ')[0] ?? ''))
    assert.deepEqual(
      [...names(some)].toSorted(),
      faultNames.filter((name) => name !== 'missing-part').toSorted(),
    )
    const parts = [
      '401',
      '429',
      '429-no-retry-after',
      '500',
      '503',
      '503-no-retry-after',
      '504',
      'missing-part',
      'slow',
    ]
    assert.deepEqual([...names(drawn({}, '1'))].toSorted(), parts)
    assert.deepEqual(drawn({ where: 'requests' }, '1'), [])
    assert.deepEqual(drawn({ where: 'parts' }), [])
    assert.ok(drawn({ phase: 'after' }).every((fault) => fault.endsWith(' after')))
    assert.deepEqual([...names(drawn({ kinds: ['500', 'reset'] }))].toSorted(), ['500', 'reset'])
  })

  it('are counted with all that goes over the wire', async () => {
    const { control } = test.graph
    control.delay = 20
    control.failNext('/groups', '429')
    await Promise.all([seen(adele), seen(adele), seen('/groups')])
    const { requests, mostConcurrent, throttled, mostConnections } = control.traffic
    assert.deepEqual([requests, mostConcurrent, throttled], [3, 3, 1])
    assert.ok(mostConnections >= 3)
    const id = '87d349ed-44d7-43e1-9a83-000000000001'
    control.change('users', id, { jobTitle: 'Planner' })
    control.change('users', id, { jobTitle: 'Buyer' })
    assert.equal(control.applied.get(id), 2)
    control.reset()
    assert.deepEqual([control.traffic.requests, control.applied.size], [0, 0])
  })

  describe('at run time over HTTP', () => {
    const control = async (
      body?: unknown,
      headers: Record<string, string> = { 'content-type': 'application/json' },
    ): Promise<Response> =>
      fetch(`${test.graph.origin}/sandbox/control`, {
        ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
        headers,
      })

    it('are switched on and off, and looked at', async () => {
      const on = await control({
        faults: { rate: 1, kinds: ['500'] },
        throttle: { rate: 5, burst: 5 },
        delay: 1,
      })
      const state = (await on.json()) as Record<string, unknown>
      assert.deepEqual(state['faults'], { rate: 1, kinds: ['500'] })
      assert.deepEqual(state['throttle'], { rate: 5, burst: 5 })
      assert.equal(await seen(), '500 json')
      await control({ faults: null })
      assert.equal(await seen(), '200 json')
      const { traffic, throttle } = (await (await control()).json()) as {
        traffic: Record<string, number>
        throttle: object
      }
      assert.deepEqual([traffic['requests'], traffic['faults']], [2, 1])
      assert.deepEqual(throttle, { rate: 5, burst: 5 })
      const after = (await (await control({ reset: true })).json()) as Record<string, unknown>
      assert.equal(after['throttle'], undefined)
    })

    it('are left as they are by what cannot be understood', async () => {
      for (const wrong of [
        { faults: { rate: 2 } },
        { faults: { rate: 1, kinds: ['sulk'] } },
        { throttle: { rate: 1 } },
        { delay: 'long' },
        { reset: true, bogus: 1 },
        [],
      ]) {
        assert.equal((await control(wrong)).status, 400, JSON.stringify(wrong))
      }
      assert.equal(test.graph.control.settings.faults, undefined)
    })

    it('are not for the pages that a browser shows', async () => {
      const json = { 'content-type': 'application/json' }
      assert.equal((await control({ delay: 1 }, { 'content-type': 'text/plain' })).status, 415)
      assert.equal((await control({ delay: 1 }, { ...json, origin: 'https://evil.example' })).status, 403)
      const rebound = await new Promise((resolve) => {
        const headers = { host: 'evil.example' }
        request(`${test.graph.origin}/sandbox/control`, { headers }, (response) => {
          response.resume()
          resolve(response.statusCode)
        }).end()
      })
      assert.equal(rebound, 403)
    })
  })
})
