import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { apps } from '../../../sandbox/contoso/tenant'
import type { SignInService } from '../../../sandbox/sign-in/server'
import { isRecord, textAt } from '../../../nodes/lib/records'
import { CookieJar, signInAs } from '../../support/browserless-sign-in'
import { startNodeRed, type NodeRedProcess } from '../../support/node-red-process'
import { rawConnection, startSignIn } from '../../lib/oauth2/local-sign-in'
import { adele, connectionNode, Editor, filesOf, megan, type Answer } from './signing-in'

describe('signing in through the editor', () => {
  let service: SignInService
  let nodeRed: NodeRedProcess
  let raw: Record<string, unknown>

  before(async () => {
    service = await startSignIn()
    raw = rawConnection(service, { grantType: 'authorization_code' })
    nodeRed = await startNodeRed({
      flows: [connectionNode('c1', raw), connectionNode('c2', raw)],
      credentials: { c1: { clientSecret: apps.web.secrets[0] }, c2: { clientSecret: apps.web.secrets[0] } },
    })
  })

  after(async () => {
    await nodeRed.dispose()
    await service.close()
  })

  it('redeems the code with PKCE and shows who signed in', async () => {
    const editor = new Editor(nodeRed)
    assert.equal((await editor.tokenState('c1'))['state'], 'signedOut')
    const { attempt, authorizeUrl } = await editor.begin('c1', raw)
    const sent = new URL(authorizeUrl).searchParams
    assert.equal(sent.get('code_challenge_method'), 'S256')
    assert.equal(sent.get('redirect_uri'), `${nodeRed.origin}/graph-connection/callback`)
    assert.equal(sent.get('response_mode'), 'query')
    assert.equal(textAt((await editor.call('GET', `c1/sign-in/${attempt}`)).body, 'progress'), 'pending')
    const page = await editor.comeBack(await signInAs(authorizeUrl, adele))
    assert.equal(page.status, 200)
    assert.match(page.text, /Signed in as Adele Vance/)
    const { body } = await editor.call('GET', `c1/sign-in/${attempt}`)
    const { displayName, userPrincipalName } = adele
    const tenant = raw['tenant']
    assert.deepEqual(body, {
      progress: 'done',
      account: { displayName, username: userPrincipalName, tenant },
    })
    const state = await editor.tokenState('c1')
    assert.equal(state['state'], 'signedIn')
    assert.ok(Array.isArray(state['permissions']) && state['permissions'].includes('User.Read'))
  })

  it('shows a page that cannot be framed, cached, scripted or named in a Referer', async () => {
    const page = await new Editor(nodeRed).comeBack(
      new URL(`${nodeRed.origin}/graph-connection/callback?state=<script>&error=<b>x</b>`),
    )
    assert.equal(page.status, 400)
    const policy = page.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.equal(page.headers.get('referrer-policy'), 'no-referrer')
    assert.equal(page.headers.get('cache-control'), 'no-store')
    assert.equal(page.headers.get('access-control-allow-origin'), null)
    assert.doesNotMatch(page.text, /<script|<b>/)
  })

  it('stores nothing for a second browser, whatever it brings', async () => {
    const editor = new Editor(nodeRed)
    await editor.call('DELETE', 'c2/sign-in')
    const { attempt, authorizeUrl } = await editor.begin('c2', raw)
    const address = await signInAs(authorizeUrl, megan)
    const page = await editor.comeBack(address, new CookieJar())
    assert.equal(page.status, 400)
    assert.match(page.text, /another browser/)
    const failed = await editor.call('GET', `c2/sign-in/${attempt}`)
    assert.match(failed.text, /signInOtherBrowser/)
    assert.equal((await editor.comeBack(address)).status, 400, 'the state is used up')
    assert.equal((await editor.tokenState('c2'))['state'], 'signedOut')
    assert.ok(!readdirSync(join(nodeRed.userDir, 'graph-connection')).includes('c2.json'))
  })

  it('takes a state once', async () => {
    const editor = new Editor(nodeRed)
    const { authorizeUrl } = await editor.begin('c1', raw)
    const address = await signInAs(authorizeUrl, adele)
    assert.equal((await editor.comeBack(address)).status, 200)
    const again = await editor.comeBack(address)
    assert.equal(again.status, 400)
    assert.match(again.text, /has been used already/)
  })

  it('sends the user’s own state text along after what nobody can guess', async () => {
    const editor = new Editor(nodeRed)
    const { authorizeUrl } = await editor.begin('c1', { ...raw, state: 'site=Köln & more' })
    const state = new URL(authorizeUrl).searchParams.get('state') ?? ''
    assert.match(state, /^[\w-]{43}\.site=Köln & more$/)
    assert.equal((await editor.comeBack(await signInAs(authorizeUrl, adele))).status, 200)
  })

  it('signs a public client in without a secret', async () => {
    const editor = new Editor(nodeRed)
    const settings = { ...raw, clientId: apps.publicClient.clientId, clientAuthentication: 'none' }
    assert.equal((await editor.signIn('c-public', settings)).status, 200)
  })

  it('works with the version 1 endpoints, by resource', async () => {
    const settings = rawConnection(service, { grantType: 'authorization_code', endpointVersion: 'v1' })
    const page = await new Editor(nodeRed).signIn('c-v1', settings, { clientSecret: apps.web.secrets[0] })
    assert.equal(page.status, 200, page.text)
  })

  it('asks before another account replaces the one that is kept', async () => {
    const editor = new Editor(nodeRed)
    await editor.call('DELETE', 'c1/sign-in')
    await editor.signIn('c1', raw)
    const { attempt, authorizeUrl } = await editor.begin('c1', raw)
    await editor.comeBack(await signInAs(authorizeUrl, megan))
    const failed = await editor.call('GET', `c1/sign-in/${attempt}`)
    assert.match(failed.text, /otherAccount/)
    assert.match(failed.text, /MeganB@/)
    assert.match(JSON.stringify(await editor.tokenState('c1')), /AdeleV@/)
    await editor.call('POST', `c1/sign-in/${attempt}`, { acceptAccount: true })
    assert.match(JSON.stringify(await editor.tokenState('c1')), /MeganB@/)
  })

  it('redeems nothing where the redirect leads elsewhere, and takes the pasted address', async () => {
    const editor = new Editor(nodeRed)
    await editor.call('DELETE', 'c1/sign-in')
    const redirectUrl = nodeRed.origin.replace('127.0.0.1', 'localhost') + '/graph-connection/callback'
    const { attempt, authorizeUrl } = await editor.begin('c1', { ...raw, redirectUrl })
    const address = await signInAs(authorizeUrl, adele)
    const page = await editor.comeBack(new URL(address.href.replace('localhost', '127.0.0.1')))
    assert.equal(page.status, 200)
    assert.match(page.text, /paste it into the dialog/)
    assert.equal((await editor.tokenState('c1'))['state'], 'signedOut')
    const stranger = new Editor(nodeRed)
    assert.match(
      (await editor.call('POST', `c1/sign-in/${attempt}`, { pasted: address.href })).text,
      /"done"/,
    )
    assert.equal((await editor.tokenState('c1'))['state'], 'signedIn')
    assert.match(
      (await stranger.call('POST', `c1/sign-in/${attempt}`, { pasted: address.href })).text,
      /signInUnknown/,
    )
  })

  it('comes back through a reverse proxy, whose address only the browser knows', async () => {
    const begin = (address: string): Promise<Answer> => {
      const body = { settings: raw, secrets: {}, editorUrl: `${address}/nodered/` }
      return new Editor(nodeRed).call('POST', 'c1/sign-in', body, {
        origin: address,
        'sec-fetch-site': 'same-origin',
      })
    }
    const { headers, body, text } = await begin('https://iot.example')
    assert.ok(isRecord(body), text)
    assert.equal(body['returnsHere'], true)
    assert.match(text, /redirect_uri=https%3A%2F%2Fiot\.example%2Fnodered%2Fgraph-connection%2Fcallback/)
    const flags = (cookie: string): string[] => cookie.split('; ').slice(1).sort()
    const cookie = flags(headers.get('set-cookie') ?? '').filter((flag) => !flag.startsWith('Expires'))
    assert.deepEqual(cookie, ['HttpOnly', 'Max-Age=600', 'Path=/', 'SameSite=Lax', 'Secure'])
    const plain = await begin('http://localhost')
    assert.ok(!flags(plain.headers.get('set-cookie') ?? '').includes('Secure'), plain.text)
  })

  it('says what the sign-in page refused', async () => {
    const editor = new Editor(nodeRed)
    const { attempt, authorizeUrl } = await editor.begin('c1', raw)
    const { searchParams } = new URL(authorizeUrl)
    const back = new URL(`${nodeRed.origin}/graph-connection/callback`)
    back.searchParams.set('state', searchParams.get('state') ?? '')
    back.searchParams.set('error', 'access_denied')
    back.searchParams.set('error_description', 'AADSTS65004: User declined to consent.\r\nTrace ID: 1')
    const page = await editor.comeBack(back)
    assert.match(page.text, /User declined to consent\./)
    assert.doesNotMatch(page.text, /Trace ID/)
    assert.match((await editor.call('GET', `c1/sign-in/${attempt}`)).text, /consentDeclined/)
  })

  it('refuses an answer of another issuer', async () => {
    const editor = new Editor(nodeRed)
    service.control.authorizationResponseIssuer = 'https://evil.example/v2.0'
    try {
      const page = await editor.signIn('c1', raw)
      assert.equal(page.status, 400)
    } finally {
      service.control.authorizationResponseIssuer = undefined
    }
  })

  it('uses a stored secret for the deployed addresses only', async () => {
    const editor = new Editor(nodeRed)
    const settings = { ...raw, tokenUrl: 'http://127.0.0.1:9/steal' }
    const answer = await editor.call('POST', 'c1/sign-in', { settings, secrets: {}, editorUrl: editor.url })
    assert.equal(answer.status, 400)
    assert.equal(textAt(answer.body, 'code'), 'clientSecretMissing')
    assert.equal(textAt(answer.body, 'field'), 'clientSecret')
  })

  it('names the field that is wrong before anything is sent', async () => {
    const editor = new Editor(nodeRed)
    const settings = { ...raw, clientId: '' }
    const answer = await editor.call('POST', 'c1/sign-in', { settings, secrets: {}, editorUrl: editor.url })
    const message = 'Enter the client ID of the registered application.'
    assert.deepEqual(answer.body, { code: 'clientIdMissing', message, field: 'clientId' })
  })

  it('refuses other websites, on every route', async () => {
    const editor = new Editor(nodeRed)
    const routes = [
      ['POST', 'c1/sign-in'],
      ['GET', 'c1/sign-in/x'],
      ['POST', 'c1/sign-in/x'],
      ['DELETE', 'c1/sign-in'],
      ['GET', 'c1/token-state'],
    ] as const
    for (const [method, path] of routes) {
      for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
        const answer = await editor.call(method, path, method === 'POST' ? {} : undefined, { ...headers })
        assert.equal(answer.status, 403, `${method} ${path}`)
        assert.equal(answer.headers.get('access-control-allow-origin'), null)
      }
      const own = await editor.call(method, path, method === 'POST' ? {} : undefined)
      assert.notEqual(own.status, 403)
      assert.equal(own.headers.get('access-control-allow-origin'), null)
    }
  })

  it('keeps one encrypted file per connection that only its owner can read', async () => {
    const editor = new Editor(nodeRed)
    await editor.call('DELETE', 'c1/sign-in')
    await editor.signIn('c1', raw)
    const folder = join(nodeRed.userDir, 'graph-connection')
    assert.equal(statSync(folder).mode & 0o777, 0o700)
    const files = filesOf(folder)
    assert.ok(files.some(({ path }) => path.endsWith('/c1.json')))
    for (const { path, mode } of files) assert.equal(mode, 0o600, path)
    assert.ok(!files.some(({ path }) => path.endsWith('.tmp')))
  })

  it('says nothing of secrets or tokens in answers, pages, logs and files', async () => {
    const editor = new Editor(nodeRed)
    const state = await editor.call('GET', 'c1/token-state')
    const everything = [nodeRed.log(), state.text, ...filesOf(nodeRed.userDir).map(({ text }) => text)].join(
      '\n',
    )
    assert.ok(!everything.includes(apps.web.secrets[0]))
    assert.doesNotMatch(everything, /eyJ[\w-]{20}/)
    assert.doesNotMatch(everything, /refresh_?token/i)
  })
})
