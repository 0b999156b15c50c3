import assert from 'node:assert/strict'
import { Emitter, type Message, type Output } from '../../../nodes/graph-odata/emit'
import type { Answer, Page } from '../../../nodes/lib/odata/answer'

function page(rows: unknown[], facts: Partial<Page> = {}): Page {
  return {
    kind: 'page',
    url: 'https://service/users',
    statusCode: 200,
    requestId: 'r1',
    rows,
    count: undefined,
    nextLink: undefined,
    deltaLink: undefined,
    ...facts,
  }
}

/** What leaves the node, and when: each answer's messages, then those of the end. */
function emit(
  output: Output,
  answers: Answer[],
  incoming: Message = {},
): { steps: Message[][]; message: Message } {
  const message: Message = { _msgid: 'in', topic: { deep: true }, payload: 'given', ...incoming }
  let id = 0
  const emitter = new Emitter({
    node: 'n1',
    operation: 'read',
    output,
    message,
    clone: (original) => structuredClone(original),
    newId: () => `id${(id += 1)}`,
  })
  const steps = answers.map((answer) => [...emitter.accept(answer)])
  return { steps: [...steps, [...emitter.end()]], message }
}

const all = (steps: Message[][]): Message[] => steps.flat()

describe('array output', () => {
  it('sends the incoming message once, with all rows in order', () => {
    const { steps, message } = emit('array', [page([1, 2], { count: 3 }), page([3])])
    assert.deepEqual(
      steps.map((step) => step.length),
      [0, 0, 1],
    )
    const [sent] = all(steps)
    assert.equal(sent, message)
    assert.deepEqual(sent?.payload, [1, 2, 3])
    assert.deepEqual(sent?.graph, {
      node: 'n1',
      operation: 'read',
      url: 'https://service/users',
      statusCode: 200,
      requestId: 'r1',
      count: 3,
      rows: 3,
    })
    assert.equal(sent?.parts, undefined)
  })

  it('sends one empty array where there are no rows', () => {
    assert.deepEqual(
      all(emit('array', [page([])]).steps).map((sent) => sent.payload),
      [[]],
    )
  })

  it('keeps the parts that the message came with', () => {
    const parts = { id: 'outer', index: 4 }
    assert.deepEqual(all(emit('array', [page([1])], { parts }).steps)[0]?.parts, parts)
  })
})

describe('page output', () => {
  it('is a sequence that says its length on the last page', () => {
    const { steps } = emit('page', [page([1, 2]), page([3])])
    assert.deepEqual(
      steps.map((step) => step.length),
      [0, 1, 1],
    )
    const [first, last] = all(steps)
    assert.deepEqual(first?.payload, [1, 2])
    assert.deepEqual(first?.parts, { id: 'id1', index: 0, type: 'array', len: 2 })
    assert.deepEqual(last?.parts, { id: 'id1', index: 1, type: 'array', len: 2, count: 2 })
  })

  it('says a length of at least 2, because core join takes 1 for no array at all', () => {
    assert.deepEqual(
      all(emit('page', [page([1])]).steps).map(({ parts }) => (parts as { len: number }).len),
      [2],
    )
  })

  it('leaves out empty pages, and counts right when the last one is empty', () => {
    const sent = all(emit('page', [page([]), page([1]), page([]), page([2]), page([])]).steps)
    assert.deepEqual(
      sent.map(({ payload }) => payload),
      [[1], [2]],
    )
    assert.deepEqual(
      sent.map(({ parts }) => (parts as { count?: number }).count),
      [undefined, 2],
    )
  })

  it('sends one empty array where there are no rows', () => {
    const sent = all(emit('page', [page([]), page([])]).steps)
    assert.deepEqual(
      sent.map(({ payload }) => payload),
      [[]],
    )
  })
})

describe('item output', () => {
  it('sends each row in a message of its own, the last one with the count', () => {
    const { steps } = emit('item', [page(['a', 'b']), page(['c'])])
    assert.deepEqual(
      steps.map((step) => step.length),
      [1, 1, 1],
    )
    const sent = all(steps)
    assert.deepEqual(
      sent.map(({ payload }) => payload),
      ['a', 'b', 'c'],
    )
    assert.deepEqual(
      sent.map(({ parts }) => parts),
      [
        { id: 'id1', index: 0, type: 'array' },
        { id: 'id1', index: 1, type: 'array' },
        { id: 'id1', index: 2, type: 'array', count: 3 },
      ],
    )
  })

  it('gives each its own _msgid and its own copy of what the message held', () => {
    const sent = all(emit('item', [page(['a', 'b'])]).steps)
    assert.equal(new Set(sent.map(({ _msgid }) => _msgid)).size, 2)
    assert.notEqual(sent[0]?.['topic'], sent[1]?.['topic'])
    assert.deepEqual(sent[1]?.['topic'], { deep: true })
  })

  it('puts the parts that the message came with around its own, as core split does', () => {
    const outer = { id: 'outer', index: 0, count: 1 }
    const [sent] = all(emit('item', [page(['a'])], { parts: outer }).steps)
    assert.deepEqual(sent?.parts, { parts: outer, id: 'id1', index: 0, type: 'array', count: 1 })
  })

  it('sends nothing where there are no rows, but tells the incoming message', () => {
    const { steps, message } = emit('item', [page([])])
    assert.deepEqual(all(steps), [])
    assert.equal(message.graph?.rows, 0)
  })

  it('tells the incoming message how many rows there were and where changes go on', () => {
    const { message } = emit('item', [page(['a']), page(['b'], { deltaLink: 'https://service/delta?x' })])
    assert.equal(message.graph?.rows, 2)
    assert.equal(message.graph?.deltaLink, 'https://service/delta?x')
    assert.equal(message.payload, 'given')
  })

  it('never says where the next page is', () => {
    const { steps } = emit('item', [page(['a'], { nextLink: 'https://service/next' }), page(['b'])])
    assert.doesNotMatch(JSON.stringify(steps), /next/u)
  })
})

describe('what is not a collection', () => {
  const facts = { url: 'https://service/me', statusCode: 200, requestId: undefined }

  for (const output of ['array', 'page', 'item'] as const) {
    it(`is one message without parts of its own (${output})`, () => {
      const { steps } = emit(output, [{ kind: 'single', value: { id: 1 }, etag: 'W/"1"', ...facts }])
      const [sent, ...more] = all(steps)
      assert.deepEqual(more, [])
      assert.deepEqual(sent?.payload, { id: 1 })
      assert.equal(sent?.parts, undefined)
      assert.deepEqual(sent?.graph, {
        node: 'n1',
        operation: 'read',
        url: facts.url,
        statusCode: 200,
        etag: 'W/"1"',
      })
    })
  }

  it('leaves the payload as it came where the answer is empty', () => {
    const [sent] = all(emit('array', [{ kind: 'empty', ...facts, statusCode: 204 }]).steps)
    assert.equal(sent?.payload, 'given')
    assert.equal(sent?.graph?.statusCode, 204)
  })
})
