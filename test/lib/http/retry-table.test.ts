import assert from 'node:assert/strict'
import type { Repeat } from '../../../nodes/lib/http/http'
import { eventOf } from '../../../nodes/lib/http/retry-event'
import { decide, RETRY_TABLE, type RetryEvent, type Try } from '../../../nodes/lib/http/retry-table'

const columns: readonly Repeat[] = ['safe', 'idempotent', 'conditional', 'once']

function outcome(event: RetryEvent, repeat: Repeat, changes: Partial<Try> = {}): string {
  const decision = decide({
    event,
    repeat,
    method: 'PATCH',
    repeats: 0,
    repeatsForEvent: 0,
    lost: false,
    retryAfter: undefined,
    elapsed: 0,
    maxRetries: 5,
    random: 0.5,
    ...changes,
  })
  return decision.act
}

/** S I C N: r repeat, - final, U unknown, s success. */
const FIRST: Record<RetryEvent, string> = {
  nameUnknown: 'r r r r',
  notSent: 'r r r r',
  final: '- - - -',
  lost: 'r r r U',
  stopped: '- U U U',
  cut: 'r s s s',
  tooLarge: '- s s s',
  html: 'r U U U',
  success: '- - - -',
  refused: '- - - -',
  gone: '- - - -',
  requestTimeout: 'r r r U',
  tooEarly: 'r r r r',
  conflict: '- - - -',
  precondition: '- - - -',
  locked: 'r r r r',
  dependency: 'r r r r',
  busy: 'r r r r',
  overloaded: 'r r r r',
  serverError: 'r r r U',
  unavailable: 'r r r U',
}

/** When all repeats are used up: what may have been applied is unknown, except to who only reads. */
const EXHAUSTED: Record<RetryEvent, string> = {
  nameUnknown: '- - - -',
  notSent: '- - - -',
  final: '- - - -',
  lost: '- U U U',
  stopped: '- U U U',
  cut: '- s s s',
  tooLarge: '- s s s',
  html: '- U U U',
  success: '- - - -',
  refused: '- - - -',
  gone: '- - - -',
  requestTimeout: '- U U U',
  tooEarly: '- - - -',
  conflict: '- - - -',
  precondition: '- - - -',
  locked: '- - - -',
  dependency: '- - - -',
  busy: '- - - -',
  overloaded: '- - - -',
  serverError: '- U U U',
  unavailable: '- U U U',
}

/** When an earlier try may have been applied, and there are repeats left. */
const AFTER_A_LOST_TRY: Record<RetryEvent, string> = {
  ...FIRST,
  final: '- U U U',
  conflict: '- - - U',
}

/** When an earlier try may have been applied, and this was the last. */
const LAST_AFTER_A_LOST_TRY: Record<RetryEvent, string> = {
  ...EXHAUSTED,
  nameUnknown: '- U U U',
  notSent: '- U U U',
  final: '- U U U',
  tooEarly: '- U U U',
  conflict: '- - - U',
  locked: '- U U U',
  dependency: '- U U U',
  busy: '- U U U',
  overloaded: '- U U U',
}

const SIGNS: Record<string, string> = { r: 'repeat', '-': 'final', U: 'unknown', s: 'success' }

