import assert from 'node:assert/strict'
import { ThrottleGate } from '../../../nodes/lib/http/throttle-gate'

interface Run {
  readonly latency: number
  readonly parts: number
  readonly retryAfter: 'whole' | 'exact' | 'none'
  /** Whether a refusal costs as much as what is done. */
  readonly refusalsCount: boolean
  /** Share of the requests that is refused by chance, at any pace; then there is no limit. Default 0. */
  readonly chance?: number
}

const WRITES = 2000
const RATE = 100
const BURST = 200

/** 2,000 writes against a bucket of 100 a second and 200 at once, in a time of its own: no clock, no chance. */
function writeAll({ latency, parts, retryAfter, refusalsCount, chance = 0 }: Run): {
  seconds: number
  refused: number
} {
  const gate = new ThrottleGate()
  const events: { at: number; run: () => void }[] = []
  let now = 0
  let level = BURST
  let filled = 0
  let todo = WRITES
  let done = 0
  let refused = 0
  let inFlight = 0
  let woken = -1
  const later = (milliseconds: number, run: () => void): void => {
    const event = { at: now + milliseconds, run }
    const index = events.findIndex(({ at }) => at > event.at)
    events.splice(index < 0 ? events.length : index, 0, event)
  }
  let seed = 1
  const isStruck = (): boolean => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return seed / 2 ** 31 < chance
  }
  const admitted = (): boolean => {
    if (chance > 0) return !isStruck()
    level = Math.min(BURST, level + ((now - filled) / 1000) * RATE)
    filled = now
    const room = level >= 1
    if (room || refusalsCount) level = Math.max(-BURST, level - 1)
    return room
  }
  const pause = (): number | undefined => {
    const exact = chance > 0 ? 0.2 : (1 - level) / RATE
    if (retryAfter === 'none') return undefined
    return retryAfter === 'exact' ? exact : Math.max(1, Math.ceil(exact))
  }
  const pump = (): void => {
    while (inFlight < 4 && todo > 0) {
      const count = Math.min(parts, todo, gate.room(now, true))
      if (count < 1) break
      const sentAt = now
      todo -= count
      inFlight += 1
      gate.sent(now, count)
      later(latency / 2, () => {
        const answers = Array.from({ length: count }, () => (admitted() ? 'done' : { pause: pause() }))
        later(latency / 2, () => {
          inFlight -= 1
          for (const answer of answers) {
            if (answer === 'done') {
              gate.answered(now, sentAt, true)
              done += 1
            } else {
              gate.refused(now, sentAt, answer.pause)
              refused += 1
              later((answer.pause ?? 0.25) * 1000, () => {
                todo += 1
                pump()
              })
            }
          }
          pump()
        })
      })
    }
    const opens = gate.opensIn(now)
    if (todo > 0 && opens !== undefined && woken <= now) {
      woken = now + Math.max(1, opens)
      later(woken - now, pump)
    }
  }
  pump()
  for (let event = events.shift(); event !== undefined; event = events.shift()) {
    if (done === WRITES) break
    now = event.at
    event.run()
  }
  return { seconds: now / 1000, refused }
}

describe('a throttle gate finds the limit and stays just under it', () => {
  const bound = (WRITES - BURST) / RATE
  for (const retryAfter of ['whole', 'exact', 'none'] as const) {
    for (const [latency, parts] of [
      [5, 1],
      [5, 20],
      [30, 1],
      [30, 20],
      [80, 20],
    ] as const) {
      for (const refusalsCount of [false, true]) {
        const how = `Retry-After ${retryAfter}, ${latency} ms, ${parts} at a time${refusalsCount ? ', refusals cost' : ''}`
        it(how, () => {
          const { seconds, refused } = writeAll({ latency, parts, retryAfter, refusalsCount })
          assert.ok(seconds < bound * 1.06, `${seconds} s, ${refused} refused`)
          assert.ok(refused < WRITES / 100, `${refused} were refused, ${seconds} s`)
        })
      }
    }
  }
})

describe('a throttle gate takes no limit for what is refused by chance', () => {
  for (const [latency, parts] of [
    [30, 1],
    [30, 20],
    [300, 20],
  ] as const) {
    for (const chance of [0.02, 0.04]) {
      it(`${chance * 100} % of the requests, ${latency} ms, ${parts} at a time`, () => {
        const { seconds, refused } = writeAll({
          latency,
          parts,
          retryAfter: 'exact',
          refusalsCount: false,
          chance,
        })
        // Round trips at four a time, and what it takes to find out.
        const trips = WRITES / parts / 4 + 150
        assert.ok(seconds < trips * (latency / 1000) + 20, `${seconds} s`)
        assert.ok(refused < WRITES * chance * 2, `${refused} were refused`)
      })
    }
  }
})

