import assert from 'node:assert/strict'
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Tunnels } from '../../../nodes/lib/http/tunnel'

/** Has Node.js collect garbage now. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

describe('a tunnel', () => {
  const sockets = new Set<Socket>()
  let server: Server
  let proxy: { readonly url: URL; readonly authorization: undefined }

  before(async () => {
    server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    proxy = { url: new URL(`http://127.0.0.1:${port}`), authorization: undefined }
  })
  after(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  const dig = async (tunnels: Tunnels, givenUp = new AbortController().signal): Promise<unknown> =>
    tunnels.dig(proxy, new URL('https://service'), () => assert.fail('is not through'), givenUp)

  it('is given up after its time where the proxy says nothing, whatever garbage is collected', async () => {
    const collect = collector()
    const collecting = setInterval(collect, 20)
    try {
      await assert.rejects(dig(new Tunnels({}, 300)), { code: 'PROXY_ETIMEDOUT' })
    } finally {
      clearInterval(collecting)
    }
  })

  it('ends with who asked for it, and with its owner', async () => {
    const stop = new AbortController()
    const tunnels = new Tunnels({})
    const asked = assert.rejects(dig(tunnels, stop.signal), { code: 'PROXY_ECONNRESET' })
    const owned = assert.rejects(dig(tunnels), { code: 'PROXY_ECONNRESET' })
    stop.abort()
    await asked
    tunnels.destroy()
    await owned
  })
})
