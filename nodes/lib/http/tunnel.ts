import { request as httpRequest, type ClientRequest } from 'node:http'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectSecure, type TLSSocket } from 'node:tls'
import { errorCode } from '../error-code'
import type { ProxyServer, TlsSettings } from './network'

/** Milliseconds for all that happens before a request can be sent. */
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

/** Connections to and through proxies. What is not through yet ends with its owner, or with who asked for it. */
export class Tunnels {
  readonly #authorities: Pick<TlsSettings, 'ca' | 'rejectUnauthorized'>
  readonly #patience: number
  #open = new AbortController()

  /** Of the owner's TLS settings the authorities hold for the proxy too; its client certificate is the service's. */
  constructor({ ca, rejectUnauthorized }: TlsSettings, patience = PATIENCE) {
    this.#patience = patience
    this.#authorities = {
      ...(ca === undefined ? {} : { ca }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    }
  }

  /**
   * A connection to the proxy itself, over TLS where its address is https: what it is told may be secret.
   * @throws ProxyFailure
   */
  async reach(proxy: ProxyServer, givenUp: AbortSignal): Promise<Socket> {
    return this.#within(givenUp, async (end) => this.#reach(proxy, end))
  }

  /**
   * A tunnel to the target (RFC 9110, 9.3.6) in which `secure` has agreed upon TLS: only what was really shaken hands
   * on may count as sent.
   * @throws ProxyFailure, or what the handshake came to grief on.
   */
  async dig(
    proxy: ProxyServer,
    target: URL,
    secure: (socket: Socket) => TLSSocket,
    givenUp: AbortSignal,
  ): Promise<TLSSocket> {
    return this.#within(givenUp, async (end) => {
      const socket = await this.#reach(proxy, end)
      try {
        await through(connectRequest(proxy, target, socket), end)
        return await ready(secure(socket), 'secureConnect', end)
      } catch (error) {
        socket.destroy()
        throw error
      }
    })
  }

  destroy(): void {
    this.#open.abort()
    this.#open = new AbortController()
  }

  /** By a timer: a collection of garbage takes a signal that waits for its time in `AbortSignal.any` (Node.js 20). */
  async #within<Result>(givenUp: AbortSignal, work: (end: AbortSignal) => Promise<Result>): Promise<Result> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new DOMException('proxy', 'TimeoutError')), this.#patience)
    try {
      return await work(AbortSignal.any([givenUp, this.#open.signal, late.signal]))
    } finally {
      clearTimeout(timer)
    }
  }

  async #reach({ url }: ProxyServer, end: AbortSignal): Promise<Socket> {
    const host = bare(url.hostname)
    const secure = url.protocol === 'https:'
    const port = Number(url.port || (secure ? 443 : 80))
    try {
      return secure
        ? await ready(
            connectSecure({ ...this.#authorities, host, port, ...nameOf(url) }),
            'secureConnect',
            end,
          )
        : await ready(connectPlain({ host, port }), 'connect', end)
    } catch (error) {
      throw error instanceof ProxyFailure ? error : new ProxyFailure(errorCode(error))
    }
  }
}

function connectRequest({ authorization }: ProxyServer, target: URL, socket: Socket): ClientRequest {
  const place = `${target.hostname}:${target.port || 443}`
  return httpRequest({
    method: 'CONNECT',
    path: place,
    createConnection: () => socket,
    headers: {
      host: place,
      ...(authorization === undefined ? {} : { 'Proxy-Authorization': authorization }),
    },
  })
}

/** @throws ProxyFailure where the proxy does not open a way to the target. */
async function through(request: ClientRequest, end: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const give = (reason: string | number): void => {
      end.removeEventListener('abort', stop)
      reject(new ProxyFailure(reason))
      request.destroy()
    }
    const stop = (): void => give(whyEnded(end))
    end.addEventListener('abort', stop, { once: true })
    request.once('connect', ({ statusCode = 0 }) => {
      if (statusCode < 200 || statusCode >= 300) {
        give(statusCode)
        return
      }
      end.removeEventListener('abort', stop)
      resolve()
    })
    request.once('response', ({ statusCode = 0 }) => give(statusCode))
    request.on('error', (error) => give(errorCode(error)))
    request.end()
  })
}

/** As node:net says it of a connection that ended before it stood. */
class Cut extends Error {
  readonly code = 'ECONNRESET'
}

async function ready<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  end: AbortSignal,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const cut = (): void => fail(new Cut())
    const stop = (): void => fail(new ProxyFailure(whyEnded(end)))
    const settle = (): void => {
      end.removeEventListener('abort', stop)
      socket.off('error', fail).off('close', cut).off(event, stand)
    }
    const stand = (): void => {
      settle()
      resolve(socket)
    }
    const fail = (error: Error): void => {
      settle()
      // What it may still say on its way out is of no interest.
      socket.on('error', () => undefined).destroy()
      reject(error)
    }
    socket.on('error', fail).on('close', cut).on(event, stand)
    end.addEventListener('abort', stop, { once: true })
    if (end.aborted) stop()
  })
}

/** Not the signal's own reason: some clients cannot hand a DOMException on. */
function whyEnded({ reason }: AbortSignal): string {
  return reason instanceof Error && reason.name === 'TimeoutError' ? 'ETIMEDOUT' : 'ECONNRESET'
}

/** Server names are names: an address in one is refused by some (RFC 6066, 3). */
function nameOf({ hostname }: URL): { readonly servername?: string } {
  return /^[\d.]+$|^\[/u.test(hostname) ? {} : { servername: hostname }
}

/** An IPv6 address as the socket wants it. */
export function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/gu, '')
}
