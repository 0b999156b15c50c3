import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { WorkInProgress } from '../../../nodes/shared/work-in-progress'

describe('work in progress', () => {
  it('is waited for, however it ends', async () => {
    const work = new WorkInProgress()
    const order: string[] = []
    work.add(delay(20).then(() => order.push('done')))
    work.add(
      delay(40).then(() => {
        order.push('failed')
        throw new Error('whatever')
      }),
    )
    await work.ended()
    assert.deepEqual(order, ['done', 'failed'])
  })

  it('is not waited for longer than patience lasts', async () => {
    const work = new WorkInProgress()
    const stuck = new AbortController()
    const never = delay(60_000, undefined, { signal: stuck.signal })
    work.add(never)
    await work.ended(20)
    stuck.abort()
    await assert.rejects(never, { name: 'AbortError' })
  })

  it('that there is none of is waited for by nobody', async () => {
    await new WorkInProgress().ended(60_000)
  })
})
