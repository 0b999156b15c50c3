import { bindingOf } from '../lib/oauth2/grant-context'
import { permissionsOf } from '../lib/oauth2/token-permissions'
import type { TokenStore } from '../lib/oauth2/token-store'
import { Problem } from '../lib/problem'
import { isUserGrant } from '../lib/read-settings'
import type { ProblemReport, TokenState } from './admin-api'
import type { Connection } from './connection'

const PATIENCE = 15_000

/** How things stand with a deployed connection: a token is fetched if there is none, so that it is the truth. */
export async function tokenState(
  connection: Connection,
  store: TokenStore,
  report: (problem: Problem) => ProblemReport,
): Promise<TokenState> {
  const { settings, tokens, problem } = connection
  if (settings === undefined)
    return problem === undefined ? { state: 'open' } : { state: 'problem', error: report(problem) }
  if (tokens === undefined) return { state: 'open' }
  const user = isUserGrant(settings.grantType)
  const signIn = user ? await store.read(bindingOf(connection.id, settings)) : undefined
  if (user && signIn === undefined) return { state: 'signedOut' }
  const account = signIn === undefined ? {} : { account: signIn.account }
  try {
    await tokens.get(AbortSignal.timeout(PATIENCE))
    const { held } = tokens
    const permissions = held === undefined ? undefined : permissionsOf(held)
    return {
      state: user ? 'signedIn' : 'application',
      ...account,
      ...(permissions === undefined ? {} : { permissions }),
      ...(held?.expiresAt === undefined ? {} : { expiresAt: held.expiresAt }),
    }
  } catch (error) {
    const found =
      error instanceof Problem
        ? error
        : new Problem('serviceTimeout', { host: new URL(settings.tokenUrl).host })
    return { state: 'problem', ...account, error: report(found) }
  }
}
