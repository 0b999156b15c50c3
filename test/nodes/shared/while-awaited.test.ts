import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Response } from 'express'
import { Problem } from '../../../nodes/lib/problem'
import { whileAwaited } from '../../../nodes/shared/while-awaited'
import { startLocalServer } from '../../support/local-server'
import { openSettings } from '../../support/settings'

describe('asking the service for somebody in front of a dialog', () => {
  /** How it ends where the service never answers. */
  async function outcome(milliseconds: number, ask: (origin: string) => Promise<unknown>): Promise<unknown> {
    let ended: Promise<unknown> = Promise.resolve()
    const editor = await startLocalServer((_request, response) => {
      const settings = openSettings('https://service.example/v1.0')
      const never = async (signal: AbortSignal) => {
        await once(signal, 'abort')
        throw signal.reason
      }
      ended = whileAwaited(response as Response, settings, never, milliseconds).catch(
        (error: unknown) => error,
      )
      void ended.then(() => response.end())
    })
    try {
      await ask(editor.origin)
      return await ended
    } finally {
      await editor.close()
    }
  }

  it('ends after a while, and does not say that the timeout of the connection is to be raised', async () => {
    const error = await outcome(50, fetch)
    assert.ok(error instanceof Problem)
    assert.deepEqual([error.code, error.values], ['patienceOver', { host: 'service.example', seconds: 0.05 }])
  })

  it('ends when the dialog does not want it any more', async () => {
    const error = await outcome(60_000, async (origin) =>
      fetch(origin, { signal: AbortSignal.timeout(200) }).catch(() => undefined),
    )
    assert.ok(!(error instanceof Problem && error.code === 'patienceOver'), String(error))
  })
})
