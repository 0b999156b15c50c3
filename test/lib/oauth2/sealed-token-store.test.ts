import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileShelf } from '../../../nodes/lib/oauth2/file-shelf'
import { SealedTokenStore } from '../../../nodes/lib/oauth2/sealed-token-store'
import type { Binding, StoredSignIn } from '../../../nodes/lib/oauth2/token-store'

const binding: Binding = {
  connection: 'c1',
  authorizeUrl: 'https://login.example/authorize',
  tokenUrl: 'https://login.example/token',
  clientId: 'app',
  tenant: 'contoso.com',
  resource: 'https://graph.example',
  grantType: 'authorization_code',
}
const account = { displayName: 'Adele Vance', username: 'adele@contoso.com', tenant: 't', id: 'o-1' }
const signIn: StoredSignIn = { refreshToken: 'refresh-token-of-a-test', account }

describe('a stored sign-in', () => {
  let folder: string
  let warnings: string[]

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sealed-'))
    warnings = []
  })

  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  const file = (): string => join(folder, 'c1.json')

  function store(...secrets: [string, ...string[]]): SealedTokenStore {
    const shelf = new FileShelf(folder)
    return new SealedTokenStore(
      shelf,
      async () => secrets,
      ({ code }) => warnings.push(code),
    )
  }

  it('can be read with its secret, and shows nothing to who only has the file', async () => {
    await store('a').write(binding, signIn)
    assert.deepEqual(await store('a').read(binding), signIn)
    assert.doesNotMatch(readFileSync(file(), 'utf8'), /refresh|Adele|contoso|login\.example/u)
  })

  for (const property of [
    'authorizeUrl',
    'tokenUrl',
    'clientId',
    'tenant',
    'resource',
    'grantType',
  ] as const) {
    it(`is none for another ${property}`, async () => {
      await store('a').write(binding, signIn)
      assert.equal(await store('a').read({ ...binding, [property]: 'https://other.example' }), undefined)
    })
  }

  it('is none under another secret, and is written anew with a new one as long as the old one is known', async () => {
    await store('old').write(binding, signIn)
    assert.equal(await store('new').read(binding), undefined)
    assert.deepEqual(await store('new', 'old').read(binding), signIn)
    assert.deepEqual(await store('new').read(binding), signIn)
    assert.equal(await store('old').read(binding), undefined)
  })

  for (const [what, damage, warned] of [
    ['cut', () => truncateSync(file(), 40), ['storedSignInBroken']],
    ['emptied', () => truncateSync(file(), 0), ['storedSignInBroken']],
    ['something else', () => writeFileSync(file(), '[7]'), ['storedSignInBroken']],
    ['changed', () => writeFileSync(file(), readFileSync(file(), 'utf8').replace(/.{4}"\}/u, 'AAAA"}')), []],
  ] as const) {
    it(`is none where its file was ${what}, until somebody signs in again`, async () => {
      await store('a').write(binding, signIn)
      damage()
      assert.equal(await store('a').read(binding), undefined)
      assert.deepEqual(warnings, warned)
      await store('a').write(binding, signIn)
      assert.deepEqual(await store('a').read(binding), signIn)
    })
  }
})