describe('a throttle gate', () => {
  const filled = (parts: number): ThrottleGate => {
    const gate = new ThrottleGate()
    gate.sent(0, parts)
    return gate
  }

  it('lets reads through without limit, and few writes at first', () => {
    const gate = new ThrottleGate()
    assert.equal(gate.room(0, false), Infinity)
    assert.equal(gate.room(0, true), 12)
  })

  it('never lets more through than its kind allows', () => {
    const gate = new ThrottleGate(4)
    gate.sent(0, 3)
    assert.deepEqual([gate.room(0, false), gate.room(0, true)], [1, 1])
  })

  it('is closed for as long as the service asks', () => {
    const gate = filled(1)
    gate.refused(10, 0, 28)
    assert.equal(gate.room(28_000, false), 0)
    assert.equal(gate.opensIn(1010), 27_000)
    assert.ok(gate.room(28_010, false) > 0)
  })

  it('is closed longer each time where the service does not say how long', () => {
    const gate = new ThrottleGate()
    const pauses: number[] = []
    for (let now = 0; pauses.length < 4;) {
      gate.sent(now)
      gate.refused(now + 1, now, undefined)
      pauses.push(Math.round(gate.closedFor(now + 1)))
      now += 1 + gate.closedFor(now + 1)
    }
    assert.deepEqual(pauses, [1000, 2000, 4000, 8000])
  })

  it('does not take one refusal for the whole service when what was sent later is accepted', () => {
    const gate = filled(10)
    gate.refused(10, 0, 60)
    assert.equal(gate.room(11, false), 0)
    gate.answered(12, 0, false)
    assert.ok(gate.room(13, false) > 0)
  })

  it('but does so when more are refused', () => {
    const gate = filled(10)
    for (const now of [10, 11, 12]) gate.refused(now, 0, 60)
    gate.answered(13, 0, false)
    assert.equal(gate.room(14, false), 0)
  })

  it('keeps to what the service says is left, and says anew with each answer', () => {
    const gate = filled(1)
    gate.answered(0, 0, false)
    gate.left(0, 100, 10)
    let sent = 0
    for (let now = 0; now < 10_000; now += 10) {
      for (; gate.room(now, false) >= 1; sent += 1) {
        gate.sent(now)
        gate.answered(now, now, false)
        gate.left(now, 100 - sent, 10 - now / 1000)
      }
    }
    assert.ok(sent >= 90 && sent <= 101, String(sent))
    assert.equal(gate.room(10_000, false), Infinity)
  })

  it('is closed until there is something left again', () => {
    const gate = filled(1)
    gate.left(0, 0, 5)
    assert.deepEqual([gate.room(4999, false), gate.opensIn(0)], [0, 5000])
  })

  it('stays closed until then, though what was sent before is still answered', () => {
    const gate = filled(2)
    gate.answered(10, 0, false)
    gate.left(10, 0, 5)
    gate.answered(20, 0, false)
    assert.deepEqual([gate.room(4000, false), gate.closedFor(20)], [0, 4990])
    assert.ok(gate.room(5011, false) >= 1)
  })

  it('stays closed for no longer than that because of one refusal among many that were accepted', () => {
    const gate = filled(3)
    gate.refused(10, 0, 60)
    gate.left(10, 0, 5)
    gate.answered(20, 0, false)
    assert.equal(gate.closedFor(20), 4990)
  })

  it('opens when a time is over that it could not count', () => {
    const gate = filled(1)
    gate.left(0, 1, 9e15)
    gate.sent(0)
    assert.ok((gate.opensIn(0) ?? Infinity) <= 900_000, String(gate.opensIn(0)))
    assert.equal(gate.room(900_001, false), Infinity)
  })

  it('learns no pace from a time in which hardly anything was asked for', () => {
    const gate = new ThrottleGate()
    const refusal = (now: number): void => {
      gate.sent(now)
      gate.refused(now + 50, now, 1)
    }
    refusal(0)
    for (let now = 10_000; now < 300_000; now += 10_000) {
      gate.sent(now)
      gate.answered(now + 50, now, false)
    }
    refusal(300_000)
    assert.ok(gate.room(302_000, false) >= 1)
  })

  it('opens for one in the end, however little the service says is left', () => {
    const gate = new ThrottleGate()
    gate.left(0, 5, 100)
    gate.sent(0)
    const opens = gate.opensIn(0) ?? 0
    assert.ok(opens > 0 && opens <= 40_000, String(opens))
    assert.equal(gate.room(opens + 1, false), 1)
  })
})
