import assert from 'node:assert/strict'
import type { HttpResponse } from '../../../nodes/lib/http/http'
import { ThrottleGates, type Passage } from '../../../nodes/lib/http/throttle-gates'

const passage = (name: string, mailbox?: string): Passage => ({
  workload: mailbox === undefined ? { name } : { name, mailbox },
  write: false,
})
const directory = passage('directory')
const files = passage('files')
const adele = passage('outlook', 'adele')
const alex = passage('outlook', 'alex')

const answered = (status: number, headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers: new Map(Object.entries(headers)),
  body: Buffer.from('{}'),
  url: 'http://x/',
})

describe('the gates of one tenant', () => {
  let gates: ThrottleGates
  beforeEach(() => {
    gates = new ThrottleGates()
  })

  function ask(of: Passage, at: number, status = 200, headers: Record<string, string> = {}): void {
    gates.sent(of, at)
    gates.ended(of, at, answered(status, headers), at)
  }

  const isOpen = (of: Passage, at: number): boolean => gates.room(of, at) >= 1

  it('close for the workload that was refused, and for no other', () => {
    ask(directory, 0, 429, { 'retry-after': '30' })
    assert.deepEqual([isOpen(directory, 29_999), isOpen(files, 1), isOpen(adele, 1)], [false, true, true])
    assert.deepEqual([gates.closedFor(directory, 1000), gates.closedFor(files, 1000)], [29_000, 0])
    assert.ok(isOpen(directory, 30_001))
  })

  it('close for one mailbox alone, which five minutes of it do not change', () => {
    ask(adele, 0, 429, {
      'retry-after': '315',
      'x-ms-throttle-scope': 'User_Application/ReadWrite/app/adele',
    })
    assert.deepEqual([isOpen(adele, 1), isOpen(alex, 1), isOpen(directory, 1)], [false, true, true])
  })

  it('close for all mailboxes where the scope says that the tenant is meant', () => {
    ask(adele, 0, 429, {
      'retry-after': '20',
      'x-ms-throttle-scope': 'Tenant_Application/ReadWrite/app/tenant',
    })
    assert.deepEqual([isOpen(adele, 1), isOpen(alex, 1), isOpen(directory, 1)], [false, false, true])
    assert.ok(isOpen(alex, 20_001))
  })

  it('close for everything where two workloads are refused within ten seconds', () => {
    ask(directory, 0, 429, { 'retry-after': '5' })
    ask(files, 9000, 429, { 'retry-after': '12' })
    assert.deepEqual([isOpen(alex, 9001), isOpen(passage('teams'), 20_999)], [false, false])
    assert.equal(gates.closedFor(passage('teams'), 9000), 12_000)
    assert.equal(gates.opensIn(passage('teams'), 9000), 12_000)
    assert.ok(isOpen(passage('teams'), 21_001))
  })

  it('but not where more time lies between them', () => {
    ask(directory, 0, 429, { 'retry-after': '5' })
    ask(files, 11_000, 429, { 'retry-after': '12' })
    assert.ok(isOpen(passage('teams'), 11_001))
  })

  it('close for a 503 that says how long, and not for one that does not', () => {
    ask(files, 0, 503)
    assert.ok(isOpen(files, 1))
    ask(files, 10, 503, { 'retry-after': '7' })
    assert.equal(gates.closedFor(files, 10), 7000)
  })

  it('let four at a time into a mailbox, over batches and single requests', () => {
    for (let count = 0; count < 3; count += 1) gates.sent(adele, 0)
    assert.deepEqual([gates.room(adele, 0), gates.room({ ...adele, write: true }, 0)], [1, 1])
    gates.sent(adele, 0)
    assert.deepEqual([gates.room(adele, 0), gates.room(alex, 0)], [0, 4])
  })

  it('keep to what RateLimit headers leave', () => {
    ask(files, 0, 200, { 'ratelimit-remaining': '0', 'ratelimit-reset': '8' })
    assert.deepEqual([isOpen(files, 7999), isOpen(directory, 0)], [false, true])
    assert.ok(isOpen(files, 8001))
    const second = Math.ceil(Date.now() / 1000) + 20
    ask(directory, 0, 200, { 'ratelimit-remaining': '0', 'ratelimit-reset': String(second) })
    assert.deepEqual([isOpen(directory, 18_000), isOpen(directory, 21_001)], [false, true])
  })

  it('let fewer in at a time where the service says that its limit is used up', () => {
    for (let count = 0; count < 20; count += 1) gates.sent(directory, 0)
    assert.equal(gates.room(directory, 0), Infinity)
    gates.ended(directory, 0, answered(200, { 'x-ms-throttle-limit-percentage': '0.7' }), 1)
    assert.equal(gates.room(directory, 1), Infinity)
    gates.ended(directory, 0, answered(200, { 'x-ms-throttle-limit-percentage': '1.2' }), 2)
    assert.equal(gates.room(directory, 2), 0)
  })

  it('forget mailboxes that nobody asks for, but none that is closed', () => {
    ask(adele, performance.now(), 429, { 'retry-after': '600' })
    for (let index = 0; index < 3000; index += 1) ask(passage('outlook', `box${index}`), performance.now())
    assert.ok(!isOpen(adele, performance.now()))
  })
})
