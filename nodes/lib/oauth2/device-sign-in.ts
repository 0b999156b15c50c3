import { setTimeout as delay } from 'node:timers/promises'
import { plainNetwork } from '../http/network'
import { Problem } from '../problem'
import { isRecord, textAt } from '../records'
import { endpointOf, purposeOf } from './grant-context'
import { firstPoll, nextPoll, SLOWER } from './device-poll'
import { tryToken } from './oauth2-client'
import { refusalFailure } from './oauth2-problem'
import { plainRequest } from './plain-request'
import { acceptAnswer, type FinishedSignIn, type SignInPlan } from './sign-in'

/** What the service gave out for one sign-in (RFC 8628, 3.2). */
export interface DeviceCode {
  readonly deviceCode: string
  readonly userCode: string
  readonly verificationUrl: string
  readonly message: string | undefined
  /** Epoch milliseconds. */
  readonly expiresAt: number
  /** Milliseconds between two questions. */
  readonly interval: number
}

const LONGEST_LIFE = 60 * 60

/** @throws Problem where the service gives out no code. */
export async function requestDeviceCode(plan: SignInPlan, signal: AbortSignal): Promise<DeviceCode> {
  const { settings, network = plainNetwork } = plan
  const { deviceCodeUrl: url, clientId, timeout } = settings
  const form = { client_id: clientId, ...purposeOf(settings) }
  const { status, body, headers } = await plainRequest({
    method: 'POST',
    url,
    form,
    network,
    timeout,
    signal,
  })
  if (status !== 200) {
    const [retryAfter, date] = [headers.get('retry-after'), headers.get('date')]
    const facts = { grant: 'device_code', url, timeout, sent: true, overLimit: false, secrets: [] } as const
    throw refusalFailure({ status, body, retryAfter, date, cut: false }, { ...facts, now: Date.now() })
      .problem
  }
  return readDeviceCode(body, url, Date.now())
}

/** The older endpoint says `verification_url`, and numbers as strings. */
function readDeviceCode(body: unknown, url: string, now: number): DeviceCode {
  const [deviceCode, userCode] = [textAt(body, 'device_code'), textAt(body, 'user_code')]
  const verificationUrl = textAt(body, 'verification_uri') ?? textAt(body, 'verification_url') ?? ''
  const web = URL.canParse(verificationUrl) && /^https?:$/u.test(new URL(verificationUrl).protocol)
  if (deviceCode === undefined || userCode === undefined || !web) {
    throw new Problem('deviceCodeMissing', { field: 'deviceCodeUrl', host: new URL(url).host })
  }
  const lasts = Math.min(secondsAt(body, 'expires_in') ?? 900, LONGEST_LIFE)
  return {
    deviceCode,
    userCode: userCode.slice(0, 100),
    verificationUrl,
    message: textAt(body, 'message')?.slice(0, 1000),
    expiresAt: now + lasts * 1000,
    interval: (secondsAt(body, 'interval') ?? SLOWER / 1000) * 1000,
  }
}

/**
 * Asks until somebody has entered the code. A break in the network is no end: the next question may get through.
 * @throws Problem where the code was declined or has ended, or the signal's reason.
 */
export async function pollDeviceCode(
  plan: SignInPlan,
  code: DeviceCode,
  signal: AbortSignal,
): Promise<FinishedSignIn> {
  const { settings, secrets, network } = plan
  const endpoint = endpointOf(settings, secrets, network)
  const request = { grant: 'device_code', deviceCode: code.deviceCode } as const
  let poll = firstPoll(code.interval)
  for (;;) {
    const left = code.expiresAt - Date.now()
    await delay(Math.max(Math.min(poll.wait, left), 0), undefined, { signal, ref: false })
    if (poll.wait >= left) throw new Problem('deviceCodeEnded')
    const outcome = await tryToken(endpoint, request, { purpose: purposeOf(settings), signal })
    if ('accessToken' in outcome) return acceptAnswer(plan, outcome)
    const next = nextPoll(outcome, poll.interval)
    if (next === undefined) throw outcome.problem
    poll = next
  }
}

function secondsAt(body: unknown, name: string): number | undefined {
  const value = isRecord(body) ? body[name] : undefined
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : undefined
}
