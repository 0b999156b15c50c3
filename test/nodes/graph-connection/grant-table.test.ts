import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTenant, type LocalTenant } from '../../../sandbox'
import { tenantId } from '../../../sandbox/contoso/tenant'
import { isRecord, textAt } from '../../../nodes/lib/records'
import { clientOf, COMBINATIONS, registerProofs, type Combination } from '../../lib/oauth2/grant-table'
import { enterDeviceCode } from '../../support/browserless-sign-in'
import {
  sink,
  source,
  startNodeRed,
  type FlowNode,
  type NodeRedProcess,
} from '../../support/node-red-process'
import { until } from '../../support/until'
import { adele, connectionNode, Editor } from './signing-in'

describe('a flow reads by every grant, at both generations of endpoints, by every proof', function () {
  this.timeout(60_000)

  let tenant: LocalTenant
  let nodeRed: NodeRedProcess
  let editor: Editor
  let folder: string
  let secrets: Record<string, string>

  before(async () => {
    tenant = await startTenant()
    tenant.signIn.control.deviceCodeInterval = 0.05
    folder = mkdtempSync(join(tmpdir(), 'grants-'))
    secrets = registerProofs(tenant.signIn.control, join(folder, 'token'))
    nodeRed = await startNodeRed({ env: { AZURE_POD_IDENTITY_AUTHORITY_HOST: tenant.signIn.origin } })
    editor = new Editor(nodeRed)
    await nodeRed.deploy([
      { id: 'flow', type: 'tab', label: 'flow' },
      { id: 'catch', type: 'catch', ...place, z: 'flow', scope: null, wires: [['caught']] },
      sink('caught', 'flow'),
      ...COMBINATIONS.flatMap((combination, at) => reading(at, given(combination))),
      ...reading(MACHINE, { ...common(), grantType: 'managed_identity', clientId: '' }),
    ])
  })

  after(async () => {
    await nodeRed.dispose()
    await tenant.close()
    rmSync(folder, { recursive: true })
  })

  const place = { x: 0, y: 0 }
  const MACHINE = COMBINATIONS.length

  function common(): Record<string, unknown> {
    return {
      cloud: 'custom',
      tenant: tenantId,
      serviceUrl: `${tenant.graph.origin}/v1.0`,
      federatedTokenFile: join(folder, 'token'),
      maxRetries: 0,
    }
  }

  function given({ grantType, version, proof }: Combination): Record<string, unknown> {
    const base = `${tenant.signIn.origin}/${tenantId}/oauth2${version === 'v1' ? '' : '/v2.0'}`
    return {
      ...common(),
      authorizeUrl: `${base}/authorize`,
      tokenUrl: `${base}/token`,
      deviceCodeUrl: `${base}/devicecode`,
      grantType,
      endpointVersion: version,
      clientAuthentication: proof,
      clientId: clientOf(proof),
    }
  }

  function reading(at: number, settings: Record<string, unknown>): FlowNode[] {
    const read = { type: 'graph-odata', ...place, z: 'flow', entity: 'users', limit: 1 }
    return [
      { ...connectionNode(`c${at}`, settings), credentials: secrets },
      source(`in${at}`, 'flow', [`read${at}`]),
      { ...read, id: `read${at}`, connection: `c${at}`, wires: [[`out${at}`]] },
      sink(`out${at}`, 'flow'),
    ]
  }

  async function signIn(at: number, settings: Record<string, unknown>): Promise<void> {
    if (settings['grantType'] !== 'device_code') {
      const page = await editor.signIn(`c${at}`, settings)
      assert.equal(page.status, 200, page.text)
      return
    }
    const { body, text } = await editor.call('POST', `c${at}/device-sign-in`, { settings, secrets: {} })
    const [attempt, url, code] = ['attempt', 'verificationUrl', 'userCode'].map((name) => textAt(body, name))
    assert.ok(attempt !== undefined && url !== undefined && code !== undefined, text)
    await enterDeviceCode(url, code, adele)
    await until(async () => /"done"/.test((await editor.call('GET', `c${at}/sign-in/${attempt}`)).text))
  }

  /** One row arrives; returns how many tokens were asked for. */
  async function reads(at: number): Promise<number> {
    const { control } = tenant.signIn
    const [asked, arrived] = [control.tokenRequests.length, nodeRed.messages(`out${at}`).length]
    const caught = nodeRed.messages('caught').length
    nodeRed.send(`in${at}`, {})
    await until(
      () => nodeRed.messages(`out${at}`).length + nodeRed.messages('caught').length > arrived + caught,
    )
    const message = nodeRed.messages(`out${at}`)[arrived]
    assert.ok(message, JSON.stringify(nodeRed.messages('caught').at(-1)))
    const { payload, graph } = message
    assert.ok(Array.isArray(payload) && payload.length === 1 && isRecord(graph))
    assert.equal(graph['statusCode'], 200)
    return control.tokenRequests.length - asked
  }

  for (const [at, combination] of COMBINATIONS.entries()) {
    it(combination.title, async () => {
      const settings = given(combination)
      const person = ['authorization_code', 'device_code'].includes(combination.grantType)
      if (person) await signIn(at, settings)
      // The token that came with the sign-in serves at once.
      assert.equal(await reads(at), person ? 0 : 1)
      assert.equal(await reads(at), 0)
      tenant.graph.control.failNext('/users', { status: 401 })
      assert.equal(await reads(at), 1, 'a token that is refused is renewed once')
      const { status, version, grantType } = tenant.signIn.control.tokenRequests.at(-1) ?? {}
      assert.deepEqual(
        [status, version, grantType],
        [200, combination.version === 'v1' ? 1 : 2, person ? 'refresh_token' : combination.grantType],
      )
    })
  }

  const machines: readonly (readonly [string, () => Record<string, string>])[] = [
    ['the metadata service', () => ({})],
    [
      'App Service',
      () => ({
        IDENTITY_ENDPOINT: `${tenant.signIn.origin}/msi/token`,
        IDENTITY_HEADER: tenant.signIn.control.identityHeader,
      }),
    ],
    [
      'the older App Service',
      () => ({
        IDENTITY_ENDPOINT: '',
        MSI_ENDPOINT: `${tenant.signIn.origin}/msi/token`,
        MSI_SECRET: tenant.signIn.control.identityHeader,
      }),
    ],
  ]
  for (const [name, environment] of machines) {
    it(`managed_identity, ${name}`, async () => {
      await nodeRed.restart({ env: environment() })
      assert.equal(await reads(MACHINE), 1)
      assert.equal(await reads(MACHINE), 0)
    })
  }
})
