import assert from 'node:assert/strict'
import type { Answer } from '../../../sandbox/graph/answer'
import { GraphError } from '../../../sandbox/graph/errors'
import { Throttle, type ThrottleOptions } from '../../../sandbox/graph/throttle'
import type { Use } from '../../../sandbox/graph/use'
import { allPermissions, startGraphUnderTest, type GraphUnderTest } from '../../support/graph-tokens'

const directory: Use = {
  workload: 'directory',
  mailbox: undefined,
  appId: 'app',
  tenantId: 'tenant',
  applicationOnly: true,
}
const mail: Use = { ...directory, workload: 'exchange', mailbox: 'adele' }
const files: Use = { ...directory, workload: 'files' }
const ok = async (): Promise<Answer> => ({ status: 200, headers: {}, body: '' })
/** So slow that nothing comes back while a test runs. */
const slow = 0.001

describe('The limits of the local Graph', () => {
  const outcome = async (throttle: Throttle, use: Use, work = ok): Promise<Answer | GraphError> => {
    try {
      return await throttle.admit(use, work)
    } catch (error) {
      if (error instanceof GraphError) return error
      throw error
    }
  }
  const statuses = async (throttle: Throttle, ...uses: Use[]): Promise<number[]> => {
    const found: number[] = []
    for (const use of uses) found.push((await outcome(throttle, use)).status)
    return found
  }

  it('let a burst through, and then no more than the rate', async () => {
    const throttle = new Throttle({ rate: 100, burst: 3 })
    assert.deepEqual(
      await statuses(throttle, directory, directory, directory, directory),
      [200, 200, 200, 429],
    )
    await new Promise((resolve) => setTimeout(resolve, 30))
    assert.deepEqual(await statuses(throttle, directory), [200])
  })

  it('hold for each workload of an app in a tenant, and for each mailbox', async () => {
    const throttle = new Throttle({ rate: slow, burst: 1 })
    const others = [mail, { ...mail, mailbox: 'megan' }, files, { ...directory, appId: 'other' }]
    assert.deepEqual(
      await statuses(throttle, directory, directory, ...others),
      [200, 429, 200, 200, 200, 200],
    )
    const whole = new Throttle({ rate: slow, burst: 1, scope: 'app' })
    assert.deepEqual(await statuses(whole, directory, mail, { ...files, appId: 'other' }), [200, 429, 200])
  })

  it('count what they refuse: who goes on asking waits longer', async () => {
    const throttle = new Throttle({ rate: 1, burst: 3, retryAfter: 'fraction' })
    await statuses(throttle, directory, directory, directory)
    const waits: number[] = []
    for (let time = 0; time < 5; time++)
      waits.push(Number((await outcome(throttle, directory)).headers['Retry-After']))
    assert.ok(
      waits.slice(0, 3).every((wait, index) => Math.abs(wait - index - 2) < 0.2),
      String(waits),
    )
    // But no longer than it takes to get to a full burst from one that was overdrawn.
    assert.ok((waits[4] ?? 0) <= 4.1, String(waits))
  })

  const forms: [ThrottleOptions['retryAfter'], RegExp][] = [
    ['seconds', /^\d+$/],
    ['fraction', /^\d+\.\d{3}$/],
    ['date', /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/],
    ['none', /^undefined$/],
  ]
  for (const [form, pattern] of forms) {
    it(`write Retry-After as ${form}`, async () => {
      const throttle = new Throttle({ rate: 1, burst: 1, ...(form !== undefined && { retryAfter: form }) })
      await outcome(throttle, directory)
      assert.match(String((await outcome(throttle, directory)).headers['Retry-After']), pattern)
    })
  }

  const wordings: [Use, string, RegExp, string][] = [
    [directory, 'TooManyRequests', /Too Many/, 'Tenant_Application/ReadWrite/app/tenant'],
    [mail, 'ApplicationThrottled', /over its RequestRate limit/, 'User_Application/ReadWrite/app/adele'],
    [files, 'activityLimitReached', /throttled/, 'Tenant_Application/ReadWrite/app/tenant'],
  ]
  for (const [use, code, message, scope] of wordings) {
    it(`are refused in the words of ${use.workload}`, async () => {
      const throttle = new Throttle({ rate: slow, burst: 1 })
      await outcome(throttle, use)
      const refused = await outcome(throttle, use)
      assert.ok(refused instanceof GraphError)
      assert.equal(refused.code, code)
      assert.match(refused.message, message)
      assert.equal(refused.headers['x-ms-throttle-scope'], scope)
    })
  }

  it('are at four requests at a time for a mailbox, however few there were', async () => {
    const throttle = new Throttle({ rate: 100, burst: 100 })
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const work = async (): Promise<Answer> => {
      await held
      return ok()
    }
    const running = Array.from({ length: 4 }, () => outcome(throttle, mail, work))
    const fifth = await outcome(throttle, mail, work)
    assert.ok(fifth instanceof GraphError)
    assert.match(fifth.message, /MailboxConcurrency/)
    const other = outcome(throttle, { ...mail, mailbox: 'megan' }, work)
    release()
    assert.deepEqual(
      (await Promise.all([...running, other])).map(({ status }) => status),
      [200, 200, 200, 200, 200],
    )
    assert.deepEqual(await statuses(throttle, mail), [200])
  })

  it('are announced from 80 % on: by the directory, and by files to applications', async () => {
    const gauge = async (use: Use): Promise<Readonly<Record<string, string>>[]> => {
      const throttle = new Throttle({ rate: slow, burst: 10 })
      const seen: Readonly<Record<string, string>>[] = []
      for (let time = 0; time < 8; time++) seen.push((await outcome(throttle, use)).headers)
      return seen
    }
    const [seventh, eighth] = (await gauge(directory)).slice(6)
    assert.deepEqual(seventh, {})
    assert.equal(eighth?.['x-ms-throttle-limit-percentage'], '0.80')
    const [, last] = (await gauge(files)).slice(6)
    assert.deepEqual([last?.['RateLimit-Limit'], last?.['RateLimit-Remaining']], ['10', '2'])
    assert.deepEqual((await gauge({ ...files, applicationOnly: false })).at(-1), {})
    assert.deepEqual((await gauge(mail)).at(-1), {})
  })

  describe('over HTTP', () => {
    let test: GraphUnderTest
    before(async () => {
      test = await startGraphUnderTest()
    })
    afterEach(() => test.graph.control.reset())
    after(() => test.close())

    it('count each part of a batch, and refuse inside of it', async () => {
      const { control, origin } = test.graph
      control.throttle({ rate: slow, burst: 5 })
      const requests = Array.from({ length: 20 }, (_, id) => ({
        id: String(id),
        method: 'GET',
        url: '/users',
      }))
      const response = await fetch(`${origin}/v1.0/$batch`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await test.application(...allPermissions)}` },
        body: JSON.stringify({ requests }),
      })
      assert.equal(response.status, 200)
      const { responses } = (await response.json()) as { responses: { status: number }[] }
      assert.equal(responses.filter(({ status }) => status === 429).length, 15)
      assert.equal((await test.get('/users')).status, 429)
      assert.equal(control.traffic.throttled, 16)
      control.throttle(undefined)
      assert.equal((await test.get('/users')).status, 200)
    })

    it('know a mailbox under each of its names', async () => {
      test.graph.control.throttle({ rate: slow, burst: 2 })
      const { value } = (await (await test.get('/users?$top=1&$select=id')).json()) as {
        value: { id: string }[]
      }
      const paths = [`/users/${value[0]?.id}/messages`, '/users/adelev@contoso.onmicrosoft.com/events']
      const found: number[] = []
      for (const path of [...paths, ...paths]) found.push((await test.get(path)).status)
      assert.deepEqual(found, [200, 200, 429, 429])
    })
  })
})
