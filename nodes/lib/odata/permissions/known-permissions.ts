import { isGraphService } from '../graph-service'
import type { Model } from '../metadata/model'
import { commonPermissions, isCommonName } from './common-permissions'
import { pathTemplate } from './path-template'
import type { RequestPermissions } from './permissions'

/** A request without anything of the tenant in it. */
export interface RequestTemplate {
  readonly method: string
  /** `/users/{id}/messages`; lower and upper case as it was asked for. */
  readonly path: string
}

export interface FoundPermissions {
  readonly permissions: RequestPermissions
  readonly source: 'table' | 'service'
}

/** Answers in memory; each a few hundred bytes. */
const MOST = 500

/** Which permissions open which requests: what the permissions service has said, else the built-in table. */
export class KnownPermissions {
  readonly #learned = new Map<string, RequestPermissions>()

  find(request: RequestTemplate): FoundPermissions | undefined {
    const learned = this.#learned.get(keyOf(request))
    if (learned !== undefined) return { permissions: learned, source: 'service' }
    const common = commonPermissions(request.method, request.path)
    return common === undefined ? undefined : { permissions: common, source: 'table' }
  }

  learn(request: RequestTemplate, permissions: RequestPermissions): void {
    const [oldest] = this.#learned.keys()
    if (this.#learned.size >= MOST && oldest !== undefined) this.#learned.delete(oldest)
    this.#learned.set(keyOf(request), permissions)
  }
}

/**
 * Undefined for what is no request to Graph: only Graph's permissions are known.
 *
 * @param url of the request, absolute.
 * @param model the service's metadata, where it is at hand.
 */
export function requestTemplate(
  method: string,
  url: string,
  serviceUrl: string,
  model: Model | undefined,
): RequestTemplate | undefined {
  const service = new URL(serviceUrl)
  if (!isGraphService(serviceUrl) || !url.startsWith(`${service.origin}/`)) return undefined
  const path = url.slice(service.origin.length).replace(/^\/[^/?]+\//u, '')
  return { method: method === 'HEAD' ? 'GET' : method, path: pathTemplate(path, model, isCommonName) }
}

function keyOf({ method, path }: RequestTemplate): string {
  return `${method} ${path.toLowerCase()}`
}
