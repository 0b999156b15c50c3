import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const library = join(__dirname, '..', '..', '..', 'nodes', 'lib', 'oauth2', 'oauth2-client.js')

const program = `
const { requestToken } = require(process.env.LIBRARY)
const endpoint = { tokenUrl: 'http://127.0.0.1:9/t', clientId: 'a', proof: { kind: 'secret', secret: 'top-secret' }, timeout: 500, maxRetries: 0 }
requestToken(endpoint, { grant: 'refresh', refreshToken: 'refresh-secret' }, { purpose: { scope: 's' }, signal: new AbortController().signal })
  .catch((error) => console.log(error.code))
`

describe('debug output', () => {
  for (const [when, before] of [
    ['', ''],
    [' even if another package loaded debug first', "require('axios'); require('debug')('x')\n"],
  ]) {
    it(`holds no secret with DEBUG=*${when}`, async () => {
      const env = { ...process.env, DEBUG: '*', LIBRARY: library }
      const cwd = join(__dirname, '..', '..', '..')
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', `${before}${program}`], {
        env,
        cwd,
      })
      assert.match(stdout, /serviceUnreachable/)
      assert.doesNotMatch(stdout + stderr, /top-secret|refresh-secret/)
    })
  }
})
