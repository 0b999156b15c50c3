import type { Response } from 'express'
import type { ConnectionSettings } from '../lib/connection-settings'
import { Problem } from '../lib/problem'
import { goneSignal } from './http-guard'

/** Milliseconds that somebody waits in front of a dialog; pauses that the service asks for are longer at times. */
const PATIENCE = 60_000

/** Asks the service for somebody in front of a dialog: until that is closed, and not for ever. */
export async function whileAwaited<T>(
  res: Response,
  { serviceUrl }: ConnectionSettings,
  work: (signal: AbortSignal) => Promise<T>,
  milliseconds = PATIENCE,
): Promise<T> {
  const patience = AbortSignal.timeout(milliseconds)
  try {
    return await work(AbortSignal.any([goneSignal(res), patience]))
  } catch (error) {
    if (patience.aborted)
      throw new Problem('patienceOver', { host: new URL(serviceUrl).host, seconds: milliseconds / 1000 })
    throw error
  }
}
