import type { Answer } from './answer'
import { GraphError } from './errors'
import type { Use } from './use'
import type { WorkloadName } from './workloads'

export interface ThrottleOptions {
  /** Requests per second, and how many more may come at once. */
  readonly rate: number
  readonly burst: number
  /** What has a bucket of its own: each workload of an app in a tenant (Outlook: each mailbox), or all of it. */
  readonly scope?: 'workload' | 'app'
  /** Requests on one mailbox at a time; Outlook's is 4, the default. */
  readonly mailboxConcurrency?: number
  /** Requests at a time for each bucket. Default: no limit. */
  readonly concurrency?: number
  /** How `Retry-After` is written. Default `seconds`. */
  readonly retryAfter?: 'seconds' | 'fraction' | 'date' | 'none'
}

interface Bucket {
  tokens: number
  filled: number
  running: number
}

/** Token buckets. What is refused counts, too: who goes on asking waits longer. */
export class Throttle {
  readonly #buckets = new Map<string, Bucket>()

  constructor(readonly options: ThrottleOptions) {}

  /** Does the work if there is room for it; 429 otherwise. */
  async admit(use: Use, work: () => Promise<Answer>): Promise<Answer> {
    const bucket = this.#bucket(use)
    this.#fill(bucket)
    const { burst } = this.options
    const room = bucket.tokens >= 1
    bucket.tokens = Math.max(bucket.tokens - 1, -burst)
    if (!room) throw this.#refusal(use, bucket, 'RequestRate')
    const most = Math.min(
      this.options.concurrency ?? Infinity,
      use.mailbox === undefined ? Infinity : (this.options.mailboxConcurrency ?? 4),
    )
    const limit = use.mailbox === undefined ? 'Concurrency' : 'MailboxConcurrency'
    if (bucket.running >= most) throw this.#refusal(use, bucket, limit)
    bucket.running++
    try {
      const answer = await work()
      return { ...answer, headers: { ...answer.headers, ...this.#gauges(use, bucket) } }
    } finally {
      bucket.running--
    }
  }

  #bucket({ appId, tenantId, workload, mailbox = '' }: Use): Bucket {
    const owner = [appId, tenantId]
    const key = (this.options.scope === 'app' ? owner : [...owner, workload, mailbox]).join(' ')
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      bucket = { tokens: this.options.burst, filled: performance.now(), running: 0 }
      this.#buckets.set(key, bucket)
    }
    return bucket
  }

  #fill(bucket: Bucket): void {
    const { rate, burst } = this.options
    const time = performance.now()
    bucket.tokens = Math.min(bucket.tokens + ((time - bucket.filled) / 1000) * rate, burst)
    bucket.filled = time
  }

  #refusal(use: Use, bucket: Bucket, limit: string): GraphError {
    const seconds = limit === 'RequestRate' ? Math.max((1 - bucket.tokens) / this.options.rate, 0) : 1
    const { code, message } = words(use.workload, limit)
    return new GraphError(429, code, message, {
      ...retryAfter(seconds, this.options.retryAfter),
      ...this.#gauges(use, bucket),
      'x-ms-throttle-scope': scope(use),
      'x-ms-throttle-information': limit === 'RequestRate' ? 'ResourceUnitLimitExceeded' : limit,
    })
  }

  /** How full it is: said by the directory, and by SharePoint to applications, from 80 % on. */
  #gauges({ workload, applicationOnly }: Use, { tokens }: Bucket): Record<string, string> {
    const { rate, burst } = this.options
    const used = Math.round(((burst - tokens) / burst) * 100) / 100
    if (used < 0.8) return {}
    if (workload === 'directory') return { 'x-ms-throttle-limit-percentage': Math.min(used, 1.8).toFixed(2) }
    if (workload !== 'files' || !applicationOnly) return {}
    return {
      'RateLimit-Limit': String(burst),
      'RateLimit-Remaining': String(Math.max(Math.floor(tokens), 0)),
      'RateLimit-Reset': String(Math.ceil((burst - tokens) / rate)),
    }
  }
}

function retryAfter(seconds: number, form: ThrottleOptions['retryAfter']): Record<string, string> {
  switch (form) {
    case 'none':
      return {}
    case 'fraction':
      return { 'Retry-After': seconds.toFixed(3) }
    case 'date':
      // Whole seconds: a date that is no sooner than the time it stands for.
      return { 'Retry-After': new Date(Math.ceil(Date.now() / 1000 + seconds) * 1000).toUTCString() }
    case 'seconds':
    case undefined:
      return { 'Retry-After': String(Math.max(Math.ceil(seconds), 1)) }
  }
}

/** `<Scope>/<Limit>/<AppId>/<TenantId|UserId>` */
function scope({ appId, tenantId, mailbox }: Use): string {
  return mailbox === undefined
    ? `Tenant_Application/ReadWrite/${appId}/${tenantId}`
    : `User_Application/ReadWrite/${appId}/${mailbox}`
}

/** Each workload behind Graph words it in its own way. */
function words(workload: WorkloadName, limit: string): { code: string; message: string } {
  switch (workload) {
    case 'exchange':
      return { code: 'ApplicationThrottled', message: `Application is over its ${limit} limit.` }
    case 'files':
      return { code: 'activityLimitReached', message: 'The request has been throttled.' }
    case 'directory':
    case 'planner':
    case 'open':
      return { code: 'TooManyRequests', message: 'Too Many Requests' }
  }
}
