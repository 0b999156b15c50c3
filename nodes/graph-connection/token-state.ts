import type { ConnectionSettings } from '../lib/connection-settings'
import { bindingOf } from '../lib/oauth2/grant-context'
import { actsForUser, isUserGrant } from '../lib/oauth2/grant-scopes'
import type { SignInStore } from '../lib/oauth2/sign-in-store'
import { appOf, permissionsOf, tenantOf } from '../lib/oauth2/token-permissions'
import type { HeldToken } from '../lib/oauth2/token-life'
import { Problem } from '../lib/problem'
import type { AccountSummary, ProblemReport, TokenState } from './admin-api'
import type { Connection } from './connection'
import type { Draft } from './read-draft'

const PATIENCE = 15_000

type Report = (problem: Problem) => ProblemReport

/** How things stand with a deployed connection: a token is fetched if there is none, so that it is the truth. */
export async function tokenState(
  connection: Connection,
  store: SignInStore,
  report: Report,
): Promise<TokenState> {
  const { settings, tokens, problem } = connection
  if (settings === undefined)
    return problem === undefined ? { state: 'open' } : { state: 'problem', error: report(problem) }
  if (tokens === undefined) return { state: 'open' }
  const user = isUserGrant(settings.grantType)
  const signIn = user ? await store.deployed.read(bindingOf(connection.id, settings)) : undefined
  if (user && signIn === undefined) return { state: 'signedOut' }
  const account = accountOf(connection, signIn)
  try {
    await tokens.get(AbortSignal.timeout(PATIENCE))
    const { held, failure } = tokens
    return {
      state: actsForUser(settings.grantType) ? 'signedIn' : 'application',
      ...account,
      ...facts(settings, held),
      ...(failure === undefined ? {} : { error: report(failure) }),
    }
  } catch (error) {
    const found =
      error instanceof Problem
        ? error
        : new Problem('patienceOver', {
            host: new URL(settings.tokenUrl || settings.serviceUrl).host,
            seconds: PATIENCE / 1000,
          })
    return { state: 'problem', ...account, ...facts(settings, undefined), error: report(found) }
  }
}

/** The same of values that are not deployed: what is stored for them, and nothing is asked of the service. */
export async function draftState({ connection, settings }: Draft, store: SignInStore): Promise<TokenState> {
  if (settings.grantType === 'none') return { state: 'open' }
  if (!isUserGrant(settings.grantType)) return { state: 'notDeployed' }
  const binding = bindingOf(connection, settings)
  const signIn = (await store.drafts.read(binding)) ?? (await store.deployed.read(binding))
  if (signIn === undefined) return { state: 'signedOut' }
  const account = summary(signIn.account)
  return { state: 'signedIn', account, ...facts(settings, undefined), afterDeploy: true }
}

/** Who the token is of: a user signs in here, or is named in the connection. */
function accountOf(
  { settings, secrets }: Connection,
  signIn: { readonly account: AccountSummary } | undefined,
): { readonly account?: AccountSummary } {
  if (signIn !== undefined) return { account: summary(signIn.account) }
  const username = settings?.grantType === 'password' ? secrets?.username : undefined
  return username === undefined ? {} : { account: { displayName: '', username, tenant: '' } }
}

/** Without the directory's id: the dialog has no use for it. */
export function summary({ displayName, username, tenant }: AccountSummary): AccountSummary {
  return { displayName, username, tenant }
}

/** A domain says more to people than the directory's id does; `common` and its like say nothing. */
function isTenantName(tenant: string): boolean {
  return tenant.includes('.')
}

function facts(settings: ConnectionSettings, held: HeldToken | undefined): Partial<TokenState> {
  const displayName = held === undefined ? undefined : appOf(held)
  const permissions = held === undefined ? undefined : permissionsOf(held)
  const id = held === undefined ? undefined : tenantOf(held)
  const tenant = isTenantName(settings.tenant) ? settings.tenant : (id ?? settings.tenant)
  return {
    app: { clientId: settings.clientId, ...(displayName === undefined ? {} : { displayName }) },
    ...(tenant === '' ? {} : { tenant }),
    ...(permissions === undefined ? {} : { permissions }),
    ...(held?.expiresAt === undefined ? {} : { timeLeft: held.expiresAt - Date.now() }),
  }
}
