import type { Context, interactionPolicy as Policy } from 'oidc-provider'
import { accountById } from './access-tokens'
import type { Consents } from './consents'
import { permissionsOf } from './permissions'

/** When the browser must show a page, and what prompt=none answers instead. */
export function prompts(policy: typeof Policy, consents: Consents): unknown {
  const { Check, Prompt } = policy
  const notSignedIn = (ctx: Context): boolean => {
    const account = accountById(ctx.oidc.session.accountId)
    const hint = ctx.oidc.params['login_hint']
    if (account === undefined) return true
    return hint !== undefined && hint.toLowerCase() !== account.userPrincipalName.toLowerCase()
  }
  const notConsented = (ctx: Context): boolean => {
    const granted = consents.granted(ctx.oidc.client.clientId, ctx.oidc.session.accountId ?? '')
    return permissionsOf(ctx.oidc.params['scope']).some((permission) => !granted.has(permission))
  }
  const list = policy.base()
  list.clear()
  list.add(new Prompt({ name: 'select_account', requestable: true }))
  list.add(
    new Prompt(
      { name: 'login', requestable: true },
      new Check(
        'no_session',
        'AADSTS50058: A silent sign-in request was sent but no user is signed in.',
        'login_required',
        notSignedIn,
      ),
    ),
  )
  list.add(
    new Prompt(
      { name: 'consent', requestable: true },
      new Check(
        'permissions_missing',
        'AADSTS65001: The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.',
        'interaction_required',
        notConsented,
      ),
    ),
  )
  return list
}
