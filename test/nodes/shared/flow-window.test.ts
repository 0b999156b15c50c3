import assert from 'node:assert/strict'
import { FlowWindow } from '../../../nodes/shared/flow-window'

const LEAST = 256
const MOST = 2000

/** Milliseconds from one completion to the next, with so many messages in flight. */
type Flow = (inFlight: number) => number

const oneByOne: Flow = () => 1 / 28
const allAtOnce: Flow = (inFlight) => 100 / inFlight

describe('the window of messages that a flow is given', () => {
  let now: number
  let window: FlowWindow

  beforeEach(() => {
    now = 0
    window = new FlowWindow(LEAST, MOST, () => now)
  })

  /** As a read does that always has another message. Gives the sizes that it had. */
  function run(flow: Flow, completions: number, isUsed = true): number[] {
    const sizes: number[] = []
    for (let count = 0; count < completions; count += 1) {
      if (isUsed) window.used()
      now += flow(window.size)
      window.completed()
      sizes.push(window.size)
    }
    return sizes
  }

  const share = (sizes: readonly number[], size: number): number =>
    sizes.filter((one) => one === size).length / sizes.length

  it('stays small where the flow takes message after message', () => {
    const sizes = run(oneByOne, 100_000)
    assert.ok(Math.max(...sizes) <= 2 * LEAST)
    assert.ok(share(sizes, LEAST) > 0.6, `${share(sizes, LEAST)}`)
  })

  it('becomes as wide as may be, and stays so, where the flow works on all of them at once', () => {
    run(allAtOnce, 6000)
    assert.equal(window.size, MOST)
    assert.ok(window.isWide)
    assert.ok(share(run(allAtOnce, 500_000), MOST) > 0.95)
  })

  it('becomes as wide as helps', () => {
    const upTo600: Flow = (inFlight) => 100 / Math.min(inFlight, 600)
    run(upTo600, 20_000)
    const sizes = run(upTo600, 200_000)
    assert.ok(share(sizes, 4 * LEAST) + share(sizes, 2 * LEAST) > 0.9)
  })

  it('becomes small again when the flow works in another way', () => {
    run(allAtOnce, 6000)
    run(oneByOne, 250_000)
    assert.ok(window.size <= 2 * LEAST, `${window.size}`)
  })

  it('is doubled whenever the flow finishes nothing: it may be waiting for more', () => {
    const sizes = Array.from({ length: 4 }, () => {
      window.stalled()
      return window.size
    })
    assert.deepEqual(sizes, [512, 1024, MOST, MOST])
  })

  it('learns nothing from a flow that it did not keep waiting', () => {
    let quicker = 1
    const sizes = run(() => (quicker *= 0.999), 5000, false)
    assert.deepEqual(new Set(sizes), new Set([LEAST]))
  })

  it('holds nothing back below the number that is no burden', () => {
    const narrow = new FlowWindow(LEAST, 5)
    assert.deepEqual([narrow.size, narrow.isWide], [5, true])
  })
})
