import type { NextFunction, Request, Response } from 'express'
import type { NodeAPI } from 'node-red'
import type { ProblemReport } from '../graph-connection/admin-api'
import { Problem } from '../lib/problem'
import { textAt } from '../lib/records'
import { asProblem, explain } from './explain'
import type { Texts } from './explain-problem.js'

export type Handler = (req: Request, res: Response) => Promise<unknown>
type Middleware = (req: Request, res: Response, next: NextFunction) => void

/**
 * What stands before every route of ours: no other website may read or start anything. Node-RED 4 sends
 * `Access-Control-Allow-Origin: *` with all admin answers, and without adminAuth nothing else protects them.
 */
export function guard(RED: NodeAPI, permission: string): (handler: Handler) => Middleware[] {
  return (handler) => [
    sameOrigin(RED),
    RED.auth.needsPermission(permission),
    (req, res) => {
      handler(req, res).then(
        (answer) => (answer === undefined ? res.status(204).end() : res.json(answer)),
        (error: unknown) => {
          // Whoever asked has gone: there is nobody to tell.
          if (!res.destroyed) refuse(RED, res, error)
        },
      )
    },
  ]
}

/** Aborts when the browser ends the request before it is answered: the dialog was closed, or the question is another one. */
export function goneSignal(res: Response): AbortSignal {
  const gone = new AbortController()
  res.once('close', () => {
    if (!res.writableEnded) gone.abort()
  })
  return gone.signal
}

export function parameter(req: Request, name: string): string {
  return textAt(req.params, name) ?? ''
}

/** Thrown where there is nothing under the address: the editor tells that from a mistake of its user. */
export class NotFound extends Problem {}

function sameOrigin(RED: NodeAPI): Middleware {
  return (req, res, next) => {
    res.removeHeader('Access-Control-Allow-Origin')
    res.set('Cache-Control', 'no-store')
    if (isForeign(req)) refuse(RED, res, new Problem('foreignOrigin'), 403)
    else next()
  }
}

/**
 * The browser's own word where it gives one (Fetch Metadata; on https and localhost). Else the Origin must be the
 * host that was asked for. `X-Forwarded-Host` says nothing here: Node-RED 4 lets any website send it.
 */
export function isForeign(req: Pick<Request, 'headers'>): boolean {
  const site = req.headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin } = req.headers
  if (origin === undefined) return false
  if (!URL.canParse(origin)) return true
  return new URL(origin).host !== req.headers.host
}

function refuse(RED: NodeAPI, res: Response, error: unknown, status = statusOf(error)): void {
  const problem = asProblem(error)
  res.status(status).json(report(textsFor(RED, res.req), problem))
}

/**
 * The catalogue in the language of whoever asks: an editor can be set to another one than the runtime's. It tells with
 * `Accept-Language`, as it does when it asks Node-RED for the texts of the nodes; that is also what has them loaded.
 */
export function textsFor(RED: Pick<NodeAPI, '_'>, req: Pick<Request, 'acceptsLanguages'>): Texts {
  const language = req.acceptsLanguages().find((each) => /^[a-z0-9-]+$/iu.test(each))
  if (language === undefined) return RED
  return { _: (key, values) => RED._(key, { ...values, lng: language }) }
}

export function report(texts: Texts, problem: Problem): ProblemReport {
  const field = problem.values['field']
  return {
    code: problem.code,
    message: explain(texts, problem),
    ...(field === undefined ? {} : { field: String(field) }),
  }
}

function statusOf(error: unknown): number {
  if (error instanceof NotFound) return 404
  return error instanceof Problem ? 400 : 500
}
