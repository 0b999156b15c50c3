import { failure, type Answer } from './answer'
import type { Call } from './call'
import type { GraphControl, SeenRequest } from './control'
import { strike } from './faults'

/** What of a request or a part decides how its answer comes about. */
export type Asking = Pick<Call, 'requestId' | 'clientRequestId' | 'header' | 'latency'>

/**
 * Does what is asked, with what tests and chance want of it: a fault before it, or after it so that it has
 * had its effect; and no sooner than it is to take. Whatever is thrown becomes an answer here.
 */
export async function perform(
  seen: SeenRequest,
  asking: Asking,
  control: GraphControl,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const planned = control.see(seen)
  const carriedOut = planned?.phase === 'before' ? undefined : await answered(work, asking)
  await asking.latency()
  if (planned === undefined) return control.traffic.answered(carriedOut ?? failure(undefined, asking))
  control.traffic.struck(seen, planned, carriedOut?.status)
  const authorization = asking.header('authorization')
  if (planned.fault === '401' && authorization !== undefined) control.revoked.add(authorization)
  return control.traffic.answered(await strike(planned, carriedOut, asking))
}

/** What comes of the work, be it thrown. */
export async function answered(
  work: () => Promise<Answer>,
  asking: Pick<Asking, 'requestId' | 'clientRequestId'>,
): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    return failure(error, asking)
  }
}
