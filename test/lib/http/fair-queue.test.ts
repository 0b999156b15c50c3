import assert from 'node:assert/strict'
import { FairQueue } from '../../../nodes/lib/http/fair-queue'

const any = (): boolean => true

function queueOf(...items: string[]): FairQueue<string> {
  const queue = new FairQueue<string>()
  for (const item of items) queue.add(item.charAt(0), item)
  return queue
}

function taken(queue: FairQueue<string>, mayGo: (item: string) => boolean): string[] {
  const order: string[] = []
  for (let item = queue.take(mayGo); item !== undefined; item = queue.take(mayGo)) order.push(item)
  return order
}

describe('a queue of several owners', () => {
  it('serves them in turn, and each in the order of asking', () => {
    assert.deepEqual(taken(queueOf('a1', 'a2', 'a3', 'b1', 'c1', 'c2'), any), [
      'a1',
      'b1',
      'c1',
      'a2',
      'c2',
      'a3',
    ])
  })

  it('lets pass who is behind one that may not go', () => {
    const queue = queueOf('a1', 'a2', 'b1')
    assert.deepEqual(
      taken(queue, (item) => item !== 'a1'),
      ['a2', 'b1'],
    )
    assert.deepEqual([...queue], ['a1'])
  })

  it('knows how many wait, and whom it let go', () => {
    const queue = queueOf('a1', 'b1')
    assert.deepEqual([queue.remove('a', 'a1'), queue.remove('a', 'a1'), queue.size], [true, false, 1])
  })
})
