import assert from 'node:assert/strict'
import { RenewalLimit } from '../../../nodes/lib/http/renewal-limit'

const CLAIMS = '{"access_token":{}}'

describe('the limit for replacing refused tokens', () => {
  let limit: RenewalLimit
  let token: number

  beforeEach(() => {
    limit = new RenewalLimit()
    token = 0
  })

  /** So many new tokens help nobody. */
  function refuse(path: string, times: number, now = 0): void {
    for (let count = 0; count < times; count += 1) limit.refused(path, `token-${(token += 1)}`, now)
  }

  it('is reached where three in a row helped nobody at a path, and there alone', () => {
    refuse('/a', 2)
    assert.ok(limit.allows('/a', undefined, 0))
    refuse('/a', 1)
    assert.deepEqual([limit.allows('/a', undefined, 0), limit.allows('/b', undefined, 0)], [false, true])
  })

  it('is reached everywhere where nine in a row helped nobody', () => {
    for (const path of ['/a', '/b', '/c']) refuse(path, 3)
    assert.equal(limit.allows('/d', undefined, 0), false)
    limit.helped('/e', 'token-10')
    assert.deepEqual([limit.allows('/d', undefined, 0), limit.allows('/a', undefined, 0)], [true, false])
  })

  it('lets one try half a minute later, and forgets in the end', () => {
    refuse('/a', 3)
    assert.deepEqual(
      [limit.allows('/a', undefined, 29_999), limit.allows('/a', undefined, 30_000)],
      [false, true],
    )
    refuse('/a', 1, 30_000)
    assert.equal(limit.allows('/a', undefined, 59_999), false)
    refuse('/a', 2, 400_000)
    assert.ok(limit.allows('/a', undefined, 400_000))
  })

  it('counts a token once, and none that helped somebody', () => {
    for (let count = 0; count < 20; count += 1) limit.refused('/a', 'token', 0)
    limit.helped('/b', 'good')
    for (let count = 0; count < 20; count += 1) limit.refused('/a', 'good', 0)
    assert.ok(limit.allows('/a', undefined, 0))
  })

  it('has one exception in a pause for what the service demands, at a path that is new as well', () => {
    for (const path of ['/a', '/b', '/c']) refuse(path, 3)
    for (const path of ['/a', '/d']) {
      assert.ok(limit.allows(path, CLAIMS, 0))
      refuse(path, 1)
      assert.equal(limit.allows(path, CLAIMS, 0), false)
    }
  })
})
