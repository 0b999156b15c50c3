import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { HttpMethod, HttpRequest, HttpResponse, Send } from '../../../nodes/lib/http/http'
import { orderByItem } from '../../../nodes/lib/http/item-order'

const answer: HttpResponse = { status: 204, headers: new Map(), body: Buffer.alloc(0), url: 'http://x/' }

function request(method: HttpMethod, path: string, signal = new AbortController().signal): HttpRequest {
  const url = `http://x/v1.0${path}`
  return { method, url, headers: new Map(), signal, timeout: 1000, maxResponseSize: 1000 }
}

describe('the order of requests on one item', () => {
  let order: ReturnType<typeof orderByItem>
  let log: string[]
  /** Ends what runs by its name. */
  let ends: Map<string, () => void>

  beforeEach(() => {
    order = orderByItem()
    log = []
    ends = new Map()
  })

  const running =
    (name: string): Send =>
    async () => {
      log.push(name)
      await new Promise<void>((resolve) => ends.set(name, resolve))
      return answer
    }

  async function end(name: string): Promise<void> {
    ends.get(name)?.()
    await delay(1)
  }

  it('holds a write up until reads at and below its path are over, and reads until the write is', async () => {
    const all = [
      order.send(request('GET', '/users/1'), running('read')),
      order.send(request('GET', '/users/1/manager'), running('below')),
      order.send(request('PATCH', '/users/1'), running('write')),
      order.send(request('GET', '/users/1/photo'), running('later')),
      order.send(request('GET', '/users/2'), running('other')),
    ]
    assert.deepEqual(log, ['read', 'below', 'other'])
    await end('read')
    assert.equal(log.length, 3)
    await end('below')
    assert.deepEqual(log.slice(3), ['write'])
    await end('write')
    assert.deepEqual(log.slice(4), ['later'])
    for (const name of ['other', 'later']) ends.get(name)?.()
    await Promise.all(all)
  })

  it('lets nobody pass whom one that was given up has waited for', async () => {
    const stop = new AbortController()
    const first = order.send(request('PATCH', '/users/1'), running('first'))
    const given = order.send(request('PATCH', '/users/1', stop.signal), running('given up'))
    const third = order.send(request('DELETE', '/users/1'), running('third'))
    stop.abort()
    await assert.rejects(given, { name: 'AbortError' })
    await delay(1)
    assert.deepEqual(log, ['first'])
    await end('first')
    assert.deepEqual(log, ['first', 'third'])
    await end('third')
    await Promise.all([first, third])
  })

  it('goes on after a write that failed', async () => {
    const failed = order.send(request('PATCH', '/users/1'), async () => {
      await delay(1)
      throw new Error('refused')
    })
    const next = order.send(request('PATCH', '/users/1'), async () => answer)
    await assert.rejects(failed, { message: 'refused' })
    assert.equal((await next).status, 204)
  })

  it('does not hold back what was given up before it came', async () => {
    const first = order.send(request('PATCH', '/users/1'), running('first'))
    const givenUp = order.send(
      request('PATCH', '/users/1', AbortSignal.abort(new Error('enough'))),
      running('no'),
    )
    await assert.rejects(givenUp, /enough/)
    const last = order.send(request('PATCH', '/users/1'), running('last'))
    assert.deepEqual(log, ['first'])
    await end('first')
    await first
    await delay(1)
    assert.deepEqual(log, ['first', 'last'])
    await end('last')
    await last
  })

  it('costs the last of thousands of writes no more than the first', async () => {
    const began = process.cpuUsage()
    const done: number[] = []
    await Promise.all(
      Array.from({ length: 5000 }, async (_, index) =>
        order.send(request('PATCH', '/users/1'), async () => {
          done.push(index)
          return answer
        }),
      ),
    )
    const { user, system } = process.cpuUsage(began)
    assert.ok(done.every((index, place) => index === place) && done.length === 5000)
    assert.ok((user + system) / 1e6 < 5, `${(user + system) / 1e6} s of processor time`)
  })

  it('refuses in clear words what is too much to wait', async () => {
    const first = order.send(request('PATCH', '/users/1'), running('first'))
    const quick: Send = async () => answer
    const waiting = Array.from({ length: 20_000 }, async () =>
      order.send(request('PATCH', '/users/1'), quick),
    )
    await assert.rejects(order.send(request('PATCH', '/users/1'), quick), {
      code: 'queueFull',
      values: { limit: 20_000 },
    })
    assert.equal((await order.send(request('GET', '/users/2'), quick)).status, 204)
    await end('first')
    await Promise.all([first, ...waiting])
    assert.equal((await order.send(request('PATCH', '/users/1'), quick)).status, 204)
  })
})
