import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoAccounts } from '../../../sandbox/contoso/tenant'
import type { SignInService } from '../../../sandbox/sign-in/server'
import { FileShelf } from '../../../nodes/lib/oauth2/file-shelf'
import { bindingOf } from '../../../nodes/lib/oauth2/grant-context'
import { obtainerOf } from '../../../nodes/lib/oauth2/grants'
import { RenewingSource } from '../../../nodes/lib/oauth2/renewing-source'
import { SealedTokenStore } from '../../../nodes/lib/oauth2/sealed-token-store'
import { SignIns } from '../../../nodes/lib/oauth2/sign-ins'
import type { TokenStore } from '../../../nodes/lib/oauth2/token-store'
import { Problem } from '../../../nodes/lib/problem'
import { signInAs } from '../../support/browserless-sign-in'
import { settingsOf, startSignIn, webSecrets } from './local-sign-in'

const forever = (): AbortSignal => new AbortController().signal

describe('a person’s sign-in, renewed', () => {
  let service: SignInService
  let folder: string
  let warnings: Problem[]

  beforeEach(async () => {
    service = await startSignIn()
    folder = mkdtempSync(join(tmpdir(), 'sign-in-'))
    warnings = []
  })

  afterEach(async () => {
    await service.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const settings = () => settingsOf(service, { grantType: 'authorization_code' })

  /** A store as one process has it. */
  function openStore(): TokenStore {
    return new SealedTokenStore(
      new FileShelf(folder),
      async () => ['a secret'],
      (problem) => warnings.push(problem),
    )
  }

  function sourceOn(store: TokenStore): RenewingSource {
    const warn = (problem: Problem) => void warnings.push(problem)
    const obtainer = obtainerOf({ settings: settings(), secrets: webSecrets, connection: 'c1', store, warn })
    assert.ok(obtainer)
    return new RenewingSource(obtainer)
  }

  async function signIn(store: TokenStore): Promise<void> {
    const signIns = new SignIns({
      known: async () => undefined,
      keep: async (plan, { signIn }) => store.write(bindingOf(plan.connection, plan.settings), signIn),
    })
    const redirectUrl = 'http://127.0.0.1:1880/graph-connection/callback'
    const plan = {
      connection: 'c1',
      settings: settings(),
      secrets: webSecrets,
      redirectUrl,
      returnsHere: true,
    }
    const { cookie, authorizeUrl } = signIns.begin(plan)
    const [adele] = demoAccounts
    assert.ok(adele)
    const { searchParams } = await signInAs(authorizeUrl, adele)
    const outcome = await signIns.answer(searchParams.get('state') ?? '', cookie, {
      code: searchParams.get('code') ?? '',
      error: undefined,
      errorDescription: undefined,
      issuer: undefined,
    })
    assert.equal(outcome.kind, 'done')
  }

  it('is one refresh for 200 who come at the same time', async () => {
    const store = openStore()
    await signIn(store)
    const source = sourceOn(store)
    const before = service.control.tokenRequests.length
    const tokens = await Promise.all(Array.from({ length: 200 }, async () => source.get(forever())))
    assert.equal(new Set(tokens.map(({ value }) => value)).size, 1)
    assert.equal(service.control.tokenRequests.length, before + 1)
  })

  it('stores the new refresh token before the access token is used', async () => {
    const store = openStore()
    await signIn(store)
    const file = join(folder, 'c1.json')
    const before = readFileSync(file, 'utf8')
    await sourceOn(store).get(forever())
    assert.notEqual(readFileSync(file, 'utf8'), before)
  })

  it('stays in use where the service sends no new refresh token', async () => {
    await signIn(openStore())
    service.control.rotateRefreshTokens = false
    const file = join(folder, 'c1.json')
    const before = readFileSync(file, 'utf8')
    const source = sourceOn(openStore())
    for (let round = 0; round < 2; round += 1) source.reject(await source.get(forever()))
    assert.equal(readFileSync(file, 'utf8'), before)
    assert.match((await sourceOn(openStore()).get(forever())).value, /^ey/)
  })

  it('is shared by two processes, even where each refresh kills the token before', async () => {
    await signIn(openStore())
    service.control.refreshTokens = 'strict'
    const [first, second] = [sourceOn(openStore()), sourceOn(openStore())]
    for (let round = 0; round < 3; round += 1) {
      for (const source of [first, second]) source.reject(await source.get(forever()))
    }
    assert.deepEqual(warnings, [])
  })

  it('repeats a refresh once whose answer was lost', async () => {
    const store = openStore()
    await signIn(store)
    service.control.refreshTokens = 'grace'
    service.control.answerNextTokenRequests({ status: 200, drop: true, afterwards: true })
    const warn = () => undefined
    const retrying = { ...settings(), maxRetries: 3 }
    const obtainer = obtainerOf({ settings: retrying, secrets: webSecrets, connection: 'c1', store, warn })
    assert.ok(obtainer)
    assert.match((await new RenewingSource(obtainer).get(forever())).value, /^ey/)
  })

  it('goes on from memory when the new token cannot be stored, and says so', async () => {
    const store = openStore()
    await signIn(store)
    service.control.refreshTokens = 'strict'
    const full: TokenStore = {
      read: async (binding) => store.read(binding),
      write: async () => {
        throw Object.assign(new Error('disk'), { code: 'ENOSPC' })
      },
      remove: async () => undefined,
    }
    const source = sourceOn(full)
    source.reject(await source.get(forever()))
    await source.get(forever())
    assert.deepEqual(
      warnings.map(({ code, values }) => [code, values['reason']]),
      [
        ['signInNotStored', 'ENOSPC'],
        ['signInNotStored', 'ENOSPC'],
      ],
    )
  })

  it('takes up a sign-in that another process made', async () => {
    const source = sourceOn(openStore())
    await assert.rejects(source.get(forever()), { code: 'signInRequired' })
    await signIn(openStore())
    assert.match((await source.get(forever())).value, /^ey/)
  })

  it('leaves nothing behind when somebody signs out while the new token is being stored', async () => {
    const store = openStore()
    await signIn(store)
    let writing = (): void => undefined
    const written = new Promise<void>((resolve) => {
      writing = resolve
    })
    const slow: TokenStore = {
      read: async (binding) => store.read(binding),
      write: async (binding, value) => {
        writing()
        await new Promise((resolve) => setTimeout(resolve, 100))
        await store.write(binding, value)
      },
      remove: async (binding) => store.remove(binding),
    }
    const source = sourceOn(slow)
    const renewed = source.get(forever()).catch((error: unknown) => error)
    await written
    source.restart(new Problem('signInRequired'))
    await store.remove(bindingOf('c1', settings()))
    await renewed
    assert.equal(await store.read(bindingOf('c1', settings())), undefined)
    source.close()
  })
})
