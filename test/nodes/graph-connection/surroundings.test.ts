import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apps } from '../../../sandbox/contoso/tenant'
import type { SignInService } from '../../../sandbox/sign-in/server'
import { revoke } from '../../../nodes/lib/oauth2/revoke'
import { rawConnection, settingsOf, startSignIn, webSecrets } from '../../lib/oauth2/local-sign-in'
import { startLocalProxy, type LocalProxy } from '../../support/local-proxy'
import { startLocalServer } from '../../support/local-server'
import { startNodeRed, type FlowNode, type NodeRedProcess } from '../../support/node-red-process'
import { selfSignedCertificate } from '../../support/self-signed-certificate'
import { connectionNode, Editor, megan } from './signing-in'

const secret = { clientSecret: apps.web.secrets[0] }

describe('a connection behind core’s proxy and TLS nodes', function () {
  this.timeout(60_000)

  const own = selfSignedCertificate()
  let secure: Server
  let proxy: LocalProxy
  let nodeRed: NodeRedProcess
  let editor: Editor
  let raw: Record<string, unknown>

  before(async () => {
    secure = createServer({ cert: own.certificate, key: own.key }, (req, res) => {
      req.resume()
      res.setHeader('content-type', 'application/json')
      const token = { access_token: 'opaque', token_type: 'Bearer', expires_in: 3600 }
      res.end(JSON.stringify(req.url === '/token' ? token : { value: [] }))
    })
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
    const origin = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`
    proxy = await startLocalProxy({ credentials: 'me:secret' })
    nodeRed = await startNodeRed({ env: { HTTPS_PROXY: 'http://127.0.0.1:9' } })
    editor = new Editor(nodeRed)
    raw = {
      cloud: 'custom',
      serviceUrl: `${origin}/odata`,
      tokenUrl: `${origin}/token`,
      grantType: 'client_credentials',
      clientId: 'client',
      scope: 's',
      maxRetries: 0,
      proxy: 'proxy',
      tls: 'tls',
    }
  })

  after(async () => {
    await nodeRed.dispose()
    await proxy.close()
    secure.close()
    secure.closeAllConnections()
  })

  const tls = (authority = own): FlowNode => ({
    id: 'tls',
    type: 'tls-config',
    name: '',
    cert: '',
    key: '',
    ca: '',
    certname: '',
    keyname: '',
    caname: 'ca.pem',
    servername: '',
    verifyservercert: true,
    alpnprotocol: '',
    credentials: { cadata: authority.certificate },
  })

  const proxyNode = (noproxy: readonly string[] = [], password = 'secret'): FlowNode => ({
    id: 'proxy',
    type: 'http proxy',
    name: '',
    url: proxy.url,
    noproxy,
    credentials: { username: 'me', password },
  })

  const outcome = async (...flows: FlowNode[]): Promise<string> => {
    await nodeRed.deploy([...flows, { ...connectionNode('c1', raw), credentials: secret }])
    return (await editor.call('POST', 'c1/test', {})).text
  }

  it('fetches token and data through the chosen proxy, with its password', async () => {
    assert.match(await outcome(proxyNode(), tls()), /"ok":true.*"status":200|"status":200.*"ok":true/)
    assert.equal(proxy.seen.length, 2)
    assert.match(await outcome(proxyNode([], 'wrong'), tls()), /proxyAuthentication/)
  })

  it('goes past it where its list says so', async () => {
    const before = proxy.seen.length
    assert.match(await outcome(proxyNode(['127.0.0.1']), tls()), /"status":200/)
    assert.equal(proxy.seen.length, before)
  })

  it('checks certificates as the TLS node says', async () => {
    assert.match(await outcome(proxyNode(['*']), tls(selfSignedCertificate())), /certificateRefused/)
  })

  it('goes nowhere when the proxy cannot be used', async () => {
    for (const url of ['socks5://127.0.0.1:1080', '']) {
      const text = await outcome({ ...proxyNode(), url }, tls())
      assert.match(text, /proxyInvalid.*http:\/\/ or https:\/\/.*"field":"proxy"/)
    }
  })

  it('goes nowhere with a key that its passphrase does not open', async () => {
    const locked = createPrivateKey(own.key)
      .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'right' })
      .toString()
    const [certname, keyname] = ['cert.pem', 'key.pem']
    const given = { ...tls(), certname, keyname }
    const pair = { cadata: own.certificate, certdata: own.certificate, keydata: locked }
    const wrong = { ...given, credentials: { ...pair, passphrase: 'wrong' } }
    assert.match(await outcome(proxyNode(['*']), wrong), /tlsUnusable.*ERR_OSSL.*"field":"tls"/)
    const right = { ...given, credentials: { ...pair, passphrase: 'right' } }
    assert.match(await outcome(proxyNode(['*']), right), /"status":200/)
  })

  it('goes nowhere when one of them is missing', async () => {
    const before = proxy.seen.length
    assert.match(await outcome(proxyNode()), /configNodeMissing.*"field":"tls"/)
    assert.match(await outcome(tls()), /configNodeMissing.*"field":"proxy"/)
    assert.equal(proxy.seen.length, before)
  })
})

describe('a sign-in where Node-RED stores elsewhere', function () {
  this.timeout(60_000)

  let service: SignInService
  let nodeRed: NodeRedProcess
  const folder = mkdtempSync(join(tmpdir(), 'storage-'))

  before(async () => {
    service = await startSignIn()
    // A storage module as a cloud's would be: everything in one place, nothing in the user directory.
    writeFileSync(
      join(folder, 'storage.js'),
      `const { existsSync, readFileSync, writeFileSync } = require('node:fs')
       const file = (name) => ${JSON.stringify(folder)} + '/' + name + '.json'
       const read = (name, otherwise) => existsSync(file(name)) ? JSON.parse(readFileSync(file(name), 'utf8')) : otherwise
       const both = (name, otherwise) => ({
         ['get' + name]: async () => read(name, otherwise),
         ['save' + name]: async (value) => writeFileSync(file(name), JSON.stringify(value)),
       })
       module.exports = { init: async () => {}, ...both('Flows', []), ...both('Credentials', {}), ...both('Settings', {}), ...both('Sessions', {}), getLibraryEntry: async () => [], saveLibraryEntry: async () => {} }`,
    )
    // Node-RED takes a text for a path beside its own modules.
    nodeRed = await startNodeRed({
      settings: { storageModule: `${'../'.repeat(20)}${join(folder, 'storage.js')}` },
    })
  })

  after(async () => {
    await nodeRed.dispose()
    await service.close()
    rmSync(folder, { recursive: true })
  })

  it('lies in its settings, and outlives a kill', async () => {
    const raw = rawConnection(service, { grantType: 'authorization_code' })
    const editor = new Editor(nodeRed)
    await nodeRed.deploy([{ ...connectionNode('c1', raw), credentials: secret }])
    await editor.signIn('c1', raw)
    const edited = { ...raw, clientId: apps.publicClient.clientId, clientAuthentication: 'none' }
    await editor.signIn('c1', edited, {}, megan)
    await nodeRed.kill()
    await nodeRed.restart()
    assert.match(JSON.stringify(await editor.tokenState('c1')), /"signedIn".*AdeleV@/)
    assert.ok(!existsSync(join(nodeRed.userDir, 'graph-connection')))
    await nodeRed.deploy([connectionNode('c1', edited)])
    assert.match(JSON.stringify(await editor.tokenState('c1')), /"signedIn".*MeganB@/)
    await nodeRed.deploy([{ id: 'tab', type: 'tab', label: 'tab' }])
    await nodeRed.deploy([connectionNode('c1', edited)])
    assert.equal((await editor.tokenState('c1'))['state'], 'signedOut')
  })
})

describe('signing out', () => {
  it('tells a service that can be told, at its own address only', async () => {
    const told: string[] = []
    let elsewhere = false
    const server = await startLocalServer((req, res) => {
      let body = ''
      req.on('data', (chunk: Buffer) => (body += chunk.toString()))
      req.on('end', () => {
        res.setHeader('content-type', 'application/json')
        if (req.url === '/realms/x/.well-known/openid-configuration') {
          const revocation = elsewhere ? 'http://127.0.0.1:9' : server.origin
          res.end(
            JSON.stringify({
              token_endpoint: `${server.origin}/realms/x/protocol/token`,
              revocation_endpoint: `${revocation}/revoke`,
            }),
          )
        } else if (req.url === '/revoke') {
          told.push(body)
          res.end('{}')
        } else res.writeHead(404).end()
      })
    })
    const service = await startSignIn()
    const revocation = {
      settings: { ...settingsOf(service), tokenUrl: `${server.origin}/realms/x/protocol/token` },
      secrets: webSecrets,
      refreshToken: 'the-token',
    }
    try {
      await revoke(revocation)
      assert.match(told[0] ?? '', /^token=the-token&token_type_hint=refresh_token&client_id=/)
      elsewhere = true
      await revoke(revocation)
      await revoke({ ...revocation, settings: settingsOf(service) })
      assert.equal(told.length, 1)
    } finally {
      await service.close()
      await server.close()
    }
  })
})
