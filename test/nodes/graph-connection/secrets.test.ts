import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startTenant, type LocalTenant } from '../../../sandbox'
import { apps, demoPassword, tenantId } from '../../../sandbox/contoso/tenant'
import { textAt } from '../../../nodes/lib/records'
import { foreignAssertion } from '../../lib/oauth2/signing-in'
import { enterDeviceCode, signInAs } from '../../support/browserless-sign-in'
import { startLocalProxy, type LocalProxy } from '../../support/local-proxy'
import {
  sink,
  source,
  startNodeRed,
  type FlowNode,
  type NodeRedProcess,
} from '../../support/node-red-process'
import { selfSignedCertificate } from '../../support/self-signed-certificate'
import { adele, connectionNode, Editor, filesOf } from './signing-in'

/** Secrets that stand out wherever they turn up. */
const MARKERS = {
  secret: 'marker-client-secret-8f3a',
  wrong: 'marker-wrong-secret-51bc',
  passphrase: 'marker-passphrase-77de',
  password: 'marker-wrong-password-20aa',
  proxy: 'marker-proxy-password-9c1d',
}

describe('secrets and tokens', function () {
  this.timeout(90_000)

  let tenant: LocalTenant
  let proxy: LocalProxy
  let nodeRed: NodeRedProcess
  let editor: Editor
  const folder = mkdtempSync(join(tmpdir(), 'federated-'))
  /** Everything that anybody was told over the admin API. */
  const answers: string[] = []
  /** Every secret and token there was. */
  const hidden = new Set<string>([
    ...Object.values(MARKERS),
    Buffer.from(`me:${MARKERS.proxy}`).toString('base64'),
  ])

  before(async () => {
    tenant = await startTenant({ accessTokenLifetime: 1 })
    tenant.signIn.control.deviceCodeInterval = 0.1
    proxy = await startLocalProxy({ credentials: `me:${MARKERS.proxy}` })
    tenant.signIn.control.registerApp({ ...apps.web, secrets: [MARKERS.secret] })
    tenant.signIn.control.watchTokens((token) => hidden.add(token))
  })

  after(async () => {
    await nodeRed?.dispose()
    await proxy.close()
    await tenant.close()
    rmSync(folder, { recursive: true })
  })

  it('stand nowhere, whatever the grant and whatever goes wrong', async () => {
    const { certificate, key } = selfSignedCertificate()
    const lockedKey = createPrivateKey(key)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: MARKERS.passphrase })
      .toString()
    for (const text of [key, lockedKey]) hidden.add(text.split('\n')[3] ?? '')
    assert.ok(new X509Certificate(certificate))
    const { control } = tenant.signIn
    control.registerCertificate(apps.web.clientId, certificate)
    const [issuer, subject] = ['https://cluster.example', 'node-red']
    const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
    control.registerFederatedCredential(apps.web.clientId, { issuer, subject, publicKey })
    const assertion = foreignAssertion(createPrivateKey(key), issuer, subject)
    hidden.add(assertion)

    const base = `${tenant.signIn.origin}/${tenantId}/oauth2/v2.0`
    const raw = {
      cloud: 'custom',
      tenant: tenantId,
      serviceUrl: `${tenant.graph.origin}/v1.0`,
      authorizeUrl: `${base}/authorize`,
      tokenUrl: `${base}/token`,
      deviceCodeUrl: `${base}/devicecode`,
      clientId: apps.web.clientId,
      maxRetries: 0,
    }
    const secret = { clientSecret: MARKERS.secret }
    const person = { username: adele.userPrincipalName, password: demoPassword }
    hidden.add(demoPassword)
    const keyed = { certificate, privateKey: lockedKey, passphrase: MARKERS.passphrase }
    const connections: Record<string, [Record<string, unknown>, Record<string, string>]> = {
      code: [{ grantType: 'authorization_code' }, secret],
      device: [{ grantType: 'device_code' }, secret],
      app: [{ grantType: 'client_credentials' }, secret],
      appKeyed: [{ grantType: 'client_credentials', clientAuthentication: 'certificate' }, keyed],
      appFederated: [{ grantType: 'client_credentials', clientAuthentication: 'federated' }, {}],
      machine: [{ grantType: 'managed_identity', clientId: '' }, {}],
      password: [{ grantType: 'password' }, { ...secret, ...person }],
      v1: [
        {
          grantType: 'client_credentials',
          endpointVersion: 'v1',
          tokenUrl: `${tenant.signIn.origin}/${tenantId}/oauth2/token`,
        },
        secret,
      ],
      wrongSecret: [{ grantType: 'client_credentials' }, { clientSecret: MARKERS.wrong }],
      wrongPassword: [{ grantType: 'password' }, { ...secret, ...person, password: MARKERS.password }],
      wrongPassphrase: [
        { grantType: 'client_credentials', clientAuthentication: 'certificate' },
        { ...keyed, passphrase: MARKERS.wrong },
      ],
      wrongAddress: [{ grantType: 'client_credentials', tokenUrl: 'http://127.0.0.1:9/token' }, secret],
      proxied: [
        { grantType: 'client_credentials', tokenUrl: 'https://127.0.0.1:9/token', proxy: 'proxy' },
        secret,
      ],
      wrongGraph: [
        {
          grantType: 'client_credentials',
          serviceUrl: 'http://127.0.0.1:9/v1.0',
          scope: `${tenant.graph.origin}/.default`,
        },
        secret,
      ],
    }
    const names = Object.keys(connections)
    const place = { x: 0, y: 0, z: 'flow' }
    const flows: FlowNode[] = [
      { id: 'flow', type: 'tab', label: 'flow' },
      {
        id: 'proxy',
        type: 'http proxy',
        name: '',
        url: proxy.url,
        noproxy: [],
        credentials: { username: 'me', password: MARKERS.proxy },
      },
      ...names.flatMap((name): FlowNode[] => {
        const [changes, credentials] = connections[name] ?? [{}, {}]
        return [
          { ...connectionNode(`c-${name}`, { ...raw, ...changes }), credentials },
          {
            id: `n-${name}`,
            type: 'graph-odata',
            ...place,
            connection: `c-${name}`,
            entity: 'users',
            limit: 3,
            wires: [['keep']],
          },
        ]
      }),
      source(
        'in',
        'flow',
        names.map((name) => `n-${name}`),
      ),
      // Whatever arrives is also put into every context, which ends up in files.
      {
        ...sink('out', 'flow'),
        func: `flow.set('m' + Math.random(), msg, 'disk'); global.set('m' + Math.random(), msg, 'disk'); global.get('testSink')('out', msg)`,
      },
      { id: 'keep', type: 'junction', ...place, wires: [['out']] },
      { id: 'catch', type: 'catch', ...place, scope: null, wires: [['out']] },
      { id: 'status', type: 'status', ...place, scope: null, wires: [['out']] },
      {
        id: 'complete',
        type: 'complete',
        ...place,
        scope: names.map((name) => `n-${name}`),
        wires: [['out']],
      },
    ]
    nodeRed = await startNodeRed({
      settings: {
        logging: { console: { level: 'trace', metrics: true, audit: true } },
        contextStorage: {
          default: { module: 'memory' },
          disk: { module: 'localfilesystem', config: { flushInterval: 0 } },
        },
      },
      env: {
        DEBUG: '*',
        NODE_DEBUG: 'http,https,net,tls',
        AZURE_POD_IDENTITY_AUTHORITY_HOST: tenant.signIn.origin,
        AZURE_FEDERATED_TOKEN_FILE: join(folder, 'token'),
      },
    })
    writeFileSync(join(folder, 'token'), assertion)
    await nodeRed.deploy(flows)
    editor = new Editor(nodeRed)
    const call = async (method: string, path: string, body?: unknown): Promise<string> => {
      const { text } = await editor.call(method, path, body)
      answers.push(text)
      return text
    }
    const settingsOf = (name: string): Record<string, unknown> => ({ ...raw, ...connections[name]?.[0] })

    // People sign in, by browser and by device, and one sign-in goes wrong.
    const { attempt, authorizeUrl } = await editor.begin('c-code', settingsOf('code'))
    answers.push(authorizeUrl)
    const back = await signInAs(authorizeUrl, adele)
    for (const cookie of editor.jar.values()) hidden.add(cookie)
    hidden.add(back.searchParams.get('code') ?? 'none')
    answers.push((await editor.comeBack(back)).text, (await editor.comeBack(back)).text)
    await call('GET', `c-code/sign-in/${attempt}`)
    const begun = JSON.parse(
      await call('POST', 'c-device/device-sign-in', { settings: settingsOf('device'), secrets: {} }),
    ) as unknown
    await enterDeviceCode(textAt(begun, 'verificationUrl') ?? '', textAt(begun, 'userCode') ?? '', adele)
    for (let turn = 0; turn < 30; turn += 1) {
      if (/"done"/.test(await call('GET', `c-device/sign-in/${textAt(begun, 'attempt') ?? ''}`))) break
      await delay(200)
    }

    // Each connection reads, several times over its token's end, and is looked at by every route.
    const inAndOut = async (round: number): Promise<void> => {
      nodeRed.send('in', { round })
      for (const name of names) {
        const settings = settingsOf(name)
        await call('GET', `c-${name}/token-state`)
        await call('POST', `c-${name}/token-state`, { settings, secrets: {} })
        await call('POST', `c-${name}/test`, {})
        await call('POST', `c-${name}/test`, { settings, secrets: { clientSecret: MARKERS.wrong } })
        await call('POST', `c-${name}/admin-consent`, { settings, secrets: {}, editorUrl: editor.url })
      }
    }
    await inAndOut(1)
    await delay(1_000)
    await inAndOut(2)
    // Failures of every kind, at both services; some echo what they were sent.
    const echo = JSON.stringify({
      error: 'invalid_grant',
      error_description: `AADSTS70000: ${MARKERS.secret} is not it.`,
    })
    for (const canned of [{ status: 500, body: '<html>' }, { status: 429 }, { status: 200, drop: true }]) {
      await delay(1_000)
      control.answerNextTokenRequests(canned, 8)
      nodeRed.send('in', {})
      await delay(300)
      while (control.takeCannedAnswer() !== undefined);
    }
    await delay(1_000)
    control.answerNextTokenRequests({ status: 400, contentType: 'application/json', body: echo })
    assert.match(await call('POST', 'c-app/test', {}), /\*\*\* is not it/)
    for (const fault of [
      { status: 401 },
      { status: 503 },
      { status: 302, headers: { location: 'http://127.0.0.1:9/' } },
      'reset',
    ] as const) {
      tenant.graph.control.failNext('/', fault, 8)
      nodeRed.send('in', {})
      await delay(300)
      tenant.graph.control.reset()
    }
    control.revokeRefreshTokens(adele.userPrincipalName)
    await delay(1_000)
    await inAndOut(3)
    await call('DELETE', 'c-device/sign-in')
    for (const path of ['/flows', '/settings', '/context/global', '/context/flow/flow', '/nodes']) {
      answers.push(await (await nodeRed.adminFetch(path)).text())
    }
    for (const name of names) {
      answers.push(await (await nodeRed.adminFetch(`/credentials/graph-connection/c-${name}`)).text())
    }
    await nodeRed.stop()

    assert.ok(nodeRed.messages('out').length > 100, String(nodeRed.messages('out').length))
    assert.ok(hidden.size > 60, String(hidden.size))
    assert.match(nodeRed.log(), /HTTP \d+/)
    search([
      ['answers', answers.join('\n')],
      ['log', ownLines(nodeRed.log())],
      ['messages', JSON.stringify(nodeRed.messages('out'))],
      ...filesOf(nodeRed.userDir).map(({ path, text }) => [path, text] as const),
    ])
  })

  function search(places: readonly (readonly [string, string])[]): void {
    for (const [place, text] of places) {
      for (const found of hidden) {
        const at = text.indexOf(found)
        const around = text.slice(Math.max(0, at - 200), at + 40)
        assert.equal(at, -1, `${place}: ${found.slice(0, 30)} in ${around}`)
      }
    }
  }
})

/** express prints each address that is asked for under DEBUG, also the callback's with its code, which is spent by then. */
function ownLines(log: string): string {
  return log
    .split('\n')
    .filter((line) => !/express:\w+ .*\/graph-connection\/callback\?/u.test(line))
    .join('\n')
}
