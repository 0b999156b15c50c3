import { request as httpRequest, type ClientRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import type { ProxyServer, TlsSettings } from './network'

const PATIENCE = 30_000

/** A failure between here and the proxy, or the proxy's own refusal: the service has seen nothing. */
export class ProxyFailure extends Error {
  /** `PROXY_407`, `PROXY_502`, `PROXY_ECONNREFUSED` ... */
  readonly code: string

  constructor(reason: string | number) {
    super('proxy')
    this.code = `PROXY_${reason}`
  }
}

/** Digs tunnels through proxies, and gives up those that are not through yet when their owner closes. */
export class Tunnels {
  readonly #authorities: Pick<TlsSettings, 'ca' | 'rejectUnauthorized'>
  readonly #digging = new Set<ClientRequest>()

  /** Of the owner's TLS settings the authorities hold for the proxy too; its client certificate is the service's. */
  constructor({ ca, rejectUnauthorized }: TlsSettings) {
    this.#authorities = {
      ...(ca === undefined ? {} : { ca }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    }
  }

  /** @throws ProxyFailure */
  async open({ url, authorization }: ProxyServer, target: URL): Promise<Duplex> {
    const place = `${target.hostname}:${target.port || 443}`
    const options: RequestOptions = {
      method: 'CONNECT',
      host: url.hostname.replace(/^\[|\]$/gu, ''),
      port: url.port || (url.protocol === 'https:' ? 443 : 80),
      path: place,
      agent: false,
      timeout: PATIENCE,
      headers: { host: place },
    }
    const request =
      url.protocol === 'https:' ? httpsRequest({ ...options, ...this.#authorities }) : httpRequest(options)
    if (authorization !== undefined) request.setHeader('Proxy-Authorization', authorization)
    this.#digging.add(request)
    try {
      return await through(request)
    } finally {
      this.#digging.delete(request)
    }
  }

  destroy(): void {
    for (const request of this.#digging) request.destroy()
  }
}

async function through(request: ClientRequest): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const give = (reason: string | number): void => {
      reject(new ProxyFailure(reason))
      request.destroy()
    }
    request.once('connect', ({ statusCode = 0 }, socket) => {
      request.setTimeout(0)
      if (statusCode >= 200 && statusCode < 300) {
        resolve(socket)
        return
      }
      reject(new ProxyFailure(statusCode))
      socket.destroy()
    })
    request.once('response', ({ statusCode = 0 }) => give(statusCode))
    request.once('timeout', () => give('ETIMEDOUT'))
    request.once('error', (error) => give('code' in error ? String(error.code) : 'ECONNRESET'))
    request.end()
  })
}
