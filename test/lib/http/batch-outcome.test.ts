import assert from 'node:assert/strict'
import { failuresOf, outcomesOf, type PartOutcome } from '../../../nodes/lib/http/batch-outcome'
import type { HttpRequest, HttpResponse, Repeat } from '../../../nodes/lib/http/http'
import { tooLargeFailure, TransportFailure } from '../../../nodes/lib/http/transport-failure'

function part(id: number, changes: Partial<HttpRequest> = {}): HttpRequest {
  const signal = new AbortController().signal
  const url = `http://x/v1.0/users/${id}`
  return { method: 'GET', url, headers: new Map(), signal, timeout: 1000, maxResponseSize: 20, ...changes }
}

function batch(body: unknown, status = 200, type = 'application/json'): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return {
    status,
    headers: new Map([['content-type', type]]),
    body: Buffer.from(text),
    url: 'http://x/$batch',
  }
}

/** `alone`, a status, or how it failed. */
function told(outcome: PartOutcome | undefined): unknown {
  if (outcome === undefined || 'alone' in outcome) return outcome && 'alone'
  return 'response' in outcome ? outcome.response.status : outcome.failure.kind
}

describe('what a batch means for its parts', () => {
  it('is no more than a single answer where one is larger than it alone may be', () => {
    const large = { text: 'x'.repeat(20) }
    const answers = [
      { id: '1', status: 200, body: {} },
      { id: '2', status: 200, body: large },
      { id: '3', status: 403, body: large },
    ]
    const { parts } = outcomesOf(batch({ responses: answers }), [part(1), part(2), part(3)])
    assert.deepEqual(parts.map(told), [200, 'tooLarge', 403])
    const [, success, refusal] = parts
    assert.ok(success !== undefined && 'failure' in success)
    assert.deepEqual([success.failure.code, success.failure.head?.status], ['responseTooLarge', 200])
    assert.ok(refusal !== undefined && 'response' in refusal)
    assert.equal(refusal.response.body.length, 0)
  })

  it('is the page of HTML, for each, that came in its place', () => {
    const page = batch('<html>Sign in</html>', 200, 'text/html; charset=utf-8')
    const { parts, unsupported } = outcomesOf(page, [part(1), part(2)])
    assert.equal(unsupported, false)
    for (const [index, outcome] of parts.entries()) {
      assert.ok('response' in outcome)
      assert.equal(outcome.response.url, part(index + 1).url)
      assert.equal(outcome.response.body.toString(), '<html>Sign in</html>')
    }
  })

  for (const [repeat, told_] of [
    ['safe', 'alone'],
    ['idempotent', 'lost'],
    ['conditional', 'lost'],
    ['once', 'lost'],
  ] as const satisfies readonly [Repeat, string][]) {
    it(`is ${told_} for what is ${repeat} where all answers together are too large`, () => {
      const outcome = failuresOf(tooLargeFailure(1e6), [part(1, { repeat })])?.parts[0]
      assert.equal(told(outcome), told_)
      if (outcome !== undefined && 'failure' in outcome) assert.equal(outcome.failure.solo, true)
    })
  }

  it('is that each was lost where it was cut, and may travel with others again', () => {
    const cut = new TransportFailure('cut', 'answerCut', { host: 'x' })
    const outcome = failuresOf(cut, [part(1)])?.parts[0]
    assert.ok(outcome !== undefined && 'failure' in outcome)
    assert.deepEqual([outcome.failure.kind, outcome.failure.solo], ['lost', undefined])
  })
})
