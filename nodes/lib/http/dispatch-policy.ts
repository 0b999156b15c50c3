import { batchFate, type BatchMode } from './batch-rules'
import { Dispatcher } from './dispatch'
import type { Policy } from './http'
import { pathSegments, workloadOf, type Workload } from './workload'

export interface DispatchSettings {
  readonly serviceUrl: string
  readonly concurrency: number
  readonly batch: BatchMode
  /** Whether the service is Graph: it has JSON batching and limits for each workload. */
  readonly graph: boolean
}

/**
 * One dispatcher for the service, and one for everywhere else: a file that comes from a storage host takes no place of
 * a request to Graph.
 */
export function dispatchRequests(settings: DispatchSettings): Policy & { close(): void } {
  const { serviceUrl, concurrency, batch, graph } = settings
  const { origin } = new URL(serviceUrl)
  const batches = graph || batch === 'on'
  const rootOf = (url: string): string =>
    url.startsWith(`${serviceUrl}/`) ? serviceUrl : versionRoot(url, origin)
  const here = new Dispatcher({
    concurrency,
    placeOf: (request) => {
      const root = rootOf(request.url)
      const segments = pathSegments(request.url.slice(root.length))
      return {
        workload: graph ? workloadOf(segments) : SERVICE,
        fate: batches ? batchFate(request, segments, root === serviceUrl, batch) : 'never',
        root,
      }
    },
  })
  const elsewhere = new Dispatcher({
    concurrency,
    placeOf: ({ url }) => ({ workload: { name: new URL(url).host }, fate: 'never', root: url }),
  })
  return {
    name: 'dispatch',
    send: async (request, next) => {
      const local = request.url.startsWith(`${origin}/`) && request.anonymous !== true
      return (local ? here : elsewhere).send(request, next)
    },
    close: () => {
      here.close()
      elsewhere.close()
    },
  }
}

const SERVICE: Workload = { name: 'service' }

/** `https://graph.microsoft.com/beta` of an address below it. */
function versionRoot(url: string, origin: string): string {
  return origin + (/^\/[^/?#]*/u.exec(url.slice(origin.length))?.[0] ?? '')
}
