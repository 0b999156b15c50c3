import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileShelf } from '../../../nodes/lib/oauth2/file-shelf'

describe('the folder of sign-ins', () => {
  let base: string

  before(() => {
    base = mkdtempSync(join(tmpdir(), 'shelf-'))
  })

  after(() => {
    rmSync(base, { recursive: true, force: true })
  })

  it('works without a restart when what was in its way is gone', async () => {
    const folder = join(base, 'graph-connection')
    writeFileSync(folder, 'a file in the place of the folder')
    const shelf = new FileShelf(folder)
    await assert.rejects(shelf.write({ connection: 'c1' }, 'text'), { code: 'EEXIST' })
    await assert.rejects(shelf.ownSecret())
    rmSync(folder)
    await shelf.write({ connection: 'c1' }, 'text')
    assert.equal(await shelf.read({ connection: 'c1' }), 'text')
    assert.match(await shelf.ownSecret(), /^[\w-]{43}$/u)
  })

  it('holds no place for what looks like another folder', async () => {
    mkdirSync(join(base, 'other'))
    const shelf = new FileShelf(join(base, 'other', 'in'))
    await shelf.write({ connection: '../c1' }, 'text')
    assert.equal(await shelf.read({ connection: '../c1' }), 'text')
    assert.match((await shelf.slots())[0]?.connection ?? '', /^[0-9a-f]{64}$/u)
  })
})
