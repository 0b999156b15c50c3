import assert from 'node:assert/strict'
import { decodeBody, mediaTypeOf } from '../../../nodes/lib/odata/text-encoding'

const BODIES: readonly (readonly [contentType: string, bytes: Buffer])[] = [
  ['text/plain', Buffer.from('Grün')],
  ['text/plain; charset=UTF-8', Buffer.from('Grün')],
  ['text/csv', Buffer.from('\u{feff}Grün')],
  ['text/html; charset="iso-8859-1"', Buffer.from('Grün', 'latin1')],
  ['text/csv; charset=utf-16le', Buffer.from('Grün', 'utf16le')],
  ['text/csv', Buffer.from('\u{feff}Grün', 'utf16le')],
  ['text/plain; charset=klingon', Buffer.from('Grün')],
]

describe('a text', () => {
  for (const [contentType, bytes] of BODIES) {
    it(`is read as it is written (${contentType}, ${bytes.toString('hex')})`, () => {
      assert.equal(decodeBody(bytes, contentType), 'Grün')
    })
  }
})

describe('the media type of bytes', () => {
  for (const [start, type] of [
    ['ffd8ffe0', 'image/jpeg'],
    ['89504e470d0a', 'image/png'],
    ['474946383961', 'image/gif'],
    ['ffd8', 'application/octet-stream'],
    ['', 'application/octet-stream'],
  ] as const) {
    it(`that begin with ${start || 'nothing'} is ${type}`, () => {
      assert.equal(mediaTypeOf(Buffer.from(start, 'hex')), type)
    })
  }
})
