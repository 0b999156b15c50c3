import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Turnstile } from '../../../nodes/graph-odata/turnstile'

describe('messages that come all at once', () => {
  it('begin a few in each turn of the event loop, in their order', async () => {
    const turnstile = new Turnstile(2)
    const begun: string[] = []
    const come = (name: string) => {
      const turn = turnstile.pass()
      if (turn === undefined) begun.push(name)
      else void turn.then(() => begun.push(name))
    }
    for (const name of ['a', 'b', 'c', 'd', 'e']) come(name)
    assert.deepEqual(begun, ['a', 'b'])
    await nextTurn()
    assert.deepEqual(begun, ['a', 'b', 'c', 'd'])
    come('f')
    assert.deepEqual(begun, ['a', 'b', 'c', 'd'], 'nobody overtakes')
    await nextTurn()
    assert.deepEqual(begun, ['a', 'b', 'c', 'd', 'e', 'f'])
  })

  it('do not wait where there are few', async () => {
    const turnstile = new Turnstile(1)
    for (let turn = 0; turn < 3; turn += 1) {
      assert.equal(turnstile.pass(), undefined)
      await nextTurn()
    }
  })
})
