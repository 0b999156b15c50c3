import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tenantId } from '../../../sandbox/contoso/tenant'
import { identities } from '../../../sandbox/sign-in/managed-identity'
import type { SignInService } from '../../../sandbox/sign-in/server'
import type { ConnectionSecrets, ConnectionSettings } from '../../../nodes/lib/connection-settings'
import { isUserGrant } from '../../../nodes/lib/oauth2/grant-scopes'
import { obtainerOf } from '../../../nodes/lib/oauth2/grants'
import { RenewingSource } from '../../../nodes/lib/oauth2/renewing-source'
import { MemoryTokenStore } from '../../../nodes/lib/oauth2/token-store'
import { permissionsOf } from '../../../nodes/lib/oauth2/token-permissions'
import type { RawConnection } from '../../../nodes/lib/read-settings'
import { clientOf, COMBINATIONS, registerProofs, type Combination } from './grant-table'
import { settingsOf, startSignIn } from './local-sign-in'
import { forever, signInByGrant } from './signing-in'

describe('every grant, at both generations of endpoints, by every proof', () => {
  let service: SignInService
  let folder: string
  let secrets: ConnectionSecrets
  const sources: RenewingSource[] = []

  before(async () => {
    service = await startSignIn()
    service.control.deviceCodeInterval = 0.05
    folder = mkdtempSync(join(tmpdir(), 'grants-'))
    secrets = registerProofs(service.control, join(folder, 'token'))
  })

  after(async () => {
    for (const source of sources) source.close()
    await service.close()
    rmSync(folder, { recursive: true })
  })

  function given({ grantType, version, proof }: Combination): ConnectionSettings {
    const path = version === 'v1' ? '' : '/v2.0'
    const changes: RawConnection = {
      grantType,
      endpointVersion: version,
      clientAuthentication: proof,
      deviceCodeUrl: `${service.origin}/${tenantId}/oauth2${path}/devicecode`,
      federatedTokenFile: join(folder, 'token'),
      clientId: clientOf(proof),
    }
    return settingsOf(service, changes)
  }

  for (const combination of COMBINATIONS) {
    it(combination.title, async () => {
      const settings = given(combination)
      const store = new MemoryTokenStore()
      if (isUserGrant(settings.grantType)) {
        assert.equal((await signInByGrant({ settings, secrets, store })).kind, 'done')
      }
      const obtainer = obtainerOf({ settings, secrets, connection: 'c1', store, warn: () => undefined })
      assert.ok(obtainer)
      const source = new RenewingSource(obtainer)
      sources.push(source)
      const first = await source.get(forever())
      assert.ok((first.expiresAt ?? 0) > Date.now() + 3_500_000)
      source.reject(first)
      assert.notEqual((await source.get(forever())).value, first.value)
      assert.ok(source.held !== undefined && (permissionsOf(source.held)?.length ?? 0) > 0)
      const last = service.control.tokenRequests.at(-1)
      assert.equal(last?.status, 200)
      assert.equal(last?.version, combination.version === 'v1' ? 1 : 2)
    })
  }

  it('sends each signed assertion once', () => {
    const ids = service.control.tokenRequests.flatMap(({ assertionId }) => assertionId ?? [])
    assert.ok(ids.length > 10)
    assert.equal(new Set(ids).size, ids.length)
  })

  const identity = (environment: Record<string, string>, clientId = ''): Promise<RenewingSource> => {
    const before = { ...process.env }
    Object.assign(process.env, environment)
    const settings = settingsOf(service, { grantType: 'managed_identity', clientId, tokenUrl: '' })
    const store = new MemoryTokenStore()
    const obtainer = obtainerOf({ settings, secrets: {}, connection: 'c1', store, warn: () => undefined })
    assert.ok(obtainer)
    const source = new RenewingSource(obtainer)
    sources.push(source)
    return source
      .get(forever())
      .then(() => source)
      .finally(() => {
        for (const name of Object.keys(environment)) delete process.env[name]
        Object.assign(process.env, before)
      })
  }

  const machines: readonly (readonly [string, () => Record<string, string>])[] = [
    ['the metadata service', () => ({ AZURE_POD_IDENTITY_AUTHORITY_HOST: service.origin })],
    [
      'App Service',
      () => ({
        IDENTITY_ENDPOINT: `${service.origin}/msi/token`,
        IDENTITY_HEADER: service.control.identityHeader,
      }),
    ],
    [
      'the older App Service',
      () => ({ MSI_ENDPOINT: `${service.origin}/msi/token`, MSI_SECRET: service.control.identityHeader }),
    ],
  ]
  for (const [name, environment] of machines) {
    it(`managed_identity, ${name}, the machine's own and an assigned one`, async () => {
      for (const clientId of ['', identities.user.clientId]) {
        const source = await identity(environment(), clientId)
        assert.deepEqual(source.held && permissionsOf(source.held), identities.user.application)
        const { expiresAt = 0 } = source.held ?? {}
        assert.ok(Math.abs(expiresAt - Date.now() - 3_600_000) < 5_000)
        const asked = service.control.tokenRequests.at(-1)
        assert.equal(asked?.clientId, clientId || identities.system.clientId)
      }
    })
  }

  it('says that an identity is not assigned, and that there is none', async () => {
    const host = { AZURE_POD_IDENTITY_AUTHORITY_HOST: service.origin }
    await assert.rejects(identity(host, 'somebody-else'), { code: 'managedIdentityNotAssigned' })
    const nowhere = { AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:9' }
    await assert.rejects(identity(nowhere), { code: 'managedIdentityUnreachable' })
  })

  it('goes past every proxy to the machine itself', async () => {
    const proxies = { HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9' }
    await identity({ AZURE_POD_IDENTITY_AUTHORITY_HOST: service.origin, ...proxies })
  })
})
