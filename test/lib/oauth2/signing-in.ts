import assert from 'node:assert/strict'
import { sign, type KeyObject } from 'node:crypto'
import { demoAccounts, type DemoAccount } from '../../../sandbox/contoso/tenant'
import type { ConnectionSecrets, ConnectionSettings } from '../../../nodes/lib/connection-settings'
import { bindingOf } from '../../../nodes/lib/oauth2/grant-context'
import type { SignInState } from '../../../nodes/lib/oauth2/sign-ins'
import { SignIns } from '../../../nodes/lib/oauth2/sign-ins'
import type { TokenStore } from '../../../nodes/lib/oauth2/token-store'
import { Problem } from '../../../nodes/lib/problem'
import { enterDeviceCode, signInAs } from '../../support/browserless-sign-in'
import { until } from '../../support/until'

export const forever = (): AbortSignal => new AbortController().signal

export interface Person {
  readonly settings: ConnectionSettings
  readonly secrets: ConnectionSecrets
  readonly store: TokenStore
  readonly claims?: string
  readonly who?: DemoAccount
}

export function adele(): DemoAccount {
  const [first] = demoAccounts
  assert.ok(first)
  return first
}

/** Signs in by the grant of the settings, as the dialog and a browser would together. */
export async function signInByGrant(person: Person): Promise<SignInState> {
  const { settings, secrets, store, claims, who = adele() } = person
  const signIns = new SignIns({
    known: async () => undefined,
    keep: async (plan, { signIn }) => store.write(bindingOf(plan.connection, plan.settings), signIn),
  })
  const plan = {
    connection: 'c1',
    settings,
    secrets,
    ...(claims === undefined ? {} : { claims }),
  }
  if (settings.grantType === 'device_code') {
    const { attempt, code } = await signIns.beginDevice(plan)
    await enterDeviceCode(code.verificationUrl, code.userCode, who)
    return untilSettled(signIns, attempt)
  }
  const redirectUrl = 'http://127.0.0.1:1880/graph-connection/callback'
  const { cookie, authorizeUrl } = signIns.begin({ ...plan, redirectUrl, returnsHere: true })
  const { searchParams } = await signInAs(authorizeUrl, who)
  return signIns.answer(searchParams.get('state') ?? '', cookie, {
    code: searchParams.get('code') ?? undefined,
    error: searchParams.get('error') ?? undefined,
    errorDescription: searchParams.get('error_description') ?? undefined,
    issuer: undefined,
  })
}

export async function untilSettled(
  signIns: SignIns,
  attempt: string,
  connection = 'c1',
): Promise<SignInState> {
  let state: SignInState | undefined
  await until(() => {
    state = signIns.state(connection, attempt)
    return state?.kind !== 'pending'
  })
  assert.ok(state)
  return state
}

/** What another identity provider says of a workload. */
export function foreignAssertion(key: KeyObject, issuer: string, subject: string): string {
  const seconds = Math.floor(Date.now() / 1000)
  const claims = { iss: issuer, sub: subject, aud: 'api://AzureADTokenExchange', exp: seconds + 600 }
  const text = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

export async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Problem, String(error))
  return error
}
