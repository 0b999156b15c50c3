import type { ConnectionSettings } from '../lib/connection-settings'
import { plainNetwork } from '../lib/http/network'
import type { Problem } from '../lib/problem'
import { tryService } from '../lib/try-service'
import type { ProblemReport, TestOutcome } from './admin-api'
import type { Connection } from './connection'

/** @throws the signal's reason. */
export async function testConnection(
  settings: ConnectionSettings,
  { tokens, network = plainNetwork }: Pick<Connection, 'network' | 'tokens'>,
  signal: AbortSignal,
  report: (problem: Problem) => ProblemReport,
): Promise<TestOutcome> {
  const trace = (): void => undefined
  const { problem: found, ...trial } = await tryService({ settings, tokens, network, trace, signal })
  // An application may be allowed much and yet not this: that it is told so shows that its token is good.
  const known = trial.asked === 'organization' && trial.status === 403
  return {
    ok: found === undefined || known,
    ...trial,
    ...(found === undefined ? {} : { error: report(found) }),
  }
}
