import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:https'
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { HttpRequest, HttpResponse } from '../../../nodes/lib/http/http'
import { plainNetwork, proxyFor, type Network } from '../../../nodes/lib/http/network'
import { createTransport } from '../../../nodes/lib/http/transport'
import type { Problem } from '../../../nodes/lib/problem'
import { requestToken, type TokenEndpoint } from '../../../nodes/lib/oauth2/oauth2-client'
import { startLocalProxy, type LocalProxy, type LocalProxyOptions } from '../../support/local-proxy'
import { startLocalServer, type LocalServer } from '../../support/local-server'
import { selfSignedCertificate } from '../../support/self-signed-certificate'
import { until } from '../../support/until'

const own = selfSignedCertificate()
const MARKER = 'marker-of-a-token-5481'

describe('the way through the network', () => {
  let secure: Server
  let port: number
  let plain: LocalServer
  let requests: { readonly url: string; readonly certificate: string | undefined }[]
  let connections: number
  const closing: { close(): unknown }[] = []

  before(async () => {
    secure = createServer({
      cert: own.certificate,
      key: own.key,
      requestCert: true,
      rejectUnauthorized: false,
    })
    secure.on('request', (req, res) => {
      const { raw } = (req.socket as TLSSocket).getPeerCertificate()
      requests.push({ url: req.url ?? '', certificate: raw?.toString('base64') })
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify({ access_token: MARKER, token_type: 'Bearer', expires_in: 3600 }))
    })
    secure.on('secureConnection', () => (connections += 1))
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
    port = (secure.address() as AddressInfo).port
    plain = await startLocalServer((req, res) => res.end(req.url))
  })

  beforeEach(() => {
    requests = []
    connections = 0
  })

  afterEach(async () => {
    for (const item of closing.splice(0)) await item.close()
  })

  after(async () => {
    await plain.close()
    secure.close()
    secure.closeAllConnections()
  })

  const trusting: Network['tls'] = { ca: own.certificate }

  async function proxy(options: LocalProxyOptions = {}): Promise<LocalProxy> {
    const started = await startLocalProxy(options)
    closing.push(started)
    return started
  }

  function by({ url }: LocalProxy, changes: object = {}): Network {
    return { proxy: { url, noProxy: [], ...changes }, tls: trusting }
  }

  function request(url: string): HttpRequest {
    return {
      method: 'GET',
      url,
      headers: new Map([['authorization', `Bearer ${MARKER}`]]),
      signal: new AbortController().signal,
      timeout: 5_000,
      maxResponseSize: 1e6,
    }
  }

  async function get(url: string, network: Network): Promise<HttpResponse> {
    const transport = createTransport(network)
    closing.push(transport)
    return transport.send(request(url))
  }

  const service = (path = '/x'): string => `https://127.0.0.1:${port}${path}`

  async function token(network: Network): Promise<string> {
    const endpoint: TokenEndpoint = {
      tokenUrl: service('/token'),
      clientId: 'client',
      proof: { kind: 'secret', secret: MARKER },
      timeout: 5_000,
      maxRetries: 0,
      network,
    }
    const options = { purpose: { scope: 's' }, signal: new AbortController().signal }
    return (await requestToken(endpoint, { grant: 'client_credentials' }, options)).accessToken
  }

  it('is a tunnel for https, which the proxy cannot look into, for data and sign-in', async () => {
    const through = await proxy()
    await get(service(), by(through))
    assert.equal(await token(by(through)), MARKER)
    assert.deepEqual(through.seen, Array(2).fill(`CONNECT 127.0.0.1:${port}`))
    assert.ok(through.overheard().length > 500)
    assert.ok(!through.overheard().includes(MARKER))
  })

  it('keeps a tunnel open for the next request', async () => {
    const through = await proxy()
    const transport = createTransport(by(through))
    closing.push(transport)
    for (let round = 0; round < 5; round += 1) await transport.send(request(service()))
    assert.equal(connections, 1)
    assert.equal(through.seen.length, 1)
  })

  it('is a whole address for plain http', async () => {
    const far = 'service.test:80'
    const through = await proxy({ places: { 'service.test': Number(new URL(plain.origin).port) } })
    const { body } = await get("http://service.test/a'b?$filter=x", by(through))
    assert.equal(body.toString(), "/a'b?$filter=x")
    assert.deepEqual(through.seen, ["GET http://service.test/a'b?$filter=x"], far)
  })

  it('shows the proxy its password, and nobody else', async () => {
    const through = await proxy({ credentials: 'me:secret' })
    await get(service(), by(through, { username: 'me', password: 'secret' }))
    const inUrl = by(through, { url: through.url.replace('//', '//me:secret@') })
    assert.equal(await token(inUrl), MARKER)
  })

  for (const [what, options, code] of [
    ['wants a password', { credentials: 'me:secret' }, 'proxyAuthentication'],
    ['forbids the service', { refuse: 403 }, 'proxyRefused'],
    ['cannot reach the service', { refuse: 502 }, 'proxyRefused'],
  ] as const) {
    it(`says so when the proxy ${what}`, async () => {
      const network = by(await proxy(options))
      await assert.rejects(get(service(), network), { code })
      await assert.rejects(token(network), { code })
      const open = get('http://service.test/x', network)
      if (code === 'proxyAuthentication') await assert.rejects(open, { code })
      else assert.equal((await open).status, options.refuse)
    })
  }

  it('says so when the proxy is not there', async () => {
    const network: Network = { proxy: { url: 'http://127.0.0.1:9', noProxy: [] }, tls: trusting }
    await assert.rejects(get(service(), network), { code: 'proxyUnreachable' })
    await assert.rejects(token(network), { code: 'proxyUnreachable' })
  })

  it('gives up a tunnel that is never through when the client closes or the caller aborts', async () => {
    const silent = await startLocalServer(() => undefined)
    closing.push(silent)
    silent.server.on('connect', () => undefined)
    const network: Network = { proxy: { url: silent.origin, noProxy: [] }, tls: trusting }
    const transport = createTransport(network)
    const waiting = transport.send(request(service()))
    setTimeout(() => transport.close(), 50)
    await assert.rejects(waiting)
    await assert.rejects(transport.send({ ...request(service()), signal: AbortSignal.timeout(50) }))
    transport.close()
  })

  describe('with a proxy that is itself reached over TLS', () => {
    const secured = { certificate: own, credentials: 'me:secret' }
    const mine = { username: 'me', password: 'secret' }

    it('is a tunnel in a tunnel for https', async () => {
      const through = await proxy(secured)
      await get(service(), by(through, mine))
      assert.equal(await token(by(through, mine)), MARKER)
      assert.deepEqual(through.seen, Array(2).fill(`CONNECT 127.0.0.1:${port}`))
      assert.ok(!through.overheard().includes(MARKER))
    })

    it('shows nobody on the way the password of the proxy, for plain http either', async () => {
      const through = await proxy({
        ...secured,
        places: { 'service.test': Number(new URL(plain.origin).port) },
      })
      const wire = await startListener(Number(new URL(through.url).port))
      closing.push(wire)
      const network = by({ ...through, url: wire.url }, mine)
      const { body } = await get('http://service.test/x', network)
      assert.equal(body.toString(), '/x')
      await get(service(), network)
      assert.ok(wire.heard().length > 500)
      const credentials = Buffer.from('me:secret').toString('base64')
      for (const secret of ['service.test', 'CONNECT', 'Proxy-Authorization', credentials]) {
        assert.ok(!wire.heard().includes(secret), secret)
      }
    })

    it('refuses one that nobody vouches for', async () => {
      const network: Network = { ...by(await proxy(secured), mine), tls: {} }
      for (const url of [service(), 'http://service.test/x']) {
        await assert.rejects(get(url, network), { code: 'proxyUnreachable' })
      }
    })
  })

  it('is never left out because the proxy cannot be used', async () => {
    const wrong = ['socks5://127.0.0.1:1080', '', 'http://', 'http://me:se/cret@p:x', 'ftp://p']
    for (const url of wrong) {
      const network: Network = { proxy: { url, noProxy: [] }, tls: trusting }
      for (const attempt of [get(service(), network), get('http://service.test/', network), token(network)]) {
        await assert.rejects(attempt, (error: Problem) => {
          assert.equal(error.code, 'proxyInvalid', url)
          assert.equal(error.values['field'], 'proxy')
          assert.ok(!error.message.includes('cret'), error.message)
          return true
        })
      }
    }
    assert.equal(connections, 0)
    const environment = { all_proxy: 'socks5://p:1' }
    assert.throws(() => proxyFor(new URL('https://x/'), plainNetwork, environment), { code: 'proxyInvalid' })
  })

  it('leaves no socket of a handshake that stalls inside the tunnel, when the client closes or the caller aborts', async () => {
    const silent = createTcpServer()
    const held = new Set<Socket>()
    silent.on('connection', (socket) => {
      held.add(socket)
      socket.on('error', () => undefined).once('close', () => held.delete(socket))
      socket.resume()
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    closing.push(silent)
    const through = await proxy()
    const transport = createTransport(by(through))
    closing.push(transport)
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/x`
    const stalled = async (): Promise<void> => until(() => held.size === 1 && through.open() === 1)
    const gone = async (): Promise<void> => until(() => held.size === 0 && through.open() === 0)

    const stop = new AbortController()
    const aborted = assert.rejects(transport.send({ ...request(url), signal: stop.signal }))
    await stalled()
    stop.abort()
    await aborted
    await gone()

    const late = transport.send({ ...request(url), timeout: 100 })
    await assert.rejects(late, { code: 'timeout' })
    await gone()

    const closed = assert.rejects(transport.send(request(url)))
    await stalled()
    transport.close()
    await closed
    await gone()

    const asked = new AbortController()
    const endpoint = {
      tokenUrl: url,
      clientId: 'c',
      proof: { kind: 'none' },
      timeout: 5_000,
      maxRetries: 0,
    } as const
    const options = { purpose: { scope: 's' }, signal: asked.signal }
    const signingIn = assert.rejects(
      requestToken({ ...endpoint, network: by(through) }, { grant: 'client_credentials' }, options),
    )
    await stalled()
    asked.abort()
    await signingIn
    await gone()
  })

  it('goes where the environment says, past NO_PROXY, but never away with plain http to this machine', () => {
    const environment = {
      HTTPS_PROXY: 'http://p:1',
      http_proxy: 'p:2',
      NO_PROXY: '.local, 10.0.0.1:444,x.org',
    }
    const chosen = (url: string): string | undefined =>
      proxyFor(new URL(url), plainNetwork, environment)?.url.host
    assert.equal(chosen('https://graph.microsoft.com/'), 'p:1')
    assert.equal(chosen('http://service.test/'), 'p:2')
    for (const url of ['https://a.local/', 'https://10.0.0.1:444/', 'https://x.org/', 'http://localhost/']) {
      assert.equal(chosen(url), undefined, url)
    }
    assert.equal(chosen('https://10.0.0.1/'), 'p:1')
    assert.equal(chosen('https://notx.org/'), 'p:1')
    const all = { ...environment, NO_PROXY: '*' }
    assert.equal(proxyFor(new URL('https://x/'), plainNetwork, all), undefined)
    assert.equal(proxyFor(new URL('https://x/'), { proxy: 'none', tls: {} }, environment), undefined)
  })

  it('trusts an own authority and shows a client certificate, directly and in a tunnel', async () => {
    const client = selfSignedCertificate()
    const tls = { ...trusting, cert: client.certificate, key: client.key }
    for (const network of [{ proxy: 'none', tls } as Network, { ...by(await proxy()), tls }]) {
      requests = []
      await get(service(), network)
      await token(network)
      for (const { certificate } of requests) assert.equal(certificate, client.der.toString('base64'))
      assert.equal(requests.length, 2)
    }
  })

  it('refuses a certificate that nobody vouches for', async () => {
    const network: Network = { proxy: 'none', tls: {} }
    await assert.rejects(get(service(), network), { code: 'certificateRefused' })
    await assert.rejects(token(network), { code: 'certificateRefused' })
    const through = { ...by(await proxy()), tls: {} }
    await assert.rejects(get(service(), through), { code: 'certificateRefused' })
    await assert.rejects(token(through), { code: 'certificateRefused' })
  })
})

/** Stands on the way to a port of this machine, and writes down what goes there. */
async function startListener(
  port: number,
): Promise<{ readonly url: string; heard(): string; close(): unknown }> {
  let heard = ''
  const server = createTcpServer((socket) => {
    const onward = connect(port, '127.0.0.1')
    socket.on('data', (bytes) => (heard += bytes.toString('latin1')))
    socket.pipe(onward).pipe(socket)
    socket.on('error', () => onward.destroy())
    onward.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port: own } = server.address() as AddressInfo
  return { url: `https://127.0.0.1:${own}`, heard: () => heard, close: () => server.close() }
}
