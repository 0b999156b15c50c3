import assert from 'node:assert/strict'
import { tenantId } from '../../../sandbox/contoso/tenant'
import type { SignInService } from '../../../sandbox/sign-in/server'
import { MemoryTokenStore } from '../../../nodes/lib/oauth2/token-store'
import { settingsOf, startSignIn, webSecrets } from './local-sign-in'
import { signInByGrant } from './signing-in'

describe('a sign-in that somebody finishes', () => {
  let service: SignInService

  before(async () => {
    service = await startSignIn()
    service.control.deviceCodeInterval = 0.05
  })

  after(async () => service.close())

  class FullDisk extends MemoryTokenStore {
    override async write(): Promise<void> {
      throw Object.assign(new Error('disk'), { code: 'ENOSPC' })
    }
  }

  for (const grantType of ['authorization_code', 'device_code']) {
    it(`does not count where it cannot be stored, and says why (${grantType})`, async () => {
      const deviceCodeUrl = `${service.origin}/${tenantId}/oauth2/v2.0/devicecode`
      const settings = settingsOf(service, { grantType, deviceCodeUrl })
      const state = await signInByGrant({ settings, secrets: webSecrets, store: new FullDisk() })
      assert.ok(state.kind === 'failed')
      assert.deepEqual([state.problem.code, state.problem.values], ['signInNotKept', { reason: 'ENOSPC' }])
    })
  }
})
