import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { connect, type AddressInfo, type Socket } from 'node:net'

/** A real HTTP proxy of a test's own: CONNECT tunnels and absolute addresses, over TLS if need be. */
export interface LocalProxy {
  readonly url: string
  /** What it was asked for: `CONNECT host:port`, or method and address. */
  readonly seen: readonly string[]
  /** Every byte that it could read of what went through a tunnel, as text. */
  overheard(): string
  /** Connections that are open. */
  open(): number
  close(): Promise<void>
}

export interface LocalProxyOptions {
  /** What Proxy-Authorization has to say, `user:password`. */
  readonly credentials?: string
  /** Speaks TLS with this certificate. */
  readonly certificate?: { readonly certificate: string; readonly key: string }
  /** Answers this instead of doing its work. */
  readonly refuse?: number
  /** Where hosts of a test really are: `host:port` of the address to port on this machine. */
  readonly places?: Readonly<Record<string, number>>
}

export async function startLocalProxy(options: LocalProxyOptions = {}): Promise<LocalProxy> {
  const { credentials, refuse, places = {}, certificate } = options
  const seen: string[] = []
  const open = new Set<Socket>()
  let overheard = ''
  const server =
    certificate === undefined
      ? createServer()
      : createSecureServer({ cert: certificate.certificate, key: certificate.key })
  const statusFor = (req: IncomingMessage): number => {
    const wanted = `Basic ${Buffer.from(credentials ?? '').toString('base64')}`
    if (credentials !== undefined && req.headers['proxy-authorization'] !== wanted) return 407
    return refuse ?? 200
  }
  const portOf = (host: string): number => places[host] ?? Number(host.split(':').at(-1))
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.on('connect', (req, socket, head) => {
    seen.push(`CONNECT ${req.url ?? ''}`)
    const status = statusFor(req)
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    const target = connect(portOf(req.url ?? ''), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      target.write(head)
      socket.pipe(target)
      target.pipe(socket)
    })
    socket.on('data', (bytes: Buffer) => (overheard += bytes.toString('latin1')))
    target.once('error', () => socket.end('HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n'))
    socket.on('error', () => target.destroy())
    socket.once('close', () => target.destroy())
  })
  server.on('request', (req, res) => {
    seen.push(`${req.method ?? ''} ${req.url ?? ''}`)
    const status = statusFor(req)
    if (status !== 200) {
      res.writeHead(status).end()
      return
    }
    const url = new URL(req.url ?? '')
    const { 'proxy-authorization': _, ...headers } = req.headers
    const onward = httpRequest(
      {
        host: '127.0.0.1',
        port: portOf(url.host),
        method: req.method,
        path: `${url.pathname}${url.search}`,
        headers,
      },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(res)
      },
    )
    req.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    seen,
    overheard: () => overheard,
    open: () => open.size,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}
