import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { KeyRing, open, parseSealed, seal } from '../../../nodes/lib/oauth2/seal'

describe('a sealed text', () => {
  const salt = Buffer.alloc(16, 7)

  it('opens with the key and the binding that it was sealed with, and with no other', async () => {
    const ring = new KeyRing()
    const key = await ring.key('secret', salt, 'c1')
    const sealed = parseSealed(JSON.stringify(seal('text', key, salt, 'bound')))
    assert.ok(sealed)
    assert.equal(open(sealed, key, 'bound'), 'text')
    assert.equal(open(sealed, key, 'elsewhere'), undefined)
    assert.equal(open(sealed, await ring.key('secret', salt, 'c2'), 'bound'), undefined)
    assert.equal(open(sealed, await ring.key('another', salt, 'c1'), 'bound'), undefined)
    assert.equal(open({ ...sealed, data: sealed.data.slice(0, 8) }, key, 'bound'), undefined)
  })

  it('never has the same nonce twice', async () => {
    const key = await new KeyRing().key('secret', salt, 'c1')
    const nonces = Array.from({ length: 1000 }, () => seal('text', key, salt, 'b').nonce)
    assert.equal(new Set(nonces).size, 1000)
  })

  it('can be made after all, when memory was short at the first try', async () => {
    const ring = new KeyRing()
    const { scrypt } = crypto
    const short = Object.assign(new Error('memory limit exceeded'), {
      code: 'ERR_CRYPTO_INVALID_SCRYPT_PARAMS',
    })
    crypto.scrypt = (...all: unknown[]) => {
      const told = all.at(-1) as (error: Error) => void
      setImmediate(told, short)
    }
    try {
      const both = [ring.key('secret', salt, 'c1'), ring.key('secret', salt, 'c2')]
      for (const key of both) await assert.rejects(key, short)
    } finally {
      crypto.scrypt = scrypt
    }
    assert.equal((await ring.key('secret', salt, 'c1')).length, 32)
  })
})
