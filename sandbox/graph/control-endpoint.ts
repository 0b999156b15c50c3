import { json, type Answer } from './answer'
import type { Call } from './call'
import type { GraphControl } from './control'
import { badRequest, GraphError } from './errors'
import { faultNames, type FaultName, type FaultOptions } from './faults'
import type { ThrottleOptions } from './throttle'

/** Where a running tenant is told to throttle and to fail, for demonstrations. */
export const controlPath = '/sandbox/control'

/**
 * `GET` says what holds and what has gone over the wire; `POST` changes what its JSON names:
 * `{ "throttle": { "rate": 10, "burst": 20 }, "faults": { "rate": 0.1 }, "delay": 50, "tail": 20 }`, where
 * null switches off and `"reset": true` begins anew. Without a token, but nothing for a page in a browser.
 */
export async function answerControl(call: Call, control: GraphControl): Promise<Answer> {
  const host = call.header('host') ?? ''
  if (!/^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(host) || call.header('origin') !== undefined)
    throw new GraphError(403, 'Forbidden', 'Only programs on this machine may do this.')
  if (call.method === 'POST') {
    // A form of a foreign page cannot send this type.
    if (!/^application\/json\b/.test(call.header('content-type') ?? ''))
      throw new GraphError(415, 'UnsupportedMediaType', 'Send application/json.')
    change(control, parse(await call.body()))
  }
  const { faults, ...counts } = control.traffic
  return json({ ...control.settings, traffic: { ...counts, faults: faults.length } })
}

function change(control: GraphControl, values: Readonly<Record<string, unknown>>): void {
  const known = new Set(['reset', 'throttle', 'faults', 'delay', 'tail'])
  const unknown = Object.keys(values).find((name) => !known.has(name))
  if (unknown !== undefined) throw badRequest(`'${unknown}' is not one of ${[...known].join(', ')}.`)
  const { reset, throttle, faults, delay, tail } = values
  // All is read before any of it is done.
  const limits = throttle ? readThrottle(throttle) : undefined
  const chances = faults ? readFaults(faults) : undefined
  const times = [delay ?? control.delay, tail ?? control.tail].map((value) => number('delay, tail', value, 0))
  if (reset === true) control.reset()
  if (throttle !== undefined) control.throttle(limits)
  if (faults !== undefined) control.faults(chances)
  if (delay !== undefined) control.delay = times[0] ?? 0
  if (tail !== undefined) control.tail = times[1] ?? 0
}

function readThrottle(value: unknown): ThrottleOptions {
  const { rate, burst, scope, mailboxConcurrency, concurrency, retryAfter } = record('throttle', value)
  return {
    rate: number('rate', rate, 0.001),
    burst: number('burst', burst, 1),
    ...(scope !== undefined && { scope: one('scope', scope, ['workload', 'app']) }),
    ...(mailboxConcurrency !== undefined && {
      mailboxConcurrency: number('mailboxConcurrency', mailboxConcurrency, 1),
    }),
    ...(concurrency !== undefined && { concurrency: number('concurrency', concurrency, 1) }),
    ...(retryAfter !== undefined && {
      retryAfter: one('retryAfter', retryAfter, ['seconds', 'fraction', 'date', 'none']),
    }),
  }
}

function readFaults(value: unknown): FaultOptions {
  const { rate, seed, kinds, phase, where, retryAfter, slow } = record('faults', value)
  if (kinds !== undefined && !Array.isArray(kinds)) throw badRequest("'kinds' must be a list.")
  return {
    rate: number('rate', rate, 0, 1),
    ...(seed !== undefined && { seed: number('seed', seed, 0) }),
    ...(kinds !== undefined && {
      kinds: kinds.map((kind: unknown): FaultName => one('kinds', kind, faultNames)),
    }),
    ...(phase !== undefined && { phase: one('phase', phase, ['before', 'after']) }),
    ...(where !== undefined && { where: one('where', where, ['requests', 'parts']) }),
    ...(retryAfter !== undefined && { retryAfter: number('retryAfter', retryAfter, 0) }),
    ...(slow !== undefined && { slow: number('slow', slow, 0) }),
  }
}

function parse(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    return record('the body', JSON.parse(body.toString()))
  } catch (error) {
    throw error instanceof GraphError ? error : badRequest('The body must be JSON.')
  }
}

function record(name: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest(`'${name}' must be an object.`)
  return value as Record<string, unknown>
}

function number(name: string, value: unknown, least: number, most = Infinity): number {
  if (typeof value !== 'number' || !(value >= least && value <= most))
    throw badRequest(
      `'${name}' must be a number of ${least} or more${most === Infinity ? '' : `, up to ${most}`}.`,
    )
  return value
}

function one<Name extends string>(name: string, value: unknown, names: readonly Name[]): Name {
  const found = names.find((known) => known === value)
  if (found === undefined) throw badRequest(`'${name}' must be one of ${names.join(', ')}.`)
  return found
}
