import type { WriteOptions, Written } from '../lib/odata/write'
import type { Run } from './run'

/** How each request of this node goes. */
export function writeOptions({ node, config, status, signal }: Run): Omit<WriteOptions, 'offerCurrent'> {
  return {
    signal,
    owner: node.id,
    stripAnnotations: config.annotations === 'strip',
    ...(config.wait ? { follow: (percent) => status.working(percent) } : {}),
  }
}

/** An answer without content leaves what came. */
export function payloadOf({ answer }: Written, before: unknown): unknown {
  if (answer.kind === 'page') return answer.rows
  return answer.kind === 'single' ? answer.value : before
}
