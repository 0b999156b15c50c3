import assert from 'node:assert/strict'
import { resolveLocation, shownLocation } from '../../../nodes/lib/odata/service-location'

const SERVICE = 'https://graph.microsoft.com/v1.0'

const LOCATIONS: readonly (readonly [string | undefined, whole: string | undefined, isShown: boolean])[] = [
  [undefined, undefined, false],
  ['', undefined, false],
  [`${SERVICE}/users/1`, `${SERVICE}/users/1`, true],
  ["/teams('1')/operations('2')", `${SERVICE}/teams('1')/operations('2')`, true],
  ['/v1.0/users/1', `${SERVICE}/users/1`, true],
  ['users/1', `${SERVICE}/users/1`, true],
  ['//graph.microsoft.com/beta/me', 'https://graph.microsoft.com/beta/me', true],
  ['https://files.example/monitor?key=1', 'https://files.example/monitor?key=1', false],
  ['https://[', undefined, false],
]

describe('where an answer leads', () => {
  for (const [location, whole, isShown] of LOCATIONS) {
    it(`${location ?? 'nowhere'}: ${whole ?? 'nowhere'}${isShown ? ', shown' : ''}`, () => {
      assert.equal(resolveLocation(location, SERVICE), whole)
      assert.equal(shownLocation(location, SERVICE), isShown ? whole : undefined)
    })
  }
})
