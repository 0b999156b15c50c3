import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { RenewingSource, type Obtainer } from '../../../nodes/lib/oauth2/renewing-source'
import { isDue, type HeldToken } from '../../../nodes/lib/oauth2/token-life'
import { Problem } from '../../../nodes/lib/problem'

function token(value: string, life = 3_600_000): HeldToken {
  const now = Date.now()
  return { value, receivedAt: now, expiresAt: now + life, scope: undefined }
}

const forever = (): AbortSignal => new AbortController().signal

/** An obtainer whose answers the test gives. */
function script(
  ...answers: readonly (HeldToken | Error)[]
): Obtainer & { asked: number; claims: (string | undefined)[] } {
  const made = {
    asked: 0,
    claims: [] as (string | undefined)[],
    async obtain(claims: string | undefined, signal: AbortSignal) {
      made.claims.push(claims)
      const answer = answers[Math.min(made.asked, answers.length - 1)]
      made.asked += 1
      await delay(20, undefined, { signal })
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('nothing')
      return answer
    },
    reset: () => undefined,
  }
  return made
}

describe('a token source', () => {
  it('asks once for 200 who come at the same time', async () => {
    const obtainer = script(token('a'))
    const source = new RenewingSource(obtainer)
    const tokens = await Promise.all(Array.from({ length: 200 }, async () => source.get(forever())))
    assert.deepEqual(new Set(tokens.map(({ value }) => value)), new Set(['a']))
    assert.equal(obtainer.asked, 1)
  })

  it('goes on for the others when one of them gives up', async () => {
    const obtainer = script(token('a'))
    const source = new RenewingSource(obtainer)
    const [first, second] = await Promise.allSettled([
      source.get(AbortSignal.timeout(5)),
      source.get(forever()),
    ])
    assert.equal(first.status, 'rejected')
    assert.equal(second.status === 'fulfilled' ? second.value.value : '', 'a')
    assert.equal(obtainer.asked, 1)
  })

  it('drops exactly the token that was refused, and passes the challenge on once', async () => {
    const obtainer = script(token('a'), token('b'), token('c'))
    const source = new RenewingSource(obtainer)
    const first = await source.get(forever())
    source.reject(first, '{"access_token":{}}')
    assert.equal((await source.get(forever())).value, 'b')
    source.reject(first)
    assert.equal((await source.get(forever())).value, 'b', 'a late refusal of the old token changes nothing')
    source.reject(await source.get(forever()))
    assert.equal((await source.get(forever())).value, 'c')
    assert.deepEqual(obtainer.claims, [undefined, '{"access_token":{}}', undefined])
  })

  it('renews five minutes before the end, and later where a life is short', () => {
    const hour = { value: 'a', receivedAt: 0, expiresAt: 3_600_000, scope: undefined }
    assert.equal(isDue(hour, 3_299_000), false)
    assert.equal(isDue(hour, 3_300_000), true)
    const short = { ...hour, expiresAt: 10_000 }
    assert.equal(isDue(short, 7_900), false)
    assert.equal(isDue(short, 8_000), true)
    assert.equal(isDue({ ...hour, expiresAt: undefined }, 1e12), false)
  })

  it('uses a token that is still good while the service is down', async () => {
    const due = { ...token('a'), receivedAt: 0, expiresAt: Date.now() + 60_000 }
    const obtainer = script(due, new Problem('serviceUnreachable'))
    const source = new RenewingSource(obtainer)
    await source.get(forever())
    assert.equal((await source.get(forever())).value, 'a')
    assert.equal((await source.get(forever())).value, 'a')
    assert.equal(obtainer.asked, 2, 'it is not tried again with every message')
  })

  it('tells its listeners when a person is needed and when that is over', async () => {
    const source = new RenewingSource(script(new Problem('signInRequired'), token('b')))
    const told: (string | undefined)[] = []
    const listener = (problem: Problem | undefined): void => {
      told.push(problem?.code)
    }
    const endFirst = source.onStateChange(listener)
    const endSecond = source.onStateChange(listener)
    await assert.rejects(source.get(forever()), { code: 'signInRequired' })
    assert.deepEqual(told, ['signInRequired', 'signInRequired'])
    endFirst()
    await source.get(forever())
    assert.deepEqual(told, ['signInRequired', 'signInRequired', undefined])
    endSecond()
    source.restart(new Problem('signInRequired'))
    assert.equal(told.length, 3)
    source.onStateChange(listener)()
    assert.deepEqual(told.at(-1), 'signInRequired', 'who comes later learns it at once')
  })

  it('gives those who wait the new account’s token when somebody signs in meanwhile', async () => {
    const obtainer = script(token('old'), token('new'))
    const source = new RenewingSource(obtainer)
    const waiting = source.get(forever())
    await delay(5)
    source.restart()
    assert.equal((await waiting).value, 'new')
    assert.equal((await source.get(forever())).value, 'new')
  })

  it('ends what it has begun when it is closed', async () => {
    const source = new RenewingSource(script(token('a')))
    const waiting = source.get(forever())
    source.close()
    await assert.rejects(waiting, { code: 'connectionClosed' })
  })
})
