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
  /** Epoch milliseconds. */
  readonly now: number
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

function colourOf({ state, account }: TokenState): AccountView['colour'] {
  if (state === 'notDeployed' && account !== undefined) return 'green'
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
  if ((state === 'signedIn' || state === 'notDeployed') && account !== undefined) {
    return text('account.signedInAs', { name: account.displayName || account.username })
  }
  return text(`account.${state}`)
}

function details(token: TokenState, { now, interactive }: Circumstances, text: Translate): string[] {
  const { state, account, expiresAt } = token
  const lines: string[] = []
  if (account !== undefined) lines.push([account.username, account.tenant].filter(Boolean).join(' · '))
  if (expiresAt !== undefined) lines.push(timeLeft(expiresAt - now, text))
  if (state === 'notDeployed') lines.push(text(deployHint(account !== undefined, interactive)))
  return lines
}

/** How long the access token still lives; it is renewed without anybody's help. */
export function timeLeft(milliseconds: number, text: Translate): string {
  const minutes = Math.round(milliseconds / 60_000)
  if (milliseconds <= 0) return text('account.tokenEnded')
  if (minutes < 1) return text('account.tokenSeconds', { seconds: Math.ceil(milliseconds / 1000) })
  if (minutes < 100) return text('account.tokenMinutes', { minutes })
  return text('account.tokenHours', { hours: Math.round(minutes / 60) })
}

function deployHint(signedIn: boolean, interactive: boolean): string {
  if (signedIn) return 'account.deployToUse'
  return interactive ? 'account.notDeployedHint' : 'account.notDeployedApplication'
}
