import assert from 'node:assert/strict'
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { SignInService } from '../../../sandbox/sign-in/server'
import { FileShelf } from '../../../nodes/lib/oauth2/file-shelf'
import { SealedTokenStore } from '../../../nodes/lib/oauth2/sealed-token-store'
import { obtainerOf } from '../../../nodes/lib/oauth2/grants'
import { RenewingSource } from '../../../nodes/lib/oauth2/renewing-source'
import { forever, signInByGrant } from '../../lib/oauth2/signing-in'
import { settingsOf, startSignIn, webSecrets } from '../../lib/oauth2/local-sign-in'

/** A short run each time; `ROTATIONS=long` does what a sign-in lives through in years. */
const long = process.env['ROTATIONS'] === 'long'
const KILLS = long ? 50 : 5
const ROTATIONS = long ? 500 : 60

describe('rotation of refresh tokens', function () {
  this.timeout(long ? 600_000 : 60_000)

  let service: SignInService
  let folder: string

  beforeEach(async () => {
    service = await startSignIn()
    folder = mkdtempSync(join(tmpdir(), 'rotation-'))
  })

  afterEach(async () => {
    await service.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const settings = () => settingsOf(service, { grantType: 'authorization_code' })

  function store(): SealedTokenStore {
    return new SealedTokenStore(
      new FileShelf(folder),
      async () => ['a secret'],
      (problem) => assert.fail(problem.code),
    )
  }

  async function signIn(): Promise<void> {
    const state = await signInByGrant({ settings: settings(), secrets: webSecrets, store: store() })
    assert.equal(state.kind, 'done')
  }

  async function stillSignedIn(): Promise<void> {
    const warn = (): void => undefined
    const context = { settings: settings(), secrets: webSecrets, connection: 'c1', store: store(), warn }
    const obtainer = obtainerOf(context)
    assert.ok(obtainer)
    const source = new RenewingSource(obtainer)
    assert.match((await source.get(forever())).value, /^ey/)
    source.close()
  }

  /** A process of its own that does nothing but rotate, and tells how often it has. */
  async function rotate(rounds: number): Promise<ChildProcess> {
    const child = fork(join(__dirname, 'rotating-process.js'), [
      folder,
      JSON.stringify(settings()),
      String(rounds),
    ])
    await once(child, 'message')
    return child
  }

  for (const mode of ['entra', 'grace'] as const) {
    it(`survives ${KILLS} times kill -9 in its midst (${mode})`, async () => {
      await signIn()
      service.control.refreshTokens = mode
      const before = service.control.tokenRequests.length
      for (let round = 0; round < KILLS; round += 1) {
        const child = await rotate(100_000)
        await delay(20 + ((round * 37) % 100))
        const ended = once(child, 'exit')
        child.kill('SIGKILL')
        await ended
        await stillSignedIn()
      }
      const rotated = service.control.tokenRequests.slice(before)
      assert.ok(rotated.length > 2 * KILLS, String(rotated.length))
      assert.deepEqual(
        rotated.filter(({ status }) => status !== 200),
        [],
      )
    })

    it(`loses nothing in ${ROTATIONS} rotations of two processes on one user directory (${mode})`, async () => {
      await signIn()
      service.control.refreshTokens = mode
      const children = await Promise.all([rotate(ROTATIONS / 2), rotate(ROTATIONS / 2)])
      const codes = await Promise.all(children.map(async (child) => once(child, 'exit')))
      assert.deepEqual(codes, [
        [0, null],
        [0, null],
      ])
      await stillSignedIn()
      assert.ok(!readdirSync(folder).some((name) => name.endsWith('.tmp')))
    })
  }

  it('makes one key file, however many processes make it at once', async () => {
    const script = join(__dirname, 'rotating-process.js')
    const children = Array.from({ length: 8 }, () => fork(script, [folder, 'key']))
    const secrets = await Promise.all(
      children.map(async (child) => (await once(child, 'message'))[0] as string),
    )
    assert.equal(new Set(secrets).size, 1)
    assert.equal(readFileSync(join(folder, 'key'), 'utf8'), secrets[0])
    assert.deepEqual(readdirSync(folder), ['key'])
  })
})
