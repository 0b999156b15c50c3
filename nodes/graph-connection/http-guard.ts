import type { NextFunction, Request, Response } from 'express'
import type { NodeAPI } from 'node-red'
import { asProblem, explain } from '../shared/explain'
import { Problem } from '../lib/problem'
import { textAt } from '../lib/records'
import type { ProblemReport } from './admin-api'

export type Handler = (req: Request, res: Response) => Promise<unknown>
type Middleware = (req: Request, res: Response, next: NextFunction) => void

/**
 * What stands before every route of ours: no other website may read or start anything. Node-RED 4 sends
 * `Access-Control-Allow-Origin: *` with all admin answers, and without adminAuth nothing else protects them.
 */
export function guarded(RED: NodeAPI, handler: Handler): Middleware[] {
  return [
    sameOrigin(RED),
    RED.auth.needsPermission('graph-connection.write'),
    (req, res) => {
      handler(req, res).then(
        (answer) => (answer === undefined ? res.status(204).end() : res.json(answer)),
        (error: unknown) => {
          refuse(RED, res, error)
        },
      )
    },
  ]
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
  res.status(status).json(report(RED, problem))
}

export function report(RED: NodeAPI, problem: Problem): ProblemReport {
  const field = problem.values['field']
  return {
    code: problem.code,
    message: explain(RED, problem),
    ...(field === undefined ? {} : { field: String(field) }),
  }
}

function statusOf(error: unknown): number {
  if (error instanceof NotFound) return 404
  return error instanceof Problem ? 400 : 500
}
