import assert from 'node:assert/strict'
import type { GrantType } from '../../nodes/lib/connection-settings'
import { directNetwork } from '../../nodes/lib/http/network'
import type { TokenSource } from '../../nodes/lib/oauth2/token-source'
import { tryService } from '../../nodes/lib/try-service'
import { startLocalServer, type LocalServer } from '../support/local-server'
import { openSettings } from '../support/settings'

const tokens: TokenSource = {
  get: async () => ({ value: 'token', expiresAt: Date.now() + 60_000 }),
  reject: () => {},
}

describe('trying a connection', () => {
  let server: LocalServer
  let asked: (string | undefined)[]

  before(async () => {
    server = await startLocalServer((request, response) => {
      asked.push(request.url)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  after(() => server.close())

  const questions: [service: string, grant: GrantType, asked: string][] = [
    ['/v1.0', 'authorization_code', '/v1.0/me?$select=displayName,userPrincipalName'],
    ['/beta', 'client_credentials', '/beta/organization?$select=displayName'],
    ['/v1.0', 'none', '/v1.0/'],
    ['/api/data/v9.2', 'authorization_code', '/api/data/v9.2/'],
    ['/_api', 'client_credentials', '/_api/'],
  ]
  for (const [service, grantType, question] of questions) {
    it(`asks ${question} where ${grantType} signs in at Entra for ${service}`, async () => {
      asked = []
      const settings = openSettings(server.origin + service, { cloud: 'global', grantType })
      const { problem } = await tryService({
        settings,
        tokens: grantType === 'none' ? undefined : tokens,
        network: directNetwork,
        trace: () => {},
        signal: new AbortController().signal,
      })
      assert.equal(problem, undefined)
      assert.deepEqual(asked, [question])
    })
  }
})
