import type { IncomingMessage, ServerResponse } from 'node:http'
import { demoAccounts, tenantId } from '../contoso/tenant'
import { accountById } from './access-tokens'
import { requestedApp } from './authorize-endpoint'
import { EntraError } from './entra-errors'
import { resolveTenant, type EntraRoute } from './entra-paths'
import { readForm, redirect, sendPage } from './http'
import { adminConsentPage } from './pages'
import { parseScopes } from './permissions'
import type { ProviderParts } from './provider'

/** An administrator grants an app's permissions for the whole tenant (v2-admin-consent.md). */
export async function adminConsent(
  req: IncomingMessage,
  res: ServerResponse,
  route: EntraRoute,
  query: URLSearchParams,
  parts: ProviderParts,
): Promise<void> {
  // "organizations, not common" on v2; the older address accepts common and has no scope.
  if (resolveTenant(route.tenant) === 'common' && route.version === 2) {
    throw new EntraError(
      900023,
      'invalid_request',
      "Specified tenant identifier 'common' is not supported here.",
    )
  }
  const { app, redirectUri } = requestedApp(query, parts.clients)
  const scope = query.get('scope') ?? `${parts.resource}/.default`
  const asked = parseScopes(scope, parts.resource)
  const permissions = asked.everything ? app.delegated : asked.permissions
  const answer = (fields: Record<string, string>): void => {
    const url = new URL(redirectUri)
    const state = query.get('state')
    // An error, too, carries admin_consent=True.
    const all = { admin_consent: 'True', tenant: tenantId, ...fields, ...(state === null ? {} : { state }) }
    for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value)
    redirect(res, url.href)
  }
  const form = req.method === 'POST' ? await readForm(req) : undefined
  const account = accountById(form?.get('account') ?? undefined)
  if (form?.get('action') === 'cancel') {
    const error = new EntraError(65004, 'access_denied', 'User declined to consent to access the app.')
    answer({ error: error.error, error_description: error.error_description })
  } else if (account?.administrator === true) {
    parts.consents.grantForTenant(app.clientId, permissions)
    answer(route.version === 2 ? { scope } : {})
  } else {
    const administrators = demoAccounts.filter(({ administrator }) => administrator)
    sendPage(res, adminConsentPage(app.displayName, administrators, permissions))
  }
}
