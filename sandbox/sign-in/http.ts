import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Context } from 'oidc-provider'
import { EntraError, errorBody } from './entra-errors'
import { errorPage } from './pages'

const maxBody = 64 * 1024

export async function readForm(req: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req) {
    const bytes = Buffer.from(chunk as Uint8Array)
    size += bytes.length
    if (size > maxBody)
      throw new EntraError(9002313, 'invalid_request', 'Request is too large.', { status: 413 })
    chunks.push(bytes)
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}

/** A request for oidc-provider with a form that was read, checked and put into its terms. */
export function replay(original: IncomingMessage, url: string, form: URLSearchParams): IncomingMessage {
  const body = Buffer.from(form.toString())
  const headers = {
    host: original.headers.host,
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
  }
  const request = Object.assign(Readable.from([body]), {
    method: 'POST',
    url,
    headers,
    socket: original.socket,
  })
  return request as unknown as IncomingMessage
}

const always = {
  'cache-control': 'no-store, no-cache',
  pragma: 'no-cache',
  'x-content-type-options': 'nosniff',
}

export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  res
    .writeHead(status, { ...always, 'content-type': 'application/json; charset=utf-8' })
    .end(JSON.stringify(body))
}

const pageHeaders = {
  ...always,
  'content-type': 'text/html; charset=utf-8',
  // No form-action: browsers apply it to the redirect that follows a form, which goes to the app.
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
}

export function sendPage(res: ServerResponse, html: string, status = 200): void {
  res.writeHead(status, pageHeaders).end(html)
}

/** The same where oidc-provider asks for a page. */
export function showPage(ctx: Context, html: string): void {
  for (const [name, value] of Object.entries(pageHeaders)) ctx.set(name, value)
  ctx.body = html
}

export function redirect(res: ServerResponse, location: string): void {
  res.writeHead(303, { ...always, location }).end()
}

/** Anything thrown, as JSON for programs or as a page for people. What is no EntraError is a bug: shown. */
export function sendFailure(
  res: ServerResponse,
  failure: unknown,
  origin: string,
  to: 'program' | 'person',
): void {
  if (!(failure instanceof EntraError)) process.stderr.write(`sign-in service: ${describeFailure(failure)}\n`)
  const error =
    failure instanceof EntraError
      ? failure
      : new EntraError(90033, 'temporarily_unavailable', 'A transient error has occurred.', { status: 500 })
  if (res.headersSent) {
    res.end()
  } else if (to === 'program') {
    sendJson(res, error.statusCode, errorBody(error, origin))
  } else {
    sendPage(res, errorPage('Sign-in did not work', error.error_description), error.statusCode)
  }
}

export function describeFailure(failure: unknown): string {
  return failure instanceof Error ? (failure.stack ?? failure.message) : String(failure)
}
