import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A real HTTP server of a test's own. */
export interface LocalServer {
  readonly origin: string
  readonly server: Server
  /** Sockets that were opened since the start. */
  connections(): number
  close(): Promise<void>
}

export async function startLocalServer(listener: RequestListener): Promise<LocalServer> {
  const server = createServer(listener)
  const open = new Set<Socket>()
  let opened = 0
  server.on('connection', (socket) => {
    opened += 1
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    server,
    connections: () => opened,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}