describe('the retry table', () => {
  const tables: [when: string, table: Record<RetryEvent, string>, changes: Partial<Try>][] = [
    ['at first', FIRST, {}],
    ['when all repeats are used up', EXHAUSTED, { repeats: 5, repeatsForEvent: 5 }],
    ['after a try that may have been applied', AFTER_A_LOST_TRY, { lost: true, repeats: 1 }],
    [
      'at the end, after a try that may have been applied',
      LAST_AFTER_A_LOST_TRY,
      { lost: true, repeats: 5, repeatsForEvent: 5 },
    ],
  ]
  for (const [when, table, changes] of tables) {
    for (const [event, cells] of Object.entries(table)) {
      for (const [index, sign] of cells.split(' ').entries()) {
        const repeat = columns[index] ?? 'once'
        it(`says of ${event}, ${repeat}, ${when}: ${SIGNS[sign]}`, () => {
          assert.equal(outcome(event as RetryEvent, repeat, changes), SIGNS[sign])
        })
      }
    }
  }

  it('has a row for each event that these tests know', () => {
    assert.deepEqual(Object.keys(RETRY_TABLE).sort(), Object.keys(FIRST).sort())
  })

  it('takes a DELETE for done that finds nothing after a lost try', () => {
    for (const repeat of ['idempotent', 'conditional'] as const) {
      assert.equal(outcome('gone', repeat, { method: 'DELETE', lost: true }), 'success')
      assert.equal(outcome('gone', repeat, { method: 'DELETE' }), 'final')
    }
  })

  const limits: [event: RetryEvent, repeats: number][] = [
    ['nameUnknown', 2],
    ['html', 1],
    ['locked', 3],
    ['serverError', 2],
  ]
  for (const [event, most] of limits) {
    it(`repeats ${event} ${most} times at most`, () => {
      const times = (repeatsForEvent: number) =>
        outcome(event, 'safe', { repeats: repeatsForEvent, repeatsForEvent })
      assert.deepEqual([times(most - 1), times(most)], ['repeat', 'final'])
    })
  }

  it('repeats nothing where no repeats are allowed', () => {
    for (const event of Object.keys(RETRY_TABLE)) {
      for (const repeat of columns) {
        assert.notEqual(outcome(event as RetryEvent, repeat, { maxRetries: 0 }), 'repeat', event)
      }
    }
  })

  function waited(changes: Partial<Try>): number | undefined {
    const decision = decide({
      event: 'busy',
      repeat: 'safe',
      method: 'GET',
      repeats: 0,
      repeatsForEvent: 0,
      lost: false,
      retryAfter: undefined,
      elapsed: 0,
      maxRetries: 20,
      random: 1,
      ...changes,
    })
    return decision.act === 'repeat' ? decision.after : undefined
  }

  it('waits longer each time, anything up to that, and never longer than half a minute', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 10].map((repeats) => waited({ repeats })),
      [500, 1000, 2000, 4000, 30_000],
    )
    assert.equal(waited({ repeats: 3, random: 0.25 }), 1000)
    assert.equal(waited({ repeats: 3, random: 0 }), 0)
  })

  it('never comes back before the time that the service asks for', () => {
    assert.equal(waited({ retryAfter: 315 }), 315_000)
    assert.equal(waited({ retryAfter: 2.128, random: 0 }), 2128)
    assert.equal(waited({ retryAfter: 0.1, random: 1 }), 500)
  })

  it('ends when that would take too long altogether', () => {
    assert.equal(waited({ retryAfter: 901 }), undefined)
    assert.equal(waited({ retryAfter: 400, elapsed: 600_000 }), undefined)
  })

  it('opens another connection after what may be the connection or the front end behind it', () => {
    const fresh = (event: RetryEvent) => {
      const decision = decide({
        event,
        repeat: 'safe',
        method: 'GET',
        repeats: 0,
        repeatsForEvent: 0,
        lost: false,
        retryAfter: undefined,
        elapsed: 0,
        maxRetries: 1,
        random: 0,
      })
      return decision.act === 'repeat' && decision.fresh
    }
    assert.deepEqual((['lost', 'cut', 'unavailable', 'overloaded', 'busy', 'notSent'] as const).map(fresh), [
      true,
      true,
      true,
      true,
      false,
      false,
    ])
  })
})

describe('an answer is the event', () => {
  const statuses: Record<RetryEvent, number[]> = {
    success: [200, 201, 202, 204, 206, 304],
    refused: [
      400, 401, 402, 403, 405, 406, 411, 413, 414, 415, 416, 417, 422, 428, 431, 451, 501, 505, 507, 418,
    ],
    gone: [404, 410],
    requestTimeout: [408],
    tooEarly: [425],
    conflict: [409],
    precondition: [412],
    locked: [423],
    dependency: [424],
    busy: [429, 509],
    serverError: [500],
    unavailable: [502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527],
    overloaded: [],
    nameUnknown: [],
    notSent: [],
    final: [],
    lost: [],
    stopped: [],
    cut: [],
    tooLarge: [],
    html: [],
  }
  const answer = (status: number, body = '', headers: [string, string][] = []) =>
    eventOf({ status, headers: new Map(headers), body: Buffer.from(body), url: 'http://x/' })

  for (const [event, list] of Object.entries(statuses)) {
    if (list.length === 0) continue
    it(`${event} by its status: ${list.join(' ')}`, () => {
      assert.deepEqual(new Set(list.map((status) => answer(status))), new Set([event]))
    })
  }

  it('overloaded where a 503 says when to come back', () => {
    assert.equal(answer(503, '', [['retry-after', '2']]), 'overloaded')
  })

  it("busy where the error's code says so, whatever its status", () => {
    assert.equal(answer(403, '{"error":{"code":"activityLimitReached"}}'), 'busy')
    const inner =
      '{"error":{"code":"serviceNotAvailable","innererror":{"date":"x","code":"activityLimitReached"}}}'
    assert.equal(answer(400, inner), 'busy')
    const quoted = JSON.stringify({ error: { code: 'x', message: '{"code":"activityLimitReached"}' } })
    assert.equal(answer(504, quoted), 'unavailable')
  })
})
