import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Network } from '../../../nodes/lib/http/network'
import { startLocalProxy, type LocalProxy } from '../../support/local-proxy'
import { startLocalServer, type LocalServer } from '../../support/local-server'
import { selfSignedCertificate } from '../../support/self-signed-certificate'
import type { NoisyRequest } from './noisy-process'

const MARKERS = {
  token: 'marker-of-a-token-5481',
  passphrase: 'marker-of-a-passphrase-2240',
  password: 'marker-of-a-proxy-7731',
}

describe('the debug output of Node and of packages', () => {
  const own = selfSignedCertificate()
  const lockedKey = createPrivateKey(own.key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: MARKERS.passphrase })
    .toString()
  let secure: Server
  let secureOrigin: string
  let plain: LocalServer
  let proxy: LocalProxy

  before(async () => {
    secure = createServer({ cert: own.certificate, key: own.key }, (req, res) => {
      req.resume()
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify({ access_token: 'x' }))
    })
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
    secureOrigin = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`
    plain = await startLocalServer((_, res) => {
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify({ access_token: 'x' }))
    })
    const places = { 'service.test': Number(new URL(plain.origin).port) }
    proxy = await startLocalProxy({ credentials: `me:${MARKERS.password}`, places })
  })

  after(async () => {
    await proxy.close()
    await plain.close()
    secure.close()
    secure.closeAllConnections()
  })

  it('holds no token, key or password, whether one goes directly or by a proxy', async () => {
    const { token, password, passphrase } = MARKERS
    const tls = { ca: own.certificate, cert: own.certificate, key: lockedKey, passphrase }
    const direct: Network = { proxy: 'none', tls }
    const proxied: Network = { proxy: { url: proxy.url, username: 'me', password, noProxy: [] }, tls }
    const said = await debugOutput([
      { origin: plain.origin, network: direct, token },
      { origin: secureOrigin, network: direct, token },
      { origin: secureOrigin, network: proxied, token },
      { origin: 'http://service.test', network: proxied, token },
    ])
    assert.equal(proxy.seen.length, 4)
    assert.ok(said.length > 10_000, said)
    const credentials = Buffer.from(`me:${password}`).toString('base64')
    for (const secret of [...Object.values(MARKERS), credentials, lockedKey.split('\n')[3] ?? 'none']) {
      const line = said.split('\n').find((text) => text.includes(secret))
      assert.equal(line, undefined)
    }
  })
})

/** What a process says that was told to say everything. */
async function debugOutput(requests: readonly NoisyRequest[]): Promise<string> {
  const child = fork(join(__dirname, 'noisy-process.js'), {
    env: { ...process.env, DEBUG: '*', NODE_DEBUG: 'http,https,net,tls' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text: Buffer) => (said += text.toString()))
  }
  const ended = once(child, 'close')
  child.send(requests)
  const [code] = (await ended) as [number | null]
  assert.equal(code, 0, said)
  return said
}
