import { plainNetwork } from '../lib/http/network'
import { Problem } from '../lib/problem'
import { tryService } from '../lib/try-service'
import type { ProblemReport, TestOutcome } from './admin-api'
import type { Connection } from './connection'

/** Longer than a person waits; the settings' own timeout may end it before. */
const PATIENCE = 60_000

/** @throws Problem where the settings themselves are wrong. */
export async function testConnection(
  connection: Connection,
  report: (problem: Problem) => ProblemReport,
): Promise<TestOutcome> {
  const { settings, tokens, network = plainNetwork, problem } = connection
  if (settings === undefined) throw problem ?? new Problem('connectionMissing', { field: 'connection' })
  const signal = AbortSignal.timeout(PATIENCE)
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
