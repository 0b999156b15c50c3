import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Interaction, Provider } from 'oidc-provider'
import { demoAccounts, type DemoAccount } from '../contoso/tenant'
import { accountById } from './access-tokens'
import { EntraError } from './entra-errors'
import { readForm, redirect, sendPage } from './http'
import { accountPage, approvalPage, consentPage } from './pages'
import { needsAdministrator, permissionsOf } from './permissions'
import type { ProviderParts } from './provider'

const declined = new EntraError(65004, 'access_denied', 'User declined to consent to access the app.')
const cancelled = new EntraError(50199, 'access_denied', 'The user cancelled the sign-in.')
const approval = new EntraError(
  90094,
  'access_denied',
  'Admin consent is required for the permissions requested by this application.',
)

/** The pages between the app's request and its answer: who signs in, and what the app may do. */
export async function interact(
  req: IncomingMessage,
  res: ServerResponse,
  provider: Provider,
  parts: ProviderParts,
): Promise<void> {
  const interaction = await provider.interactionDetails(req, res).catch(() => {
    throw new EntraError(
      50058,
      'login_required',
      'This sign-in has ended or was started in another browser. Start again.',
    )
  })
  const finish = async (result: Record<string, unknown>): Promise<void> =>
    redirect(res, await provider.interactionResult(req, res, result))
  const refuse = async (error: EntraError): Promise<void> =>
    finish({ error: error.error, error_description: error.error_description })
  const step = interaction.prompt.name === 'consent' ? consent : pickAccount
  const form = req.method === 'POST' ? await readForm(req) : undefined
  await step({ interaction, provider, parts, form, finish, refuse, show: (html) => sendPage(res, html) })
}

interface Step {
  readonly interaction: Interaction
  readonly provider: Provider
  readonly parts: ProviderParts
  readonly form: URLSearchParams | undefined
  finish(result: Record<string, unknown>): Promise<void>
  refuse(error: EntraError): Promise<void>
  show(html: string): void
}

function appName({ parts, interaction }: Step): string {
  return parts.clients.find(interaction.params['client_id'] ?? '')?.displayName ?? 'the app'
}

/** `login_hint` names the account, `domain_hint` the organisation it is of. */
function offered({ params }: Interaction): DemoAccount[] {
  const hint = params['login_hint']?.toLowerCase()
  const domain = params['domain_hint']?.toLowerCase()
  return demoAccounts.filter(({ userPrincipalName }) => {
    const name = userPrincipalName.toLowerCase()
    const known = hint === undefined || hint === name
    return known && (domain === undefined || domain === 'organizations' || name.endsWith(`@${domain}`))
  })
}

async function pickAccount(step: Step): Promise<void> {
  const { interaction, provider, form } = step
  if (form?.get('action') === 'cancel') {
    await step.refuse(cancelled)
    return
  }
  const account = accountById(form?.get('account') ?? undefined)
  if (account === undefined) {
    step.show(accountPage(appName(step), offered(interaction)))
    return
  }
  await switchAccount(provider, interaction, account)
  await step.finish({ login: { accountId: account.id }, select_account: {} })
}

/** oidc-provider would end the session with a page of its own that needs a script. */
async function switchAccount(
  provider: Provider,
  interaction: Interaction,
  account: DemoAccount,
): Promise<void> {
  if (interaction.session?.accountId === undefined || interaction.session.accountId === account.id) return
  const session = await provider.Session.findByUid(interaction.session.uid)
  if (session === undefined) return
  session.authorizations = undefined
  session.loginAccount({ accountId: account.id })
  await session.persist()
  interaction.session.accountId = account.id
  await interaction.save(interaction.exp - Math.floor(Date.now() / 1000))
}

async function consent(step: Step): Promise<void> {
  const { interaction, parts, form } = step
  const account = accountById(interaction.session?.accountId)
  const clientId = interaction.params['client_id'] ?? ''
  if (account === undefined) throw new EntraError(50058, 'login_required', 'No user is signed in.')
  const granted = parts.consents.granted(clientId, account.id)
  const asked = permissionsOf(interaction.params['scope'])
  const administrators = asked.filter((name) => !granted.has(name) && needsAdministrator(name))
  const forbidden = !account.administrator && administrators.length > 0
  if (form?.get('action') === 'cancel') {
    await step.refuse(forbidden ? approval : declined)
    return
  }
  if (forbidden) {
    step.show(approvalPage(appName(step), account, administrators))
    return
  }
  if (form?.get('action') !== 'accept') {
    step.show(consentPage(appName(step), account, asked))
    return
  }
  parts.consents.grant(clientId, account.id, asked)
  await step.finish({ consent: {} })
}
