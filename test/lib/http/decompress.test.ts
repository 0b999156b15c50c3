import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { decompress, decompressing } from '../../../nodes/lib/http/decompress'

const PLAIN = Buffer.from('Adele Vance, '.repeat(50))

const BODIES: readonly (readonly [encoding: string | undefined, body: Buffer])[] = [
  [undefined, PLAIN],
  ['identity', PLAIN],
  ['gzip', gzipSync(PLAIN)],
  ['X-GZIP', gzipSync(PLAIN)],
  ['deflate', deflateSync(PLAIN)],
  ['br', brotliCompressSync(PLAIN)],
  ['gzip, br', brotliCompressSync(gzipSync(PLAIN))],
]

describe('a compressed body', () => {
  for (const [encoding, body] of BODIES) {
    it(`is unpacked, whole or as it comes (${encoding ?? 'no encoding'})`, async () => {
      assert.deepEqual(await decompress(body, encoding, PLAIN.length), PLAIN)
      assert.deepEqual(await buffer(decompressing(Readable.from([body]), encoding)), PLAIN)
    })
  }

  it('may lack the wrapping of deflate', async () => {
    assert.deepEqual(await decompress(deflateRawSync(PLAIN), 'deflate', PLAIN.length), PLAIN)
  })

  it('may be empty', async () => {
    assert.equal((await decompress(Buffer.alloc(0), 'gzip', 10)).length, 0)
  })

  it('must not become larger than was said', async () => {
    await assert.rejects(decompress(gzipSync(PLAIN), 'gzip', PLAIN.length - 1), {
      code: 'ERR_BUFFER_TOO_LARGE',
    })
  })

  it('fails where it is broken off', async () => {
    const broken = gzipSync(PLAIN).subarray(0, 20)
    await assert.rejects(decompress(broken, 'gzip', PLAIN.length))
    await assert.rejects(buffer(decompressing(Readable.from([broken]), 'gzip')))
  })
})
