import { batchFate, type BatchMode } from './batch-rules'
import { Dispatcher } from './dispatch'
import type { Policy } from './http'
import { plainSegments, workloadOf, type Workload } from './workload'

export interface DispatchSettings {
  readonly serviceUrl: string
  readonly concurrency: number
  readonly batch: BatchMode
  /** Whether the service is Graph: it has JSON batching and limits for each workload. */
  readonly graph: boolean
  /** Whether a user's id or name in a path, in lower case, means whoever has signed in: their mailbox is `me`. */
  readonly isAccount?: (name: string) => boolean
}

/**
 * One dispatcher for the service, and one for everywhere else: a file that comes from a storage host takes no place of
 * a request to Graph.
 */
export function dispatchRequests(settings: DispatchSettings): Policy & { close(): void } {
  const { serviceUrl, concurrency, batch, graph, isAccount = () => false } = settings
  const { origin } = new URL(serviceUrl)
  const batches = graph || batch === 'on'
  const rootOf = (url: string): string =>
    url.startsWith(`${serviceUrl}/`) ? serviceUrl : versionRoot(url, origin)
  const here = new Dispatcher({
    concurrency,
    batches,
    placeOf: (request) => {
      const root = rootOf(request.url)
      const segments = plainSegments(request.url.slice(root.length))
      return {
        workload: graph ? asOwn(workloadOf(segments), isAccount) : SERVICE,
        fate: batches ? batchFate(request, segments, root === serviceUrl, batch) : 'never',
        root,
      }
    },
  })
  const elsewhere = new Dispatcher({
    concurrency,
    batches: false,
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

/** One mailbox under one name. */
function asOwn(workload: Workload, isAccount: (name: string) => boolean): Workload {
  const { mailbox } = workload
  return mailbox !== undefined && isAccount(mailbox) ? { ...workload, mailbox: 'me' } : workload
}

/** `https://graph.microsoft.com/beta` of an address below it. */
function versionRoot(url: string, origin: string): string {
  return origin + (/^\/[^/?#]*/u.exec(url.slice(origin.length))?.[0] ?? '')
}
