import type { TokenState } from '../admin-api'
import type { Translate } from '../../shared/editor/red.js'

/** What the account panel shows: catalogue texts already filled in. */
export interface AccountView {
  readonly colour: 'green' | 'yellow' | 'red' | 'grey'
  readonly headline: string
  readonly details: readonly string[]
  readonly permissions: readonly string[]
  readonly problem?: string
}

export interface Circumstances {
  /** Milliseconds since the state was told. */
  readonly age: number
  /** Whether a person can sign in from this dialog. */
  readonly interactive: boolean
}

/** Puts the token's state into words. */
export function describeState(state: TokenState, circumstances: Circumstances, text: Translate): AccountView {
  const problem = state.error?.message
  return {
    colour: colourOf(state),
    headline: headline(state, text),
    details: details(state, circumstances, text),
    permissions: state.permissions ?? [],
    ...(problem === undefined ? {} : { problem }),
  }
}

function colourOf({ state, error }: TokenState): AccountView['colour'] {
  // It works for now, but not when the token ends.
  if (error !== undefined && state !== 'problem') return 'yellow'
  switch (state) {
    case 'signedIn':
    case 'application':
      return 'green'
    case 'signedOut':
      return 'yellow'
    case 'problem':
      return 'red'
    case 'open':
    case 'notDeployed':
      return 'grey'
  }
}

function headline({ state, account }: TokenState, text: Translate): string {
  if (state === 'signedIn' && account !== undefined) {
    return text('account.signedInAs', { name: account.displayName || account.username })
  }
  return text(`account.${state}`)
}

function details(token: TokenState, { age, interactive }: Circumstances, text: Translate): string[] {
  const { state, account, app, tenant } = token
  const lines: string[] = []
  if (account !== undefined)
    lines.push(joined([account.username, tenant?.includes('.') === true ? tenant : account.tenant || tenant]))
  if (app !== undefined && state === 'application')
    lines.push(joined([app.displayName ?? app.clientId, tenant]))
  else if (app?.displayName !== undefined) lines.push(text('account.app', { name: app.displayName }))
  if (token.timeLeft !== undefined) lines.push(timeLeft(token.timeLeft - age, text))
  if (token.afterDeploy === true) lines.push(text('account.deployToUse'))
  if (state === 'notDeployed')
    lines.push(text(interactive ? 'account.notDeployedHint' : 'account.notDeployedApplication'))
  return lines.filter((line) => line !== '')
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' · ')
}

/** How long the access token still lives; it is renewed without anybody's help. */
export function timeLeft(milliseconds: number, text: Translate): string {
  const minutes = Math.round(milliseconds / 60_000)
  if (milliseconds <= 0) return text('account.tokenEnded')
  if (minutes < 1) return text('account.tokenSeconds', { seconds: Math.ceil(milliseconds / 1000) })
  if (minutes < 100) return text('account.tokenMinutes', { minutes })
  return text('account.tokenHours', { hours: Math.round(minutes / 60) })
}
