import type { WriteOptions, Written } from '../lib/odata/write'
import { turnOf, type Run } from './run'

/** How each request of this node goes. */
export function writeOptions(run: Run): Omit<WriteOptions, 'offerCurrent'> {
  const { config, status, signal } = run
  return {
    signal,
    ...turnOf(run),
    stripAnnotations: config.annotations === 'strip',
    ...(config.wait ? { follow: (percent) => status.working(percent) } : {}),
  }
}

/** An answer without content leaves what came. */
export function payloadOf({ answer }: Written, before: unknown): unknown {
  if (answer.kind === 'page') return answer.rows
  return answer.kind === 'single' ? answer.value : before
}
