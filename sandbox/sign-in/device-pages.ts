import type { Context } from 'oidc-provider'
import { showPage } from './http'
import { codeConfirmPage, codePage, messagePage } from './pages'

const action = (ctx: Context): string => ctx.oidc.urlFor('code_verification')
const secret = (ctx: Context): string => ctx.oidc.session.state?.secret ?? ''

function problemOf(error: { name: string; userCode?: string } | undefined): string | undefined {
  if (error === undefined) return undefined
  if (error.name === 'AbortedError') return 'You cancelled. Nothing was signed in.'
  if (error.name === 'ExpiredError') return 'That code has expired. Start again on the device.'
  if (error.name === 'NoCodeError' || error.userCode !== undefined)
    return "That code didn't work. Check it and try again."
  return 'That did not work. Start again on the device.'
}

/** What a user sees who signs in for a device (oidc-provider's deviceFlow feature calls these). */
export const devicePages = {
  userCodeInputSource(
    ctx: Context,
    _form: string,
    _out: unknown,
    error?: { name: string; userCode?: string },
  ): void {
    showPage(ctx, codePage(action(ctx), secret(ctx), error?.userCode ?? '', problemOf(error)))
  },
  userCodeConfirmSource(
    ctx: Context,
    _form: string,
    client: { clientName?: string },
    _info: unknown,
    code: string,
  ): void {
    showPage(ctx, codeConfirmPage(action(ctx), secret(ctx), code, client.clientName ?? 'the app'))
  },
  successSource(ctx: Context): void {
    showPage(ctx, messagePage('You are signed in', 'You can close this window and go back to your device.'))
  },
}
