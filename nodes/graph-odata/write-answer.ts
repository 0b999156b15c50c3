import { WriteConflict, type WriteOptions, type Written } from '../lib/odata/write'
import { Problem } from '../lib/problem'
import { explain } from '../shared/explain'
import { facts } from './emit'
import { Interrupted, turnOf, type Run } from './run'

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

/** Success without what it has made is half a success: nobody else could tell. */
export function warnOfLostAnswer({ RED, node }: Run, { answerLost }: Written): void {
  if (answerLost) node.warn(explain(RED, new Problem('answerLost')))
}

/** With a conflict goes the item as it is now, so that a flow can merge and write again. */
export function withCurrent(error: unknown, url: string): unknown {
  if (!(error instanceof WriteConflict)) return error
  const { current, currentEtag: etag } = error
  return new Interrupted(error, { ...facts({ url, etag, current }) })
}
