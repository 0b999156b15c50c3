import { ServerResponse, type IncomingMessage } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import type { CannedAnswer } from './control'
import { EntraError } from './entra-errors'
import type { EntraRoute } from './entra-paths'
import { readForm, replay, sendFailure } from './http'
import { routes, type ProviderParts } from './provider'
import { prepareTokenRequest } from './token-endpoint'

/** Answers one token request, really or as a test wants it, and keeps a record of it. */
export async function answerTokenRequest(
  req: IncomingMessage,
  res: ServerResponse,
  route: EntraRoute,
  parts: ProviderParts,
  callback: (req: IncomingMessage, res: ServerResponse) => Promise<void>,
): Promise<void> {
  const canned = parts.control.takeCannedAnswer()
  const form = await readForm(req)
  const record = (status: number, error?: string): void =>
    parts.control.record({
      grantType: form.get('grant_type') ?? '',
      clientId: form.get('client_id') ?? '',
      tenant: route.tenant,
      version: route.version,
      status,
      ...(error === undefined ? {} : { error }),
      ...(form.get('claims') ? { claims: form.get('claims') ?? '' } : {}),
      ...assertionId(form.get('client_assertion')),
    })
  if (canned !== undefined && canned.afterwards !== true) {
    record(canned.status)
    await give(res, canned)
    return
  }
  // A lost answer: the real one is worked out and goes nowhere.
  const real = canned === undefined ? res : new ServerResponse(req)
  try {
    const { form: inner, exchange } = await prepareTokenRequest(req, route, form, parts)
    const request = replay(req, routes.token, inner)
    parts.exchanges.set(request, exchange)
    await callback(request, real)
    record(real.statusCode, exchange.failure?.error)
  } catch (failure) {
    record(
      failure instanceof EntraError ? failure.statusCode : 500,
      failure instanceof EntraError ? failure.error : 'server_error',
    )
    sendFailure(real, failure, parts.origin, 'program')
  }
  if (canned !== undefined) await give(res, canned)
}

function assertionId(assertion: string | null): { assertionId?: string } {
  if (!assertion) return {}
  try {
    const { jti } = decodeJwt(assertion)
    return jti === undefined ? {} : { assertionId: jti }
  } catch {
    return {}
  }
}

export async function give(res: ServerResponse, answer: CannedAnswer): Promise<void> {
  if (answer.delay !== undefined) await wait(answer.delay, undefined, { ref: false })
  if (answer.drop === true) res.destroy()
  else
    res
      .writeHead(answer.status, { 'content-type': answer.contentType ?? 'text/html', ...answer.headers })
      .end(answer.body)
}
